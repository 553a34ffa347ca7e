using System.Text;
using System.Text.RegularExpressions;
using Rhm.Claims;
using Rhm.Files;
using Rhm.Report.Evidence;

namespace Rhm.Report.Appendix;

/// <summary>
/// paper/generated: the ledger by verdict, all that is stored of every claim as CSV, figures, and a macro for every number that the text
/// quotes. A function of the stored results alone: no date, no time, no host.
/// </summary>
public static partial class AppendixWriter
{
    private const string MacrosFile = "macros.tex";
    private const string Notice = "% Written by `rhm paper` from the stored results. Changes made here are lost.\n";

    /// <summary>Writes the folder; files of earlier results are removed. What others put there stays.</summary>
    /// <param name="results">The stored results.</param>
    /// <param name="folder">paper/generated.</param>
    /// <returns>The files that changed.</returns>
    /// <exception cref="ArgumentException">A file would be written over that is not ours.</exception>
    public static IReadOnlyList<string> Write(StoredResults results, string folder)
    {
        SortedDictionary<string, byte[]> files = Files(results);
        IReadOnlyList<string> stale = Stale(files, folder);
        bool isOurs = IsOurs(Path.Combine(folder, MacrosFile));
        if (!isOurs && files.Keys.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is string foreign)
            throw new ArgumentException($"{foreign} is not of rhm paper and would be written over: name another --out");
        foreach (string name in stale)
        {
            string path = Path.Combine(folder, name);
            if (files.TryGetValue(name, out byte[]? bytes)) OutputFile.Write(path, stream => stream.Write(bytes));
            else File.Delete(path);
        }
        return stale;
    }

    /// <summary>The files that writing would change, make or remove.</summary>
    /// <param name="results">The stored results.</param>
    /// <param name="folder">paper/generated.</param>
    public static IReadOnlyList<string> Stale(StoredResults results, string folder) => Stale(Files(results), folder);

