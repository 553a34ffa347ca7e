using System.Globalization;
using System.Text.Json;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Networks.Transformers;

namespace Rhm.Benchmarks.Compare;

/// <summary>
/// Training steps of the transformer encoder: from the same weights, on the same batches and masks, with the same losses.
/// </summary>
internal static class TransformerComparisons
{
    public static IEnumerable<Comparison> All(int threads)
    {
        (GrammarShape Grammar, TransformerShape Shape, int Batch, int Steps)[] sizes =
        [
            (new GrammarShape(4, 2, 16, 4), new TransformerShape(16, 16, 64, 4, 4), 128, 20),
            (new GrammarShape(4, 3, 16, 4), new TransformerShape(16, 81, 256, 4, 4), 32, 6),
        ];
        foreach ((GrammarShape grammar, TransformerShape shape, int batch, int steps) in sizes)
        {
            foreach (TransformerObjective objective in new[] { TransformerObjective.Data2Vec, TransformerObjective.MaskedTokens })
            {
                var trainer = new TransformerTrainer(Grammar.Draw(grammar, seed: 1), shape,
                    new TransformerTraining { Objective = objective, BatchSize = batch, Seed = 1, Threads = threads });
                float[] initial = [.. trainer.Encoder.Parameters];
                string name = Path.Combine(Path.GetTempPath(), $"rhm-compare-{Environment.ProcessId}-{shape.Width}-{objective}");
                string checkpoint = name + ".safetensors", tokens = name + "-tokens.npy", symbols = name + "-symbols.npy";
                TransformerCheckpoint.Save(checkpoint, trainer);
                Write(tokens, trainer, steps, step => step.Tokens);
                Write(symbols, trainer, steps, step => step.Symbols);
                string[] arguments =
                    [checkpoint, $"{objective}", tokens, symbols, $"{batch}", threads.ToString(CultureInfo.InvariantCulture)];
                yield return new Comparison($"{objective}, {shape}, {steps} steps of {batch} strings", "transformer_torch.py", arguments,
                    () => Train(trainer, initial, steps), RequireSameLosses, Goal: 2, Limit.MultiplyAdds,
                    MultiplyAdds(trainer, steps), LimitGoal: 0.35);
                foreach (string file in new[] { checkpoint, tokens, symbols }) File.Delete(file);
            }
        }
    }

    private static void Write(string path, TransformerTrainer trainer, int steps, Func<TransformerBatch, ushort[]> of) =>
        OutputFile.Write(path, stream =>
        {
            NumpyFile.WriteHeader(stream, "u2", steps * trainer.Training.BatchSize, trainer.Encoder.Shape.Length);
            for (int step = 0; step < steps; step++)
            {
                foreach (ushort symbol in of(trainer.Batches(step))) stream.Write([(byte)symbol, (byte)(symbol >> 8)]);
            }
        });

    private static List<double> Train(TransformerTrainer trainer, float[] initial, int steps)
    {
        initial.CopyTo(trainer.Encoder.Parameters, 0);
        trainer.Teacher?.Parameters.AsSpan().Clear();
        if (trainer.Teacher is { } teacher) initial.AsSpan(0, teacher.Parameters.Length).CopyTo(teacher.Parameters);
        trainer.Moments.First.AsSpan().Clear();
        trainer.Moments.Second.AsSpan().Clear();
        trainer.Resume(0);
        return [.. Enumerable.Range(0, steps).Select(_ => trainer.Advance().Loss)];
    }

    private static void RequireSameLosses(object? ours, JsonElement theirs)
    {
        var mine = (List<double>)ours!;
        List<double> peers = [.. theirs.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];
        if (mine.Count != peers.Count) throw new InvalidOperationException($"{mine.Count} losses, the peer's {peers.Count}");
        for (int step = 0; step < mine.Count; step++)
        {
            if (!(Math.Abs(mine[step] - peers[step]) <= 1e-4 * Math.Abs(peers[step])))
                throw new InvalidOperationException($"step {step}: loss {mine[step]}, the peer's {peers[step]}");
        }
    }

    /// <summary>
    /// Fused multiply-adds that the matrix products of the steps need: 4 d^2 + 2 d F + 2 T d for each token and block, three times with
    /// gradients, once more for a teacher. In the last block the d^2 + 2 d F after attention are needed at masked positions only (the peer
    /// does them at all).
    /// The head is left out.
    /// </summary>
    private static double MultiplyAdds(TransformerTrainer trainer, int steps)
    {
        TransformerShape shape = trainer.Encoder.Shape;
        double d = shape.Width, attention = 3 * d * d + 2 * shape.Length * d, rest = d * d + 2 * d * shape.FeedForward;
        double rows = (double)steps * shape.Length * trainer.Training.BatchSize;
        double outputs = Enumerable.Range(0, steps).Sum(step => trainer.Batches(step).OutputRows.Length);
        return (trainer.Training.HasTeacher ? 4 : 3) * (rows * (shape.Layers * attention + (shape.Layers - 1) * rest) + outputs * rest);
    }
}
