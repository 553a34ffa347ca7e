using System.Diagnostics;
using System.Globalization;
using Rhm.Claims;
using Rhm.Grammars;
using Rhm.Learners;
using Rhm.Sampling;
using Rhm.Statistics;

namespace Rhm.Experiments;

/// <summary>
/// Figure 3, left: accuracy of the highest non-root latents found by iterative latent clustering against P and P/(v m^3);
/// L=5, s=3, v=8. Two learners: <c>one-cousin</c>, one cousin tuple and the better of two runs of k-means, whose P* is close to the published one,
/// and <c>all-cousins</c>, this project's default.
/// </summary>
public static class Figure3Left
{
    /// <summary>The published P* of each multiplicity, read off the lower right inset of the figure to +-15%.</summary>
    public static readonly IReadOnlyDictionary<int, double> PublishedThresholds = new SortedDictionary<int, double>
    {
        [6] = 3500,
        [8] = 7300,
        [12] = 11900,
        [16] = 40500,
        [22] = 226000,
        [32] = 560000,
    };

    /// <summary>The two learners by name.</summary>
    public static readonly IReadOnlyList<(string Name, IlcOptions Options)> Learners =
    [
        ("one-cousin", new IlcOptions { Cousins = CousinTargets.Tuple, Restarts = 2 }),
        ("all-cousins", new IlcOptions()),
    ];

    private const int Depth = 5;
    private const int Branching = 3;
    private const int Vocabulary = 8;
    private const long HeldOut = 2000;

    private static readonly string[] s_products = ["thresholds.csv", "figure.svg", "figure.png"];

    /// <summary>One trained learner: its accuracy at levels 1..L-1.</summary>
    public sealed record Cell(string Learner, int Multiplicity, int Grammar, long Samples, double[] Accuracy, double Seconds);

    /// <summary>P* of a learner at a multiplicity: of the mean curve over grammars, with a 95% bootstrap interval.</summary>
    public sealed record ThresholdRow(string Learner, int Multiplicity, double Measured, Interval Interval, double Published);

    /// <summary>Everything that was measured and where it was written.</summary>
    public sealed record Result(IReadOnlyList<Cell> Cells, IReadOnlyList<ThresholdRow> Thresholds, IReadOnlyList<string> Files);

    /// <summary>Measures what is missing of the grid and draws the figure. Interrupted, it goes on where it stopped.</summary>
    /// <param name="folder">Receives cells.csv, thresholds.csv, figure.svg and figure.png.</param>
    /// <param name="setting">Scale, seed and threads.</param>
    /// <exception cref="ArgumentException">The folder cannot be written, or holds results of another seed or scale.</exception>
    public static Result Run(string folder, Setting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        bool paper = setting.Scale == Scale.Paper;
        int[] multiplicities = paper ? [6, 8, 12, 16, 22, 32] : [6, 8, 12];
        int grammars = paper ? 3 : 2;
        double[] factors = [.. Enumerable.Range(0, paper ? 13 : 7).Select(k => Math.Pow(10, -2 + k * (paper ? 0.25 : 0.5)))];

        string path = Path.Combine(folder, "cells.csv");
        foreach (string file in s_products) OutputFile.RequireWritable(Path.Combine(folder, file));
        using var store = new CsvStore(path, $"rhm reproduce fig3-left, scale {setting.Scale}, seed {setting.Seed}",
            "learner,m,grammar,P,P_over_vm3,accuracy_level1,accuracy_level2,accuracy_level3,accuracy_level4,seconds");
        var cells = store.Rows.Select(Parse).ToDictionary(cell => (cell.Learner, cell.Multiplicity, cell.Grammar, cell.Samples));

        var grid = (from m in multiplicities
                    from learner in Learners
                    from grammar in Enumerable.Range(0, grammars)
                    from factor in factors
                    select (m, learner, grammar, samples: Math.Max(1, (long)Math.Round(factor * Unit(m))))).ToList();
        double total = grid.Sum(cell => Cost(cell.samples));
        double done = 0;
        foreach ((int m, (string name, IlcOptions options), int grammar, long samples) in grid)
        {
            setting.Cancellation.ThrowIfCancellationRequested();
            if (!cells.ContainsKey((name, m, grammar, samples)))
            {
                Cell cell = Measure(setting, name, options, m, grammar, samples);
                cells.Add((name, m, grammar, samples), cell);
                store.Append(Format(cell));
            }
            done += Cost(samples);
            setting.Progress.Invoke(done / total);
        }

        Cell[] measured = [.. grid.Select(cell => cells[(cell.learner.Name, cell.m, cell.grammar, cell.samples)])];
        ThresholdRow[] thresholds = [.. from learner in Learners from m in multiplicities select Threshold(measured, learner.Name, m, setting.Seed)];
        WriteThresholds(Path.Combine(folder, "thresholds.csv"), thresholds);
        Figure3LeftPlot.Write(folder, measured, thresholds);
        return new Result(measured, thresholds, [path, .. s_products.Select(f => Path.Combine(folder, f))]);

        // Passing over the strings costs P; the clusterings cost as much as some ten thousand strings.
        static double Cost(long samples) => samples + 20000;
    }

