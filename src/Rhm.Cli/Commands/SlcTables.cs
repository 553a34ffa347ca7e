using System.Globalization;
using Rhm.Networks.StackedLatentClustering;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>What <c>rhm slc</c> shows of a network: one line a level.</summary>
internal static class SlcTables
{
    public const string CurvesHeader = "step,level,prediction_loss,clustering_loss,margin,accuracy,majority,codes";

    /// <summary>The lines of a point in a file of curves.</summary>
    public static IEnumerable<string> Lines(SlcCurvePoint point)
    {
        for (int l = 0; l < (point.Losses?.Prediction.Length ?? point.Score?.Levels.Count ?? 0); l++)
        {
            SlcLosses? losses = point.Losses;
            SlcLevelScore? score = point.Score?.Levels[l];
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{point.Step},{l + 1},{losses?.Prediction[l]:R},{losses?.Clustering[l]:R},{losses?.Margin[l]:R},")
                + string.Create(CultureInfo.InvariantCulture, $"{score?.Accuracy:R},{score?.Majority:R},{score?.Codes}");
        }
    }

    /// <summary>The curves so far.</summary>
    public static Table Live(List<SlcCurvePoint> seen, SlcTrainer trainer)
    {
        Table table = NewTable("level", "prediction loss", "clustering loss", "margin", "codes", "accuracy", "")
            .Title($"step {trainer.Step} of {trainer.Training.Steps}");
        SlcCurvePoint? last = seen.Count == 0 ? null : seen[^1];
        for (int l = 0; l < trainer.Network.Shape.Modules; l++)
        {
            SlcLevelScore? score = last?.Score?.Levels[l];
            table.AddRow([.. Losses(last?.Losses, l), new Text(score is null ? "" : $"{score.Codes}"), new Text(Number(score?.Accuracy)),
                Curve(seen, l)]);
        }
        return table;
    }

    /// <summary>The curves of a whole training.</summary>
    public static Table Training(List<SlcCurvePoint> curve, int modules, bool hasAccuracy)
    {
        SlcLosses? losses = curve.Count == 0 ? null : curve[^1].Losses;
        Table table = NewTable("level", "prediction loss", "clustering loss", "margin", hasAccuracy ? "accuracy while training" : "");
        for (int l = 0; l < modules; l++) table.AddRow([.. Losses(losses, l), Curve(curve, l)]);
        return table;
    }

    /// <summary>What the network knows, beside the untrained one.</summary>
    public static Table Known(SlcScore trained, SlcScore untrained)
    {
        Table table = NewTable("level", "codes", "accuracy (one-to-one)", "majority", "linear probe", "probe, untrained");
        foreach ((int l, SlcLevelScore score) in trained.Levels.Index())
        {
            table.AddRow($"{l + 1}", $"{score.Codes}", Number(score.Accuracy), Number(score.Majority), Number(score.Probe),
                Number(untrained.Levels[l].Probe));
        }
        table.AddRow("root", "", "", "", Number(trained.RootTuple), Number(untrained.RootTuple));
        table.AddRow("root, linear in each child", "", "", "", Number(trained.RootLinear), Number(untrained.RootLinear));
        return table;
    }

    /// <summary>What the network knows of strings with latents in files.</summary>
    public static Table Known(IReadOnlyList<(double Accuracy, double Majority, int Codes)?> levels)
    {
        Table table = NewTable("level", "codes", "accuracy (one-to-one, these strings)", "majority");
        foreach ((int l, (double Accuracy, double Majority, int Codes)? level) in levels.Index())
        {
            if (level is { } known) table.AddRow($"{l + 1}", $"{known.Codes}", Number(known.Accuracy), Number(known.Majority));
        }
        return table;
    }

    private static Table NewTable(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns(columns);

    private static Text[] Losses(SlcLosses? losses, int l) =>
        [new($"{l + 1}"), new(Number(losses?.Prediction[l])), new(Number(losses?.Clustering[l])), new(Number(losses?.Margin[l]))];

    /// <summary>The accuracy of a level at every point.</summary>
    private static Sparkline Curve(IEnumerable<SlcCurvePoint> seen, int l) =>
        new([.. seen.Where(point => point.Score is not null).Select(point => point.Score!.Levels[l].Accuracy)]);

    private static string Number(double? value) =>
        value is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "";
}
