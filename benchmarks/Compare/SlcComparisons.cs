using System.Globalization;
using System.Text.Json;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Strings;

namespace Rhm.Benchmarks.Compare;

/// <summary>
/// Training steps of the stacked latent clustering network at the size of figure 9 of the paper, from the same weights, on the same
/// batches, with the same losses. The peer runs the network on every tuple, or once for equal ones as ours does.
/// </summary>
internal static class SlcComparisons
{
    private const int Steps = 20;

    public static IEnumerable<Comparison> All(int threads)
    {
        var grammar = Grammar.Draw(new GrammarShape(4, 3, 10, 10), seed: 1);
        var shape = new SlcShape(4, 3, 10, 128, 150);
        var strings = new StringSampler(grammar, seed: 1, count: 10_000);
        var trainer = new SlcTrainer(strings, shape, null, new SlcTraining { Steps = 1000, Seed = 1, Threads = threads });
        float[] initial = [.. trainer.Network.Parameters];
        string checkpoint = Path.Combine(Path.GetTempPath(), $"rhm-compare-{Environment.ProcessId}.safetensors");
        string batches = Path.ChangeExtension(checkpoint, ".npy");
        SlcCheckpoint.Save(checkpoint, trainer);
        OutputFile.Write(batches, stream =>
        {
            NumpyFile.WriteHeader(stream, "u2", Steps * trainer.Training.BatchSize, strings.TokenCount);
            for (int step = 0; step < Steps; step++)
            {
                foreach (ushort token in trainer.BatchOf(step)) stream.Write([(byte)token, (byte)(token >> 8)]);
            }
        });
        double work = Enumerable.Range(0, Steps).Sum(step => MultiplyAdds(trainer, step));
        foreach (bool distinct in new[] { false, true })
        {
            string number = threads.ToString(CultureInfo.InvariantCulture), tuples = distinct ? "once for equal tuples" : "on every tuple";
            string[] arguments = distinct ? [checkpoint, batches, number, "--distinct"] : [checkpoint, batches, number];
            yield return new Comparison($"SLC {shape} m=10, {Steps} steps of 32 strings; peer runs {tuples}", "slc_torch.py", arguments,
                () => Train(trainer, initial), RequireSameLosses, Goal: distinct ? 4 : 8, Limit.MultiplyAdds, work, LimitGoal: 0.4);
        }
        File.Delete(checkpoint);
        File.Delete(batches);
    }

    private static List<double[]> Train(SlcTrainer trainer, float[] initial)
    {
        initial.CopyTo(trainer.Network.Parameters, 0);
        trainer.Moments.First.AsSpan().Clear();
        trainer.Moments.Second.AsSpan().Clear();
        trainer.Resume(0);
        var losses = new List<double[]>();
        for (int step = 0; step < Steps; step++)
        {
            SlcLosses now = trainer.Advance();
            losses.Add([.. now.Prediction, .. now.Clustering]);
        }
        return losses;
    }

    private static void RequireSameLosses(object? ours, JsonElement theirs)
    {
        int step = 0;
        foreach ((double[] mine, JsonElement peers) in ((List<double[]>)ours!).Zip(theirs.GetProperty("losses").EnumerateArray()))
        {
            foreach ((double a, double b) in mine.Zip(peers.EnumerateArray().Select(loss => loss.GetDouble())))
            {
                if (!(Math.Abs(a - b) <= 1e-4 * Math.Abs(b))) throw new InvalidOperationException($"step {step}: loss {a}, the peer's {b}");
            }
            step++;
        }
        if (step != Steps) throw new InvalidOperationException($"{step} steps were compared, not {Steps}");
    }

    /// <summary>
    /// Fused multiply-adds that the matrix products of a step need: rows of zero gradient and the upper triangle of similarities left out.
    /// </summary>
    private static double MultiplyAdds(SlcTrainer trainer, int step)
    {
        SlcNetwork<float> network = trainer.Network;
        SlcShape shape = network.Shape;
        network.Forward(trainer.BatchOf(step), applied: false);
        double total = 0;
        for (int l = 0; l < shape.Modules; l++)
        {
            TupleRows rows = network.Output(l).Rows;
            double r = rows.Count, met = rows.Active.Sum(active => active.Count);
            double n = Math.Min(rows.Distinct.Count, network.Objective.Compared);
            double w = shape.Width, s = shape.Branching, d = shape.Codes;
            double input = shape.Branching * shape.Entries(l), c = shape.SlotsPerPosition * shape.Entries(l);
            double forward = r * ((input * w) + (w * w) + (s * c * w) + (s * c * w) + (w * w) + (w * d));
            double weights = (r * ((input * w) + (w * w) + (s * c * w) + (w * w) + (w * d))) + (met * c * w);
            double inputs = (r * (w * w + w * w + w * d)) + (met * c * w);
            double pairs = (n * n / 2 * s * c) + (2 * n * n * d);
            total += forward + weights + inputs + pairs;
        }
        return total;
    }
}
