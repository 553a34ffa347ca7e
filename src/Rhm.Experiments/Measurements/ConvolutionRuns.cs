using Rhm.Grammars;
using Rhm.Networks.Convolution;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Strings;

namespace Rhm.Experiments.Measurements;

/// <summary>P* of the root from labels, by convolutional networks, which are kept in convolutions.csv as they come.</summary>
internal static class ConvolutionRuns
{
    private const int Epochs = 400;
    private const long HeldOut = 2000;

    /// <summary>P over n_c m^L.</summary>
    private static readonly double[] s_factors = [0.25, 0.5, 1, 2, 4, 8];

    private static readonly CsvFormat<ConvolutionRun> s_format = new(
        row => new ConvolutionRun(row.Shape, row.Int("grammar"), row.Long("P"), row.Number("accuracy")),
        ("learner", _ => "convolution"),
        ("L", run => run.Shape.Depth),
        ("s", run => run.Shape.Branching),
        ("v", run => run.Shape.Vocabulary),
        ("m", run => run.Shape.Multiplicity),
        ("grammar", run => run.Grammar),
        ("P", run => run.Samples),
        ("accuracy", run => run.Accuracy));

    /// <summary>P* of the root: accuracy half of the way from chance to 1, on a grid of P.</summary>
    /// <param name="folder">Has the file.</param>
    /// <param name="setting">Seed and threads.</param>
    /// <param name="settings">Shapes, and the numbers of their grammars.</param>
    public static List<(GrammarShape Shape, SampleComplexity P)> Thresholds(string folder, RunContext setting,
        IReadOnlyList<(GrammarShape Shape, int Grammar)> settings)
    {
        string title = $"convolutions of rhm reproduce, seed {setting.Seed}, {CsvStore.Versions(ConvolutionalLearner.Learner)}";
        using var store = new CsvStore<ConvolutionRun>(Path.Combine(folder, "convolutions.csv"), title, s_format);
        var known = store.Rows.ToDictionary(Key);
        var results = new List<(GrammarShape, SampleComplexity)>();
        foreach (var group in settings.GroupBy(one => one.Shape))
        {
            GrammarShape shape = group.Key;
            double unit = SampleScales.Labels(shape);
            long[] samples = [.. s_factors.Select(factor => (long)Math.Round(factor * unit))];
            int[] grammars = [.. group.Select(one => one.Grammar)];
            ConvolutionRun[] wanted = [.. from grammar in grammars
                                          from count in samples
                                          select new ConvolutionRun(shape, grammar, count, 0)];
            setting.ForEach(wanted, run =>
            {
                lock (known)
                {
                    if (known.ContainsKey(Key(run))) return;
                }
                ConvolutionRun measured = run with { Accuracy = Accuracy(setting, run) };
                lock (known)
                {
                    known[Key(run)] = measured;
                    store.Append(measured);
                }
            });
            double[][] curves = [.. grammars.Select(grammar =>
                samples.Select(count => known[Key(new ConvolutionRun(shape, grammar, count, 0))].Accuracy).ToArray())];
            double half = SampleComplexity.HalfWay(shape.Classes);
            results.Add((shape, SampleComplexity.OfMeanCurve([.. samples.Select(count => (double)count)], curves, half)));
        }
        return results;
    }

    private static (GrammarShape, int, long) Key(ConvolutionRun run) => (run.Shape, run.Grammar, run.Samples);

    private static double Accuracy(RunContext setting, ConvolutionRun run)
    {
        GrammarShape shape = run.Shape;
        ulong seed = GrammarSeeds.OfShape(setting.Seed, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity,
            run.Grammar);
        var grammar = Grammar.Draw(shape, seed);
        var training = new ConvolutionalTraining { Epochs = Epochs, Seed = seed };
        var trainer = new ConvolutionalTrainer(new StringSampler(grammar, seed, run.Samples), training);
        trainer.Run(cancellation: setting.Cancellation);
        return trainer.Accuracy(new StringSampler(grammar, seed, HeldOut, RandomPurpose.HeldOut));
    }
}
