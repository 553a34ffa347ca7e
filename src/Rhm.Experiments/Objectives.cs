using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// The comparison that the paper leaves open: latents, own or true, tokens and labels as targets of one and the same encoder.
/// </summary>
public static class Objectives
{
    // P over v m^3 where strings are read again and again.
    private static readonly double[] s_offline = [1, 2, 4, 8, 16, 32];

    /// <summary>What <see cref="ExperimentParameters.Objectives"/> may hold.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. EncoderObjective.All.Select(Hyphenated)];

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("objectives", """
        P* of every level against m for one encoder (d_model 64, L layers) trained by data2vec (slow teacher; as published; with whitened
        targets), masked tokens, the true latents of level 1 above masked tokens, next token and labels, on fresh strings, at equal compute:
        data2vec costs four forward passes a string, the others three. P* = strings read until a linear probe is half of the way from the
        untrained encoder to 1; with --offline as many are read, but only P different ones, 1 to 32 v m^3, and P* is in these: samples
        count, not training steps. Top: probe of strings, bottom: of new subtrees. At the root also a convolution on P labelled strings.
        Quick: L=3, s=2, v=8, m=2,3, 600 v m^3 strings to the next power of two; paper: L=4, v=16, m=3,4,5, two grammars, 4000 v m^3,
        beside the published P* of the root.

        Examples:
          rhm reproduce objectives --multiplicities 2,3,4
          rhm reproduce objectives --offline --multiplicities 3,4 --objectives masked-tokens,masked-latents
          rhm reproduce objectives --offline --mask-span 2 --multiplicities 3,4 --objectives masked-tokens,masked-latents
          rhm reproduce objectives --scale paper --objectives data2vec,masked-tokens
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget), nameof(ExperimentParameters.Offline),
            nameof(ExperimentParameters.MaskSpan), nameof(ExperimentParameters.Objectives)], Run);

    /// <summary>The encoders of one objective, multiplicity and level.</summary>
    private sealed record LevelResult(EncoderObjective Objective, int Level, IReadOnlyList<EncoderPoint> Points)
    {
        public GrammarShape Shape => Points[0].Shape;

        public double Untrained { get; } = EncoderCurves.Untrained(Points, point => point.Span);

        /// <summary>P* by the probe of strings.</summary>
        public SampleComplexity Span { get; } = EncoderCurves.Threshold(Points, point => point.Span);

        /// <summary>P* by the probe of new subtrees.</summary>
        public SampleComplexity NewSubtrees { get; } = EncoderCurves.Threshold(Points, point => point.NewSubtrees);
    }

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<EncoderCell> grid = EncoderGrid.Data2Vec(setting, parameters, paperUnits: 4000);
        IReadOnlyList<EncoderObjective> objectives = Chosen(parameters.Objectives, parameters.MaskSpan ?? 1);
        foreach (EncoderObjective objective in objectives) objective.Training.Validate(grid[0].Shape.TokenCount);
        IEnumerable<EncoderCell> fresh = EqualCompute(grid, objectives);
        EncoderCell[] cells = [.. parameters.Offline ? EncoderGrid.Repeated(fresh, s_offline) : fresh];
        IReadOnlyList<(GrammarShape Shape, SampleComplexity P)> labels =
            ConvolutionRuns.Thresholds(folder.Path, setting, [.. grid.Select(cell => (cell.Shape, cell.Grammar))]);
        using var runs = new EncoderRuns(folder.Path, setting, width: 64);
        IReadOnlyList<EncoderPoint> all = runs.Measure(cells), points = all;
        // One curve for each grammar over P in the place of one over the strings read.
        if (parameters.Offline)
            points = [.. EncoderCurves.Ends(all).Select(point => point with { Read = point.Read == 0 ? 0 : point.Unique })];
        int depth = cells[0].Shape.Depth;
        LevelResult[] results = [.. from level in Enumerable.Range(1, depth)
                                    from objective in objectives
                                    from own in points.Where(point => point.Objective == objective.Name && point.Level == level)
                                        .GroupBy(point => point.Shape.Multiplicity).OrderBy(same => same.Key)
                                    select new LevelResult(objective, level, [.. own])];
        ResultTable table = Table(results, labels, depth);
        folder.Write(table);
        IReadOnlyList<ObjectiveFinding> findings = ObjectiveFindings.Of([.. results.Select(one =>
            new LevelThreshold(one.Objective, one.Level, one.Shape, one.Span, one.Untrained))], depth);
        folder.Write(ResultTable.Of(findings, ("objective", row => row.Objective), ("quantity", row => row.Quantity),
            ("level", row => row.Level), ("measured", row => row.Measured), ("95% low", row => row.Interval.Low),
            ("95% high", row => row.Interval.High), ("predicted", row => row.Predicted), ("verdict", row => row.Verdict)), "laws.csv");
        Draw(folder, cells, results, labels, parameters.Offline);
        return new ExperimentReport(table, [.. EncoderNotes.Of(cells, all, runs.Path), .. findings.Select(row => row.ToString()),
            .. LabelNotes(labels, depth)]);
    }

    private static ResultTable Table(IReadOnlyList<LevelResult> results, IReadOnlyList<(GrammarShape Shape, SampleComplexity P)> labels,
        int depth)
    {
        (string Name, Func<LevelResult, object> Encoder, Func<(GrammarShape Shape, SampleComplexity P), object> Convolution)[] columns =
        [
            ("objective", one => one.Objective.Name, _ => "convolution"),
            ("level", one => one.Level, _ => depth),
            ("m", one => one.Shape.Multiplicity, one => one.Shape.Multiplicity),
            ("untrained", one => one.Untrained, one => 1.0 / one.Shape.Classes),
            ("trained", one => EncoderCurves.Trained([.. one.Points], point => point.Span), _ => double.NaN),
            ("P*", one => one.Span.Value, one => one.P.Value),
            ("95% low", one => one.Span.Known.Interval.Low, one => one.P.Known.Interval.Low),
            ("95% high", one => one.Span.Known.Interval.High, one => one.P.Known.Interval.High),
            ("P* is", one => Side(one.Span), one => Side(one.P)),
            ("new subtrees untrained", one => EncoderCurves.Untrained(one.Points, point => point.NewSubtrees), _ => double.NaN),
            ("new subtrees trained", one => EncoderCurves.Trained([.. one.Points], point => point.NewSubtrees), _ => double.NaN),
            ("P* of new subtrees", one => one.NewSubtrees.Value, _ => double.NaN),
            ("it is", one => Side(one.NewSubtrees), _ => ""),
            ("rank of features", one => EncoderCurves.Trained([.. one.Points], point => point.Rank), _ => double.NaN),
            ("rank of targets", one => EncoderCurves.Trained([.. one.Points], point => point.TargetRank), _ => double.NaN),
        ];
        var encoders = ResultTable.Of(results, [.. columns.Select(column => (column.Name, column.Encoder))]);
        var convolutions = ResultTable.Of(labels, [.. columns.Select(column => (column.Name, column.Convolution))]);
        return encoders with { Rows = [.. encoders.Rows, .. convolutions.Rows] };
    }

    /// <summary>The level that tells objectives apart, by itself, and all levels.</summary>
    private static void Draw(ExperimentFolder folder, EncoderCell[] cells, IReadOnlyList<LevelResult> results,
        IReadOnlyList<(GrammarShape Shape, SampleComplexity P)> labels, bool offline)
    {
        Draw(2, 2, ExperimentFolder.MainFigure);
        Draw(1, cells[0].Shape.Depth, ExperimentFolder.AllLevels);

        void Draw(int first, int last, string name) => folder.Write(Levels(cells, results, labels, offline, first, last), name);
    }

    private static Multiplot Levels(EncoderCell[] cells, IReadOnlyList<LevelResult> results,
        IReadOnlyList<(GrammarShape Shape, SampleComplexity P)> labels, bool offline, int first, int last)
    {
        int depth = cells[0].Shape.Depth;
        IReadOnlyList<(int M, double P)> published = offline ? [] : PublishedRoot(cells.Select(cell => cell.Shape).Distinct());
        double most = published.Select(point => point.P).Concat(cells.Select(cell => (double)(offline ? cell.Unique : cell.Budget))).Max();
        int[] multiplicities = [.. cells.Select(cell => cell.Shape.Multiplicity)];
        (double left, double right) = (Math.Log10(multiplicities.Min()), Math.Log10(multiplicities.Max()));
        Multiplot figure = Plots.Panels(2 * (last - first + 1), columns: 2);
        for (int level = first; level <= last; level++)
        {
            foreach (bool subtrees in (bool[])[false, true])
            {
                Plot plot = figure.GetPlot(2 * (level - first) + (subtrees ? 1 : 0));
                foreach (var own in results.Where(one => one.Level == level).GroupBy(one => one.Objective))
                {
                    int color = EncoderObjective.All.ToList().FindIndex(known => known.BaseName == own.Key.BaseName);
                    EncoderCurves.Thresholds(plot, own.Select(one => (one.Shape.Multiplicity, subtrees ? one.NewSubtrees : one.Span)),
                        Figures.Palette[color], own.Key.Name);
                }
                if (level == depth)
                {
                    EncoderCurves.Thresholds(plot, labels.Select(one => (one.Shape.Multiplicity, one.P)), Colors.Gray,
                        "convolution, P labelled strings");
                }
                if (level == depth && !subtrees)
                {
                    Plots.Published(plot, published.Select(point => (Math.Log10(point.M), Math.Log10(point.P))),
                        "data2vec, published (d_model 2048)");
                }
                Plots.TicksAt(plot, multiplicities, Math.Log10);
                Figures.LogarithmicY(plot);
                plot.Title((level == depth ? $"level {level}, root" : $"level {level}") + (subtrees ? ", new subtrees" : ""));
                plot.XLabel("multiplicity m");
                plot.YLabel(offline ? "P*, different strings" : "P*, strings read");
                plot.Axes.SetLimitsY(1.5, Math.Log10(most) + 0.4);
                plot.Axes.SetLimitsX(left - 0.05, right + 0.05);
            }
        }
        return figure;
    }

    private static IEnumerable<string> LabelNotes(IReadOnlyList<(GrammarShape Shape, SampleComplexity P)> labels, int depth)
    {
        if (labels.Select(one => one.Shape.Multiplicity).Distinct().Count() < 2) yield break;
        double exponent = ScalingLaw.ExponentOf(
            [.. labels.Select(one => (double)one.Shape.Multiplicity)], [.. labels.Select(one => one.P.Value)]);
        IEnumerable<string> units = from one in labels
                                    let unit = SampleScales.Labels(one.Shape)
                                    select (one.P.Value / unit).ToString("0.00", CultureInfo.InvariantCulture);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"convolution: P* grows as m^{exponent:0.00}, predicted m^{depth}; P*/(n_c m^L) = {string.Join(", ", units)}");
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

    private static string Hyphenated(EncoderObjective objective) => objective.BaseName.Replace(' ', '-');

    private static IReadOnlyList<EncoderObjective> Chosen(IReadOnlyList<string>? names, int maskSpan)
    {
        if (names?.FirstOrDefault(name => !Names.Contains(name)) is string unknown)
            throw new ArgumentException($"there is no objective \"{unknown}\"; there are: {string.Join(", ", Names)}");
        IEnumerable<EncoderObjective> chosen = EncoderObjective.All.Where(objective => names?.Contains(Hyphenated(objective)) ?? true);
        return [.. chosen.Select(objective => objective.Masking(maskSpan))];
    }

    /// <summary>Each cell with every objective: fewer strings where a string costs more passes.</summary>
    internal static IEnumerable<EncoderCell> EqualCompute(IEnumerable<EncoderCell> grid, IReadOnlyList<EncoderObjective> objectives) =>
        from cell in grid
        from objective in objectives
        select cell with { Objective = objective, Budget = cell.Budget * 3 / objective.Passes };
}
