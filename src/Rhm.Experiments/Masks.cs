using System.Globalization;
using Rhm.Experiments.Cells;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Beyond the paper: one transformer learns from tokens, its own latents or the true ones, under masks that hide a token, a tuple or a
/// constituent of the next level. Where the mask hides constituents, a token tells little of a latent (formula D, docs/formulas.md).
/// </summary>
public static class Masks
{
    private const string Tokens = "tokens", Own = "own latents", True = "true latents";

    // Strings whose posteriors make the prediction of a grammar.
    private const int Sampled = 1000;

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("masks", """
        P* of every level against m for one encoder (d_model 64, L layers) that is trained on the tokens of masked blocks, on its own
        latents of them, or on the true ones, with blocks of 1, s and s^2 tokens, all at as many steps. P* = different strings, read again
        and again, until a linear probe is half of the way from the untrained encoder to 1; beside it the same on fresh strings. At one m,
        with tuples masked, also the way from true latents to own ones: true latents with noise, a teacher that was trained on true latents,
        a teacher of its own that has been trained to the end, one that moves. Beside each ratio of two P* stands what the conditional
        mutual information of their targets with the latents in sight predicts.
        Quick: L=3, s=2, v=8, m=3, two grammars; paper: m=3,4,5, six grammars.

        Examples:
          rhm reproduce masks
          rhm reproduce masks --scale paper --multiplicities 4 --mask-span 2
          rhm reproduce masks --scale paper --depths 4 --vocabulary 16 --multiplicities 3
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.MaskSpan), nameof(ExperimentParameters.Budget)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters)
    {
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException($"{parameters.Depths.Count} depths: this figure has one");
        return ExperimentSweep.Of("masks", setting, ("depth", Given.Of(parameters.Depths)), ("branching", Given.Of(parameters.Branching)),
            ("vocabulary", Given.Of(parameters.Vocabulary)), ("multiplicities", Given.Ordered(parameters.Multiplicities)),
            ("grammar_count", Given.Of(parameters.Grammars)), ("spans", Given.Of(parameters.MaskSpan)),
            ("budget", Given.Of(parameters.Budget)));
    }

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(setting, parameters);
        sweep.Measure(folder);
        IReadOnlyList<MaskedCurve> curves = MaskedCurve.Of(sweep.Results<FunctionCell>());
        ResultTable table = Table(curves);
        folder.Write(table);
        MaskedRatio[] ratios = [.. Ratios(curves, setting)];
        folder.Write(ResultTable.Of(ratios, ("objective", row => row.One.Series), ("other", row => row.Other.Series),
            ("block", row => row.One.Span), ("strings", row => StringsOf(row.One)), ("level", row => row.One.Level),
            ("m", row => row.One.Shape.Multiplicity), ("grammars", row => row.Grammars), ("P*/P* of the other", row => row.Value),
            ("95% low", row => row.Interval.Low), ("95% high", row => row.Interval.High), ("predicted", row => row.Predicted),
            ("verdict", row => row.Verdict)), "laws.csv");
        Draw(folder, curves);
        string[] notes =
        [
            .. ratios.Where(row => row.One.Level < row.One.Shape.Depth && !double.IsNaN(row.Interval.Low)).Select(Note),
            .. Collapsed(curves),
            $"{curves.SelectMany(curve => curve.Cells).Distinct().Count()} encoders, each in {ExperimentFolder.ExportName}",
        ];
        return new ExperimentReport(table, notes);
    }

    private static ResultTable Table(IReadOnlyList<MaskedCurve> curves) => ResultTable.Of(curves,
        ("objective", one => one.Series), ("block", one => one.Span), ("strings", StringsOf), ("level", one => one.Level),
        ("m", one => one.Shape.Multiplicity), ("grammars", one => one.Grammars),
        ("untrained", one => one.Last(MaskedEncoderCell.NameOf("untrained", one.Level))),
        ("trained", one => one.Last(MaskedEncoderCell.NameOf("span", one.Level))),
        ("P*", one => one.Threshold.Value), ("95% low", one => one.Threshold.Known.Interval.Low),
        ("95% high", one => one.Threshold.Known.Interval.High), ("P* is", one => Objectives.Side(one.Threshold)),
        ("P*/(v m^3)", one => one.Threshold.Known.Value / SampleScales.Latents(one.Shape)),
        ("P* of new subtrees", one => one.NewSubtrees.Value), ("it is", one => Objectives.Side(one.NewSubtrees)),
        ("targets tell", one => one.Last(MaskedEncoderCell.NameOf("target", one.Level))),
        ("rank of features", one => one.Last("rank")), ("rank of targets", one => one.Last("target_rank")));

    private static string StringsOf(MaskedCurve curve) => curve.Fresh ? "fresh" : "repeated";

    /// <summary>Tokens over own latents, tokens over true latents, own over true; and each step from true latents to own ones.</summary>
    private static IEnumerable<MaskedRatio> Ratios(IReadOnlyList<MaskedCurve> curves, RunContext setting)
    {
        var signals = new Dictionary<(int, int, int, GrammarShape), double>();
        return [.. from one in curves
                   from other in curves
                   where (one.Span, one.Shape, one.Level, one.Fresh) == (other.Span, other.Shape, other.Level, other.Fresh)
                   where one.Series != other.Series && (other.Series == True || (one.Series == Tokens && other.Series == Own))
                   where one.Threshold.Side == CrossingSide.Found || other.Threshold.Side == CrossingSide.Found
                   where one.Grammars == other.Grammars
                   select new MaskedRatio(one, other, BlockSignal.PredictedRatio(Signal(other), Signal(one)))];

        double Signal(MaskedCurve curve)
        {
            int level = TargetLevel(curve);
            if (curve.Level == curve.Shape.Depth) return double.NaN;
            var key = (curve.Span, level, curve.Level, curve.Shape);
            if (!signals.TryGetValue(key, out double signal))
                signals[key] = signal = Mean(curve, new BlockSignal(curve.Span, level, curve.Level), setting);
            return signal;
        }
    }

    /// <summary>
    /// The level of what is predicted: of own latents that of the block, or of the tuple where more than the block is seen, which is the
    /// most that they can tell.
    /// </summary>
    private static int TargetLevel(MaskedCurve curve)
    {
        int level = 0;
        for (int width = 1; width < curve.Span; width *= curve.Shape.Branching) level++;
        TransformerTraining training = curve.Options.Training;
        return training.Objective switch
        {
            TransformerObjective.MaskedTokens => 0,
            TransformerObjective.MaskedLatents => training.TargetLevel,
            _ => training.SeesBlocksAlone ? level : Math.Max(1, level),
        };
    }

    private static double Mean(MaskedCurve curve, BlockSignal signal, RunContext setting) =>
        Enumerable.Range(0, curve.Grammars).Average(grammar =>
        {
            GrammarShape shape = curve.Shape;
            ulong seed = GrammarSeeds.OfShape(setting.Seed, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity, grammar);
            return signal.Measure(Grammar.Draw(shape, seed), Sampled, seed, setting.Threads);
        });

    private static string Note(MaskedRatio row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.One.Series} over {row.Other.Series}, blocks of {row.One.Span}, {StringsOf(row.One)} strings, level {row.One.Level}, m = ")
        + string.Create(CultureInfo.InvariantCulture,
        $"{row.One.Shape.Multiplicity}: {row.Value:0.00} {row.Interval.Text("0.00")} (95%), predicted {row.Predicted:0.00}: {row.Verdict}");

    private static IEnumerable<string> Collapsed(IReadOnlyList<MaskedCurve> curves)
    {
        string[] all = [.. curves.Where(curve => curve.Level == 1 && curve.Last("target_rank") < curve.Shape.Vocabulary - 1)
            .Select(curve => string.Create(CultureInfo.InvariantCulture,
                $"{curve.Series}, block {curve.Span}, m = {curve.Shape.Multiplicity} ({curve.Last("target_rank"):0.0})"))];
        if (all.Length > 0) yield return $"collapsed, effective rank of the targets below v - 1: {string.Join("; ", all)}";
    }

    private static void Draw(ExperimentFolder folder, IReadOnlyList<MaskedCurve> all)
    {
        // Where P strings are read again and again; the table has the rest.
        MaskedCurve[] curves = [.. all.Where(curve => !curve.Fresh && curve.Level > 1)];
        int[] levels = [.. curves.Select(curve => curve.Level).Distinct().Order().Take(2)];
        int[] spans = [.. curves.Select(curve => curve.Span).Distinct().Order()];
        int[] multiplicities = [.. curves.Select(curve => curve.Shape.Multiplicity).Distinct().Order()];
        string[] series = [.. curves.Select(curve => curve.Series).Distinct()];
        double[] samples =
            [.. curves.SelectMany(curve => curve.Cells).Select(cell => (double)((MaskedEncoderOptions)cell.Cell.Options).Count)];
        int depth = curves[0].Shape.Depth;
        Multiplot figure = Plots.Panels(levels.Length * spans.Length, spans.Length);
        for (int i = 0; i < levels.Length * spans.Length; i++)
        {
            (int level, int span) = (levels[i / spans.Length], spans[i % spans.Length]);
            Plot plot = figure.GetPlot(i);
            foreach (var own in curves.Where(curve => (curve.Level, curve.Span) == (level, span)).GroupBy(curve => curve.Series))
            {
                EncoderCurves.Thresholds(plot, own.Select(curve => (curve.Shape.Multiplicity, curve.Threshold)),
                    Figures.Palette[Array.IndexOf(series, own.Key) % Figures.Palette.Length], own.Key);
            }
            Plots.TicksAt(plot, multiplicities, Math.Log10);
            Figures.LogarithmicY(plot);
            plot.Title($"{(level == depth ? "root" : $"level {level}")}, blocks of {span}");
            plot.XLabel("multiplicity m");
            plot.YLabel("P*, different strings");
            plot.Axes.SetLimitsY(Math.Log10(samples.Min()) - 0.3, Math.Log10(samples.Max()) + 0.3);
            plot.Axes.SetLimitsX(Math.Log10(multiplicities[0]) - 0.05, Math.Log10(multiplicities[^1]) + 0.05);
        }
        folder.Write(figure);
    }
}
