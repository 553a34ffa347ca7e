using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Networks.Convolution;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Strings;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>The comparison that the paper leaves open: latents, own or true, tokens and labels as targets of one and the same encoder.</summary>
public static class Objectives
{
    // P over v m^3 where strings are read again and again.
    private static readonly double[] s_offline = [1, 2, 4, 8, 16, 32];

    /// <summary>What <see cref="ExperimentParameters.Objectives"/> may hold.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. TransformerArm.All.Select(Hyphenated)];

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("objectives", """
        P* of every level against m for one encoder (d_model 64, L layers) trained by data2vec (slow teacher; as published; with whitened
        targets), masked tokens, the true latents of level 1 above masked tokens, next token and labels, on fresh strings, at equal compute:
        data2vec costs four forward passes a string, the others three. P* = strings read until a linear probe is half of the way from the untrained encoder to 1; with
        --offline as many are read, but only P different ones, 1 to 32 v m^3, and P* is in these: samples count, not training steps. Top: probe of strings, bottom:
        of new subtrees. At the root also a convolution on P labelled strings. Quick: L=3, s=2, v=8, m=2,3, 600 v m^3 strings
        to the next power of two; paper: L=4, v=16, m=3,4,5, two grammars, 4000 v m^3, beside the published P* of the root.

        Examples:
          rhm reproduce objectives --multiplicities 2,3,4
          rhm reproduce objectives --offline --multiplicities 3,4 --objectives masked-tokens,masked-latents
          rhm reproduce objectives --offline --mask-span 2 --multiplicities 3,4 --objectives masked-tokens,masked-latents
          rhm reproduce objectives --scale paper --objectives data2vec,masked-tokens
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget), nameof(ExperimentParameters.Offline), nameof(ExperimentParameters.MaskSpan), nameof(ExperimentParameters.Objectives)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<TransformerCell> grid = TransformerRuns.Data2VecGrid(setting, parameters, paperUnits: 4000);
        IReadOnlyList<TransformerArm> arms = Chosen(parameters.Objectives, parameters.MaskSpan ?? 1);
        foreach (TransformerArm arm in arms) arm.Training.Validate(grid[0].Shape.TokenCount);
        IEnumerable<TransformerCell> fresh = EqualCompute(grid, arms);
        TransformerCell[] cells = [.. parameters.Offline ? TransformerRuns.Repeated(fresh, s_offline) : fresh];
        IReadOnlyList<(GrammarShape Shape, SampleComplexity P)> labels = Labels(folder, setting, grid);
        using var runs = new TransformerRuns(folder.Path, setting, width: 64);
        IReadOnlyList<TransformerPoint> all = runs.Measure(cells), points = all;
        // One curve for each grammar over P in the place of one over the strings read.
        if (parameters.Offline) points = [.. TransformerRuns.Ends(all).Select(point => point with { Read = point.Read == 0 ? 0 : point.Unique })];
        int depth = cells[0].Shape.Depth;
        IReadOnlyList<(int M, double P)> published = parameters.Offline ? [] : PublishedRoot(cells.Select(cell => cell.Shape).Distinct());
        double most = published.Select(point => point.P).Concat(cells.Select(cell => (double)(parameters.Offline ? cell.Unique : cell.Budget))).Max();
        Multiplot figure = Plots.Panels(2, depth);
        var rows = new List<IReadOnlyList<object>>();
        var found = new List<LevelThreshold>();
        for (int level = 1; level <= depth; level++)
        {
            int l = level;
            (Plot strings, Plot subtrees) = (figure.GetPlot(l - 1), figure.GetPlot(depth + l - 1));
            foreach (TransformerArm arm in arms)
            {
                Color color = Figures.Palette[TransformerArm.All.ToList().FindIndex(known => known.Objective == arm.Objective)];
                var own = points.Where(point => point.Arm == arm.Name && point.Level == l).GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key)
                    .Select(group => (M: group.Key, Points: group.ToList(), Span: TransformerRuns.Threshold(group, point => point.Span), New: TransformerRuns.Threshold(group, point => point.NewSubtrees))).ToList();
                TransformerRuns.Thresholds(strings, own.Select(one => (one.M, one.Span)), color, arm.Name);
                TransformerRuns.Thresholds(subtrees, own.Select(one => (one.M, one.New)), color, arm.Name);
                foreach (var one in own)
                {
                    double untrained = TransformerRuns.Untrained(one.Points, point => point.Span);
                    found.Add(new LevelThreshold(arm, l, one.Points[0].Shape, one.Span, untrained));
                    rows.Add([arm.Name, l, one.M, untrained, TransformerRuns.Trained(one.Points, point => point.Span), one.Span.Value, one.Span.Known.Interval.Low, one.Span.Known.Interval.High, Side(one.Span),
                        TransformerRuns.Untrained(one.Points, point => point.NewSubtrees), TransformerRuns.Trained(one.Points, point => point.NewSubtrees), one.New.Value, Side(one.New),
                        TransformerRuns.Trained(one.Points, point => point.Rank), TransformerRuns.Trained(one.Points, point => point.TargetRank)]);
                }
            }
            foreach (Plot plot in (Plot[])[strings, subtrees])
            {
                if (l == depth) TransformerRuns.Thresholds(plot, labels.Select(one => (one.Shape.Multiplicity, one.P)), Colors.Gray, "convolution, P labelled strings");
                if (l == depth && plot == strings) Plots.Published(plot, published.Select(point => (Math.Log10(point.M), Math.Log10(point.P))), "data2vec, published (d_model 2048)");
                Plots.TicksAt(plot, cells.Select(cell => cell.Shape.Multiplicity), Math.Log10);
                Figures.LogarithmicY(plot);
                plot.Title((l == depth ? $"level {l}, root" : $"level {l}") + (plot == strings ? "" : ", new subtrees"));
                plot.XLabel("multiplicity m");
                plot.YLabel(parameters.Offline ? "P*, different strings" : "P*, strings read");
                plot.Axes.SetLimitsY(1.5, Math.Log10(most) + 0.4);
                plot.HideLegend();
                (double left, double right) = (Math.Log10(cells.Min(cell => cell.Shape.Multiplicity)), Math.Log10(cells.Max(cell => cell.Shape.Multiplicity)));
                bool hasLegend = l == depth && plot == strings;
                plot.Axes.SetLimitsX(left - 0.05, right + 0.05 + (hasLegend ? 1.5 * (right - left) : 0));
                if (hasLegend) plot.ShowLegend(Alignment.LowerRight);
            }
        }
        rows.AddRange(labels.Select(one => (IReadOnlyList<object>)["convolution", depth, one.Shape.Multiplicity, 1.0 / one.Shape.Classes, double.NaN,
            one.P.Value, one.P.Known.Interval.Low, one.P.Known.Interval.High, Side(one.P), double.NaN, double.NaN, double.NaN, "", double.NaN, double.NaN]));
        var table = new ResultTable(["objective", "level", "m", "untrained", "trained", "P*", "95% low", "95% high", "P* is", "new subtrees untrained", "new subtrees trained", "P* of new subtrees", "it is", "rank of features", "rank of targets"], rows);
        folder.Write(table);
        ResultTable findings = ObjectivesFindings.Of(found, depth);
        folder.Write(findings, "laws.csv");
        folder.Write(figure, 480 * depth, 900);
        var notes = TransformerNotes.Of(cells, all, runs.Path).ToList();
        foreach (IReadOnlyList<object> row in findings.Rows)
        {
            string interval = double.IsNaN((double)row[4]) ? "" : string.Create(CultureInfo.InvariantCulture, $" [{row[4]:0.00}, {row[5]:0.00}]");
            string measured = double.IsNaN((double)row[3]) ? "unknown" : string.Create(CultureInfo.InvariantCulture, $"{row[3]:0.00}{interval}");
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{row[0]}, level {row[2]}: {row[1]} {measured}, predicted {row[6]:0.##}: {row[7]}"));
        }
        if (labels.Select(one => one.Shape.Multiplicity).Distinct().Count() > 1)
        {
            double exponent = ScalingLaw.ExponentOf([.. labels.Select(one => (double)one.Shape.Multiplicity)], [.. labels.Select(one => one.P.Value)]);
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"convolution: P* grows as m^{exponent:0.00}, predicted m^{depth}; P*/(n_c m^L) = {string.Join(", ", labels.Select(one => (one.P.Value / SampleScales.Labels(one.Shape)).ToString("0.00", CultureInfo.InvariantCulture)))}"));
        }
        return new ExperimentReport(table, notes);
    }

    /// <summary>The published P* of the root, in fresh strings, where the shapes are the published ones.</summary>
    internal static IReadOnlyList<(int M, double P)> PublishedRoot(IEnumerable<GrammarShape> shapes) =>
        [.. from shape in shapes
            where shape is { Depth: 4, Branching: 2, Vocabulary: 16 } && Published.Figure4Data2Vec.ContainsKey(shape.Multiplicity)
            select (shape.Multiplicity, Published.Figure4Data2Vec[shape.Multiplicity])];

    /// <summary>What P* is: found, or a bound.</summary>
    internal static string Side(SampleComplexity threshold) => threshold.Side switch
    {
        CrossingSide.Found when !threshold.Complete => "found (no interval)",
        CrossingSide.Found => "found",
        CrossingSide.Below => "at most",
        _ => "at least",
    };

    private static string Hyphenated(TransformerArm arm) => arm.Objective.Replace(' ', '-');

    private static IReadOnlyList<TransformerArm> Chosen(IReadOnlyList<string>? names, int maskSpan)
    {
        if (names?.FirstOrDefault(name => !Names.Contains(name)) is string unknown)
            throw new ArgumentException($"there is no objective \"{unknown}\"; there are: {string.Join(", ", Names)}");
        return [.. TransformerArm.All.Where(arm => names?.Contains(Hyphenated(arm)) ?? true).Select(arm => arm.Masking(maskSpan))];
    }

    /// <summary>Each cell with every arm: fewer strings where a string costs more passes.</summary>
    internal static IEnumerable<TransformerCell> EqualCompute(IEnumerable<TransformerCell> grid, IReadOnlyList<TransformerArm> arms) =>
        from cell in grid
        from arm in arms
        select cell with { Arm = arm, Budget = cell.Budget * 3 / arm.Passes };

    /// <summary>P* of the root from labels: the convolution's accuracy half of the way from chance to 1, on a grid of P.</summary>
    private static List<(GrammarShape Shape, SampleComplexity P)> Labels(ExperimentFolder folder, RunContext setting, IReadOnlyList<TransformerCell> grid)
    {
        using var store = new CsvStore(Path.Combine(folder.Path, "convolutions.csv"), $"convolutions of rhm reproduce, seed {setting.Seed}, {CsvStore.Versions(ConvolutionalLearner.Learner)}", "learner,L,s,v,m,grammar,P,accuracy");
        var known = store.Rows.ToDictionary(row => string.Join(',', row[..7]), row => double.Parse(row[7], CultureInfo.InvariantCulture));
        double[] factors = [0.25, 0.5, 1, 2, 4, 8];
        var results = new List<(GrammarShape, SampleComplexity)>();
        foreach (GrammarShape shape in grid.Select(cell => cell.Shape).Distinct())
        {
            long[] samples = [.. factors.Select(factor => (long)Math.Round(factor * SampleScales.Labels(shape)))];
            int[] grammars = [.. grid.Where(cell => cell.Shape == shape).Select(cell => cell.Grammar)];
            double[][] accuracy = [.. grammars.Select(_ => new double[samples.Length])];
            setting.ForEach([.. Enumerable.Range(0, grammars.Length * samples.Length)], i =>
            {
                (int g, int p) = (i / samples.Length, i % samples.Length);
                string key = string.Create(CultureInfo.InvariantCulture, $"convolution,{shape.Depth},{shape.Branching},{shape.Vocabulary},{shape.Multiplicity},{grammars[g]},{samples[p]}");
                double value;
                bool found;
                lock (store) found = known.TryGetValue(key, out value);
                if (!found)
                {
                    ulong seed = GrammarSeeds.OfShape(setting.Seed, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity, grammars[g]);
                    var grammar = Grammar.Draw(shape, seed);
                    var trainer = new ConvolutionalTrainer(new StringSampler(grammar, seed, samples[p]), new ConvolutionalTraining { Epochs = 400, Seed = seed });
                    trainer.Run(cancellation: setting.Cancellation);
                    value = trainer.Accuracy(new StringSampler(grammar, seed, 2000, RandomPurpose.HeldOut));
                    lock (store) store.Append(string.Create(CultureInfo.InvariantCulture, $"{key},{value:R}"));
                }
                accuracy[g][p] = value;
            });
            results.Add((shape, SampleComplexity.OfMeanCurve([.. samples.Select(count => (double)count)], accuracy, SampleComplexity.HalfWay(shape.Classes))));
        }
        return results;
    }
}
