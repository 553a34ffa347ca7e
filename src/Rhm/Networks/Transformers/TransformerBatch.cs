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
    /// <summary>What the objective predicts; masks are a function of the seed and the step, null for held-out strings.</summary>
    public static TransformerBatch Create(ushort[] tokens, ushort[] latents, TransformerShape shape, TransformerTraining training,
        long? step)
    {
        var outputRows = new List<int>();
        ushort[] symbols = tokens;
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
                // Small batches can have no moutputRows token at first.
                while (outputRows.Count == 0)
                {
                    for (int row = 0; row < tokens.Length; row += training.MaskSpan)
                    {
                        if (random.NextDouble() >= training.MaskShare) continue;
                        outputRows.AddRange(Enumerable.Range(row, training.MaskSpan));
                        symbols.AsSpan(row, training.MaskSpan).Fill(shape.Mask);
                    }
                }
                break;
        }
        return new TransformerBatch(tokens, latents, symbols, [.. outputRows]);
    }
}