    private static List<string> Stale(SortedDictionary<string, byte[]> files, string folder)
    {
        return
        [
            .. files.Keys.Where(name => !File.Exists(Path.Combine(folder, name)) || !Holds(Path.Combine(folder, name), files[name])),
            .. Own(folder).Where(name => !files.ContainsKey(name)).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The files of a folder that are ours: texts that begin by saying so, and figures whose numbers they have.</summary>
    private static string[] Own(string folder)
    {
        string macros = Path.Combine(folder, MacrosFile);
        if (!IsOurs(macros)) return [];
        IEnumerable<string> figures = File.ReadLines(macros).Select(line => Macro().Match(line)).Where(match => match.Success)
            .Select(match => $"{match.Groups[1].Value}.pdf").Distinct().Where(name => File.Exists(Path.Combine(folder, name)));
        return [.. Directory.GetFiles(folder, "*.tex").Where(IsOurs).Select(path => Path.GetFileName(path)).Concat(figures)];
    }

    private static bool IsOurs(string path)
    {
        if (!File.Exists(path)) return false;
        using StreamReader reader = File.OpenText(path);
        return reader.ReadLine() == Notice.TrimEnd('\n');
    }

    private static bool Holds(string path, byte[] bytes) => File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);

    private static SortedDictionary<string, byte[]> Files(StoredResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        void Text(string name, string text) => files.Add(name, Encoding.UTF8.GetBytes(text));
        Text(MacrosFile, Notice + Macros(results));
        Text("ledger.tex", Notice + Ledger(results));
        Text("claims.csv", ClaimsTable(results));
        foreach (StoredExperiment experiment in results.Experiments)
            files.Add($"{experiment.Name}.pdf", File.ReadAllBytes(Path.Combine(experiment.Folder, "figure.pdf")));
        return files;
    }

    /// <summary>\rhm{ID}{FIELD}: whatever the text quotes.</summary>
    private static string Macros(StoredResults results)
    {
        var text = new StringBuilder();
        void Define(string id, string field, string value) =>
            text.Append($@"\expandafter\def\csname rhm:{id}:{field}\endcsname{{{value}}}").Append('\n');
        void Number(string id, string field, double value) => Define(id, field, $@"\ensuremath{{{Numbers.Tex(value)}}}");
        Number("ledger", "claims", results.Claims.Count);
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
            Number("ledger", ClaimResult.Word(verdict), results.Claims.Count(claim => claim.Stored.Verdict == verdict));
        Number("ledger", "controls", results.Claims.Count(claim => claim.Stored.Control is not null));
        Number("ledger", "useless-controls", results.Claims.Count(claim => claim.ControlServes is false));
        Number("ledger", "exact", results.Claims.Count(claim => claim.Claim.FalseAlarm == 0));
        Number("ledger", "alpha", results.Claims.Max(claim => claim.Claim.FalseAlarm));
        if (results.Mutants is { } mutants)
        {
            Number("mutants", "measured", mutants.Measured);
            Number("mutants", "killed", mutants.Killed);
            Number("mutants", "equivalent", mutants.Equivalent);
            Number("mutants", "percent", mutants.Percent);
        }
        foreach (ClaimResult claim in results.Claims)
        {
            Measurement m = claim.Stored.Measured;
            Number(claim.Id, "predicted", m.Predicted);
            Number(claim.Id, "measured", m.Measured);
            Number(claim.Id, "low", m.Low);
            Number(claim.Id, "high", m.High);
            Number(claim.Id, "accept-low", m.AcceptLow);
            Number(claim.Id, "accept-high", m.AcceptHigh);
            Define(claim.Id, "name", Tex.Code(claim.Id));
            Define(claim.Id, "value", Math(Numbers.WithInterval(m.Measured, m.ReadingLow, m.ReadingHigh)));
            Define(claim.Id, "verdict", claim.Verdict);
            if (claim.Stored.Control is { } control) Number(claim.Id, "control", control.Measured);
        }
        foreach (StoredExperiment experiment in results.Experiments)
        {
            Define(experiment.Name, "name", Tex.Code(experiment.Name));
            Define(experiment.Name, "command", Tex.Code(experiment.Command));
            foreach (StoredTable table in experiment.Tables)
            {
                foreach (string[] row in table.Rows)
                {
                    for (int column = table.KeyColumns; column < row.Length; column++)
                    {
                        string field = table.FieldName(row, column);
                        Define(experiment.Name, field, Cell(row[column]));
                        if (table.Interval(row, column) is (double value, double low, double high))
                            Define(experiment.Name, field + ":value", Math(Numbers.WithInterval(value, low, high)));
                    }
                }
            }
        }
        return text.ToString();
    }

    /// <summary>A number with its interval.</summary>
    private static string Math(string number) =>
        $@"\ensuremath{{{Numbers.Grouped(number).Replace(" [", @"\ [", StringComparison.Ordinal)}}}";

    private static string Math(double value) => $"${Numbers.Tex(value)}$";

    private static string LedgerName(ClaimResult claim) =>
        $@"\hypertarget{{claim:{claim.Id}}}{{{Tex.Code(claim.Id)}}}{(claim.Stored.Measured.IsByWidthAlone ? @"\textsuperscript{w}" : "")}";

    /// <summary>All claims under a heading for each verdict.</summary>
    private static string Ledger(StoredResults results)
    {
        var text = new StringBuilder();
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
        {
            ClaimResult[] claims = [.. results.Claims.Where(claim => claim.Stored.Verdict == verdict)];
            if (claims.Length == 0) continue;
            text.Append($$"""\ledgergroup{{{ClaimResult.Word(verdict)}}}{{{claims.Length}}}""").Append('\n');
            // Statements without a counterexample have the same numbers: one row names them all.
            ClaimResult[] exact = [.. claims.Where(IsExact)];
            foreach (ClaimResult claim in claims.Except(exact))
            {
                Measurement m = claim.Stored.Measured;
                string[] cells =
                [
                    LedgerName(claim), Math(m.Predicted), Math(Numbers.WithInterval(m.Measured, m.ReadingLow, m.ReadingHigh)), Allowed(m),
                    RivalCell(m.Rival),
                ];
                text.AppendJoin(" & ", cells).Append(" \\\\\n");
            }
            if (exact.Length > 0) text.Append($$"""\ledgerexact{{{string.Join(", ", exact.Select(LedgerName))}}}""").Append('\n');
        }
        return text.ToString();

        static bool IsExact(ClaimResult claim) =>
            claim.Claim.FalseAlarm == 0 && claim.Stored.Measured is { Predicted: 0, Measured: 0, AcceptHigh: 0 };
    }

    private static string Allowed(Measurement m) =>
        m.AcceptLow == m.AcceptHigh ? Math(m.AcceptLow)
        : double.IsInfinity(m.AcceptHigh) ? $@"$\ge {Numbers.Tex(m.AcceptLow)}$"
        : double.IsInfinity(m.AcceptLow) ? $@"$\le {Numbers.Tex(m.AcceptHigh)}$"
        : $"$[{Numbers.Tex(m.AcceptLow)}, {Numbers.Tex(m.AcceptHigh)}]$";

    /// <summary>What the rival predicts; in brackets where it is not excluded.</summary>
    private static string RivalCell(Rival rival)
    {
        if (double.IsNaN(rival.Low)) return "";
        string value = rival.Low == rival.High ? Numbers.Tex(rival.Low)
            : double.IsInfinity(rival.High) ? $@"\ge {Numbers.Tex(rival.Low)}"
            : double.IsInfinity(rival.Low) ? $@"\le {Numbers.Tex(rival.High)}"
            : $@"{Numbers.Tex(rival.Low)} \text{{ to }} {Numbers.Tex(rival.High)}";
        return rival.Excluded ? $"${value}$" : $"(${value}$)";
    }

    /// <summary>All that is known of every claim, one row each.</summary>
    private static string ClaimsTable(StoredResults results)
    {
        static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        static string Number(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        var text = new StringBuilder("""
            claim,verdict,by_width_alone,statement,quantity,predicted,measured,95%_low,95%_high,low,high,false_alarm,allowed_low,
            allowed_high,allowed,rival,rival_low,rival_high,control,control_measured,control_verdict,formula,source,premises,place,
            command,seed,commit

            """.ReplaceLineEndings("\n").Replace(",\n", ","));
        foreach (ClaimResult claim in results.Claims)
        {
            (Claim c, StoredClaim stored) = (claim.Claim, claim.Stored);
            Measurement m = stored.Measured;
            string[] cells =
            [
                claim.Id, claim.Verdict, m.IsByWidthAlone ? "yes" : "no", Quoted(c.Statement), Quoted(m.Quantity), Number(m.Predicted),
                Number(m.Measured),
                Number(m.ReadingLow), Number(m.ReadingHigh), Number(m.Low), Number(m.High), Number(c.FalseAlarm), Number(m.AcceptLow),
                Number(m.AcceptHigh), Quoted(c.Tolerance), Quoted(c.Rival), Number(m.Rival.Low), Number(m.Rival.High), Quoted(c.Control),
                stored.Control is { } control ? Number(control.Measured) : "",
                stored.Control is { } planted ? ClaimResult.Word(planted.Verdict) : "", Quoted(c.Formula), Quoted(c.Source),
                Quoted(string.Join(' ', c.Premises)), $"{c.Place.File}: {c.Place.Value}", Quoted(stored.Command), $"{stored.Seed}",
                stored.Commit ?? "",
            ];
            text.AppendJoin(',', cells).Append('\n');
        }
        return text.ToString();
    }

    private static string Cell(string value) =>
        double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out double number)
            ? $@"\ensuremath{{{Numbers.Tex(number)}}}"
            : Tex.Escape(value);

    [GeneratedRegex(@"^\\expandafter\\def\\csname rhm:([^:]+):")]
    private static partial Regex Macro();
}
