using System.Globalization;
using Rhm.Networks.JointEmbedding;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>What <c>rhm joint-embedding</c> shows of its encoders: one line a level.</summary>
internal static class JointEmbeddingTables
{
    public const string CurvesHeader = "step,level,loss,effective_rank";

    /// <summary>The lines of a point in a file of curves.</summary>
    public static IEnumerable<string> Lines(JointEmbeddingCurvePoint point) => point.Levels.Select(level =>
        string.Create(CultureInfo.InvariantCulture, $"{point.Step},{level.Level},{level.Loss:R},{level.EffectiveRank:R}"));

    /// <summary>The curves so far.</summary>
    public static Table Live(List<JointEmbeddingCurvePoint> seen, JointEmbeddingTrainer trainer)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("level", "loss", "effective rank", "")
            .Title($"step {trainer.Step} of {trainer.Steps}");
        foreach (var level in seen.SelectMany(point => point.Levels).GroupBy(one => one.Level).OrderBy(group => group.Key))
        {
            JointEmbeddingLevelPoint last = level.Last();
            table.AddRow(new Text($"{level.Key}"), new Text(Number(last.Loss)), new Text(Number(last.EffectiveRank)),
                new Sparkline([.. level.Select(one => one.EffectiveRank)]));
        }
        return table;
    }

    /// <summary>The embeddings at the end.</summary>
    public static Table Embeddings(JointEmbeddingTrainer trainer, IReadOnlyList<double>? probes)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("level", "effective rank of the embeddings", "of");
        if (probes is not null) table.AddColumn("linear probe (held out)");
        foreach (JointEmbeddingRank level in trainer.Ranks)
        {
            string[] row = [$"{level.Level}", Number(level.EffectiveRank), $"{level.Dimension}"];
            table.AddRow(probes is null ? row : [.. row, Number(probes[level.Level - 1])]);
        }
        return table;
    }

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