    /// <summary>v m^3.</summary>
    internal static double Unit(int m) => Vocabulary * Math.Pow(m, 3);

    private static Cell Measure(Setting setting, string name, IlcOptions options, int m, int grammarNumber, long samples)
    {
        var clock = Stopwatch.StartNew();
        ulong seed = RandomStream.DeriveSeed(setting.Seed, m, grammarNumber);
        Grammar grammar = Grammar.Draw(new GrammarShape(Depth, Branching, Vocabulary, m), seed);
        LearnedHierarchy learned = IterativeLatentClustering.Learn(new StringSampler(grammar, seed, samples), Branching,
            options with { Seed = seed, Threads = setting.Threads }, setting.Cancellation);
        double[] accuracy = learned.Accuracy(new StringSampler(grammar, seed, HeldOut, RandomPurpose.HeldOut), setting.Threads);
        return new Cell(name, m, grammarNumber, samples, accuracy, clock.Elapsed.TotalSeconds);
    }

    private static ThresholdRow Threshold(IReadOnlyList<Cell> cells, string learner, int m, ulong seed)
    {
        var curves = cells.Where(cell => cell.Learner == learner && cell.Multiplicity == m)
            .GroupBy(cell => cell.Grammar).Select(curve => curve.OrderBy(cell => cell.Samples).ToList()).ToList();
        double[] samples = [.. curves[0].Select(cell => (double)cell.Samples)];
        (double value, Interval interval) = Statistics.Threshold.OfMean(samples,
            [.. curves.Select(curve => (IReadOnlyList<double>)[.. curve.Select(cell => cell.Accuracy[^1])])], seed: seed);
        return new ThresholdRow(learner, m, value, interval, PublishedThresholds[m]);
    }

    private static string Format(Cell cell) => string.Create(CultureInfo.InvariantCulture,
        $"{cell.Learner},{cell.Multiplicity},{cell.Grammar},{cell.Samples},{cell.Samples / Unit(cell.Multiplicity):G6},{string.Join(',', cell.Accuracy.Select(a => a.ToString("R", CultureInfo.InvariantCulture)))},{cell.Seconds:0.000}");

    private static Cell Parse(string[] row)
    {
        double Number(int column) => double.Parse(row[column], CultureInfo.InvariantCulture);
        return new Cell(row[0], (int)Number(1), (int)Number(2), (long)Number(3), [.. Enumerable.Range(5, Depth - 1).Select(Number)], Number(9));
    }

    private static void WriteThresholds(string path, IEnumerable<ThresholdRow> rows) => OutputFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("learner,m,P_star,bootstrap95_low,bootstrap95_high,published_P_star,P_star_over_vm3,P_star_over_published");
        foreach (ThresholdRow row in rows)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Learner},{row.Multiplicity},{row.Measured:G5},{row.Interval.Low:G5},{row.Interval.High:G5},{row.Published},{row.Measured / Unit(row.Multiplicity):G4},{row.Measured / row.Published:G4}"));
        }
    });
}
