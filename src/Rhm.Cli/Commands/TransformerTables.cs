using System.Globalization;
using Rhm.Grammars;
using Rhm.Networks.Probes;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>What <c>rhm train</c> shows of an encoder.</summary>
internal static class TransformerTables
{
    public const string CurvesHeader = "step,strings,loss,gradient_norm,floor,floor_error";

    /// <summary>The line of a point in a file of curves.</summary>
    public static string Line(TransformerCurvePoint point, CrossEntropy? floor) => string.Create(CultureInfo.InvariantCulture,
        $"{point.Step},{point.Strings},{point.Loss:R},{point.GradientNorm:R},{floor?.Mean:R},{floor?.StandardError:R}");

    /// <summary>Some points of the curve, each with what probes told then, if they did.</summary>
    public static Table Curve(IEnumerable<TransformerCurvePoint> points, CrossEntropy? floor, IEnumerable<string>? levels = null)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("step", "strings", "loss", "gradient norm");
        if (floor is not null) table.AddColumns("least loss of any predictor", "above it");
        string[] probes = [.. levels ?? []];
        if (probes.Length > 0) table.AddColumn("probes of levels 1 .. L");
        foreach ((int i, TransformerCurvePoint point) in points.Index())
        {
            List<string> row = [$"{point.Step}", $"{point.Strings}", Number(point.Loss), Number(point.GradientNorm)];
            if (floor is { } bayes)
                row.AddRange([$"{Number(bayes.Mean)} +- {Number(bayes.StandardError)}", Number(point.Loss - bayes.Mean)]);
            if (probes.Length > 0) row.Add(probes[i]);
            table.AddRow([.. row]);
        }
        return table;
    }

    /// <summary>About ten points of the curve, the last among them.</summary>
    public static Table Summary(List<TransformerCurvePoint> curve, CrossEntropy? floor)
    {
        int every = Math.Max(1, curve.Count / 10);
        return Curve(curve.Where((_, i) => i % every == curve.Count % every || i == curve.Count - 1), floor);
    }

    /// <summary>What the layers know of every level, beside the untrained network; for data2vec also what its targets carry.</summary>
    public static Table Levels(RepresentationScore trained, RepresentationScore untrained, TargetKnowledge? targets, GrammarShape shape,
        bool withMlp)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("level", "linear probe, best layer", "untrained", "its layer", "new subtrees", "untrained");
        if (withMlp) table.AddColumns("hidden layer", "untrained");
        if (targets is not null) table.AddColumn("targets");
        for (int level = 1; level <= shape.Depth; level++)
        {
            LayerKnowledge best = trained.Layers.MaxBy(layer => layer.Levels[level - 1].Span)!;
            List<string> row = [level == shape.Depth ? "root" : $"{level}", Share(trained.Best(level)), Share(untrained.Best(level)),
                $"{best.Layer}", Share(best.Levels[level - 1].NewSubtrees),
                Share(untrained.Layers[best.Layer].Levels[level - 1].NewSubtrees)];
            if (withMlp) row.AddRange([Share(BestMlp(trained, level)), Share(BestMlp(untrained, level))]);
            if (targets is not null) row.Add(Share(targets.Levels[level - 1]));
            table.AddRow([.. row]);
        }
        return table;
    }

    /// <summary>Effective ranks in one sentence.</summary>
    public static string Ranks(RepresentationScore trained, RepresentationScore untrained, TargetKnowledge? targets, int width)
    {
        string features = $"effective rank of the features {Rank(trained.Layers[^1].EffectiveRank)} of {width}, "
            + $"untrained {Rank(untrained.Layers[^1].EffectiveRank)}";
        return targets is null ? features
            : $"{features}; of the targets {Rank(targets.EffectiveRank)}{(targets.Collapsed ? ": collapsed" : "")}";

        static string Rank(double rank) => rank.ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static double BestMlp(RepresentationScore score, int level) => score.Layers.Max(layer => layer.Levels[level - 1].Mlp);

    private static string Share(double value) => double.IsNaN(value) ? "none" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
