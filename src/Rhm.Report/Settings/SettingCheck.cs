using System.Text.Json;
using Rhm.Claims;
using Rhm.Experiments;
using Rhm.Files;
using Rhm.Population;
using Rhm.Report.Evidence;
using Rhm.Statistics;

namespace Rhm.Report.Settings;

/// <summary>The theory at a user's own setting: what it predicts, what was measured, and a verdict on each statement; as a page of text, a
/// table and JSON.</summary>
/// <param name="Setting">What was to be measured.</param>
/// <param name="Measured">P* that were measured.</param>
public sealed record SettingCheck(SettingThresholds Setting, IReadOnlyList<SettingThreshold> Measured)
{
    private const int Width = 118;

    /// <summary>The statements with their verdicts.</summary>
    public IReadOnlyList<SettingStatement> Statements { get; } = [.. SettingStatements.judge(Setting.Shape, Setting.Zipf,
        Measured.Select(point => (point.Learner, point.Shape, point.P)))];

    /// <summary>The statements as a table: one row each, without sentences.</summary>
    public ResultTable Table() => ResultTable.Of(Statements,
        ("statement", one => one.Name),
        ("predicted", one => one.Measurement.Predicted),
        ("measured", one => one.Measurement.Measured),
        ("95% low", one => one.Measurement.ReadingLow),
        ("95% high", one => one.Measurement.ReadingHigh),
        ("deciding low", one => one.Measurement.Low),
        ("deciding high", one => one.Measurement.High),
        ("allowed low", one => one.Measurement.AcceptLow),
        ("allowed high", one => one.Measurement.AcceptHigh),
        ("rival low", one => one.Measurement.Rival.Low),
        ("rival high", one => one.Measurement.Rival.High),
        ("verdict", one => ClaimResult.Word(one.Measurement.Verdict)),
        ("grammars that would decide", one => one.Grammars));

    /// <summary>One page of text.</summary>
    /// <param name="command">The command that makes it.</param>
    public string Page(string command)
    {
        var laws = new AnnealedLaws(Setting.Shape) { Zipf = Setting.Zipf };
        string zipf = Setting.Zipf == 0 ? "" : $", Zipf exponent {Text(Setting.Zipf)}";
        string undecided = string.Join(", ", Statements.Where(one => one.Grammars > 0).Select(one => $"{one.Name} {one.Grammars}"));
        IEnumerable<string> lines =
        [
            command,
            $"{Setting.Shape}{zipf}: f = {Text(laws.LegalFraction)}, kappa = {Text(laws.Kappa)}; {Setting.Grammars} random grammars a "
                + $"setting, seed {Setting.Seed}",
            "",
            "P*: strings at which the accuracy of the top latents is half of the way from chance to 1; in brackets 95% intervals.",
            .. Columns([["L", "m", "learner", "P*", "leading order", "", "P*/it", "annealed", "P*/it"], .. Measured.Select(Row)]),
            "annealed: formula H (docs/formulas.md), at which noise equals signal; of the spectral learner the Kesten-Stigum threshold.",
            "",
            .. Columns([["verdict", "measured", "allowed", "rival", "statement"], .. Statements.Select(Row)]),
            "",
            .. Wrapped(Legend),
            .. undecided.Length == 0 ? [] : Wrapped($"Grammars that would decide what is undecided, if it is as measured: {undecided}."),
            .. Setting.LeftOut.SelectMany(sentence => Wrapped($"Left out: {sentence}.")),
        ];
        return string.Concat(lines.Select(line => line.TrimEnd() + "\n"));
    }

    private string Legend => "established: the interval lies within what is allowed; compatible: it overlaps it and excludes the rival; "
        + "undecided: the rival is within the interval too; contradicted: it lies outside. The interval that decides misses the truth "
        + $"with probability {Text(SettingStatements.FalseAlarm)}/{Statements.Count}, so that with 95% no verdict of this page is wrong; "
        + "it stands in statements.csv. *: the measured value itself lies outside, and only the width of the interval speaks for the "
        + "statement. Statements that theory cannot tell from their rival at this setting are left out.";

    /// <summary>Writes everything as JSON.</summary>
    /// <param name="path">Target file.</param>
    public void WriteJson(string path) => OutputFile.Write(path, stream => JsonSerializer.Serialize(stream, new
    {
        format = "rhm-check",
        version = 1,
        depth = Setting.Shape.Depth,
        branching = Setting.Shape.Branching,
        vocabulary = Setting.Shape.Vocabulary,
        multiplicity = Setting.Shape.Multiplicity,
        classes = Setting.Shape.Classes,
        Setting.Zipf,
        Setting.Grammars,
        Setting.Seed,
        SettingStatements.FalseAlarm,
        thresholds = Measured.Select(point => new
        {
            learner = point.Learner.Name,
            depth = point.Shape.Depth,
            multiplicity = point.Shape.Multiplicity,
            point.P.Side,
            point.P.Value,
            low = point.P.Interval.Low,
            high = point.P.Interval.High,
            point.LeadingOrder,
            overLeadingOrder = point.P.Value / point.LeadingOrder,
            point.Annealed,
            overAnnealed = point.P.Value / point.Annealed,
        }),
        statements = Statements.Select(one => new
        {
            one.Name,
            one.Sentence,
            one.Tolerance,
            RivalTheory = one.Rival,
            one.Measurement.Verdict,
            one.Measurement,
            grammarsThatWouldDecide = one.Grammars,
        }),
        Setting.LeftOut,
    }, JsonDocuments.Options));

    private static string[] Row(SettingThreshold point)
    {
        (double value, Interval interval) = point.P.Known;
        string p = point.P.Side switch
        {
            CrossingSide.Beyond => $"more than {Text(point.P.Value)}",
            CrossingSide.Below => $"at most {Text(point.P.Value)}",
            _ => Numbers.WithInterval(value, interval.Low, interval.High),
        };
        return [Text(point.Shape.Depth), Text(point.Shape.Multiplicity), point.Learner.Name, p, point.Learner.Formula,
            Text(point.LeadingOrder), Text(value / point.LeadingOrder), Text(point.Annealed), Text(value / point.Annealed)];
    }

    private static string[] Row(SettingStatement one)
    {
        Measurement m = one.Measurement;
        string Range(double low, double high) => low == high ? Text(low)
            : double.IsPositiveInfinity(high) ? $"over {Text(low)}"
            : low == 0 ? $"up to {Text(high)}" : $"{Text(low)} to {Text(high)}";
        string measured = Numbers.WithInterval(m.Measured, m.ReadingLow, m.ReadingHigh);
        string verdict = ClaimResult.Word(m.Verdict) + (m.IsByWidthAlone ? "*" : "");
        return [verdict, measured, Range(m.AcceptLow, m.AcceptHigh), Range(m.Rival.Low, m.Rival.High), one.Sentence];
    }

    /// <summary>Rows of fields under each other.</summary>
    private static IEnumerable<string> Columns(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. rows[0].Select((_, i) => rows.Max(row => row[i].Length))];
        return rows.Select(row => string.Join("  ", row.Select((field, i) => field.PadRight(widths[i]))));
    }

    private static IEnumerable<string> Wrapped(string text)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                yield return line;
                line = "";
            }
            line += line.Length == 0 ? word : $" {word}";
        }
        yield return line;
    }

    private static string Text(double value) => Numbers.Plain(value);
}
