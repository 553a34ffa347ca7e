using Rhm.Randomness;

namespace Rhm.Networks.Transformers;

/// <summary>The strings of a step and what is predicted of them. B strings of T tokens.</summary>
/// <param name="Tokens">[B, T].</param>
/// <param name="Latents">
/// Where latents are predicted, theirs: [B, nodes of their level], one root for each string in supervised training; else empty.
/// </param>
/// <param name="Symbols">[B, T], what the network reads: tokens, with masks.</param>
/// <param name="OutputRows">Rows of [B T] whose features meet the head, ascending.</param>
internal sealed record TransformerBatch(ushort[] Tokens, ushort[] Latents, ushort[] Symbols, int[] OutputRows)
{
    /// <summary>[B, T], what a teacher or the embedding of blocks reads: the tokens, or the masked ones alone.</summary>
    public ushort[] Revealed { get; init; } = Tokens;

    /// <summary>What the objective predicts; masks are a function of the seed and the step, null for held-out strings.</summary>
    public static TransformerBatch Create(ushort[] tokens, ushort[] latents, TransformerShape shape, TransformerTraining training,
        long? step)
    {
        var outputRows = new List<int>();
        ushort[] symbols = tokens, revealed = tokens;
        switch (training.Objective)
        {
            case TransformerObjective.NextToken:
                for (int row = 0; row < tokens.Length; row++)
                {
                    if (row % shape.Length < shape.Length - 1) outputRows.Add(row);
                }
                break;
            case TransformerObjective.Supervised:
                outputRows.AddRange(Enumerable.Range(0, tokens.Length));
                break;
            default:
                symbols = [.. tokens];
                RandomStream random = step is { } number
                    ? StreamOffsets.Masks.Open(training.Seed, (ulong)number)
                    : StreamOffsets.HeldOutMasks.Open(training.Seed);
                foreach (int start in BlockMask.Draw(tokens.Length, shape.Length, training, random))
                {
                    outputRows.AddRange(Enumerable.Range(start, training.MaskSpan));
                    symbols.AsSpan(start, training.MaskSpan).Fill(shape.Mask);
                }
                if (training.SeesBlocksAlone)
                    revealed = [.. symbols.Select((symbol, row) => symbol == shape.Mask ? tokens[row] : shape.Mask)];
                break;
        }
        ushort[] answers = training.LatentNoise > 0 ? Noisy(tokens, latents, shape, training) : latents;
        return new TransformerBatch(tokens, answers, symbols, [.. outputRows]) { Revealed = revealed };
    }

    /// <summary>The output rows among some rows of the batch, and how many come before them.</summary>
    /// <param name="firstRow">The first.</param>
    /// <param name="rows">How many.</param>
    public (int Before, int Count) OutputsAmong(int firstRow, int rows)
    {
        ReadOnlySpan<int> all = OutputRows;
        int start = all.BinarySearch(firstRow), end = all.BinarySearch(firstRow + rows);
        int before = start < 0 ? ~start : start;
        return (before, (end < 0 ? ~end : end) - before);
    }

    /// <summary>Each latent, or another: a function of the seed and the string.</summary>
    private static ushort[] Noisy(ushort[] tokens, ushort[] latents, TransformerShape shape, TransformerTraining training)
    {
        int strings = tokens.Length / shape.Length, nodes = latents.Length / strings;
        ushort[] noisy = [.. latents];
        for (int n = 0; n < strings && nodes > 0; n++)
        {
            ulong key = training.Seed;
            foreach (ushort token in tokens.AsSpan(n * shape.Length, shape.Length)) key = RandomStream.DeriveSeed(key, token);
            RandomStream random = StreamOffsets.NoisyLatents.Open(key);
            for (int node = 0; node < nodes; node++)
            {
                (bool replaced, ulong other) = (random.NextDouble() < training.LatentNoise, random.NextBelow((ulong)shape.Vocabulary));
                if (replaced) noisy[n * nodes + node] = (ushort)other;
            }
        }
        return noisy;
    }
}
