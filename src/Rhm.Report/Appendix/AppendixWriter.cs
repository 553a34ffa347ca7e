using System.Text;
using System.Text.RegularExpressions;
using Rhm.Claims;
using Rhm.Files;
using Rhm.Report.Evidence;

namespace Rhm.Report.Appendix;

/// <summary>
/// paper/generated: every claim in a numbered environment, tables, figures, and a macro for every number that the text quotes. A
/// function of the stored results alone: no date, no time, no host.
/// </summary>
public static partial class AppendixWriter
{
    private const string Notice = "% Written by `rhm paper` from the stored results. Changes made here are lost.\n";

    /// <summary>Writes the folder; files that do not belong there are removed.</summary>
    /// <param name="results">The stored results.</param>
    /// <param name="folder">paper/generated.</param>
    /// <returns>The files that changed.</returns>
    public static IReadOnlyList<string> Write(StoredResults results, string folder)
    {
        SortedDictionary<string, byte[]> files = Files(results);
        IReadOnlyList<string> stale = Stale(files, folder);
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
        string[] present = Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(path => Name(folder, path))]
            : [];
        return
        [
            .. files.Keys.Where(name => !present.Contains(name) || !Holds(Path.Combine(folder, name), files[name])),
            .. present.Where(name => !files.ContainsKey(name)).Order(StringComparer.Ordinal),
        ];
    }

    private static string Name(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private static bool Holds(string path, byte[] bytes) => File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);

    private static SortedDictionary<string, byte[]> Files(StoredResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        void Text(string name, string text) => files.Add(name, Encoding.UTF8.GetBytes(Notice + text));
        Text("macros.tex", Macros(results));
        foreach (Chapter chapter in Chapter.All)
        {
            IEnumerable<ClaimResult> claims = results.Claims.Where(claim => claim.Claim.Chapter.Equals(chapter));
            IEnumerable<StoredExperiment> experiments = results.Experiments.Where(e => results.ChapterOf(e) == chapter.Name);
            Text($"claims-{chapter.Name}.tex", string.Concat(claims.Select(Claim)));
            Text($"figures-{chapter.Name}.tex", string.Concat(experiments.Select(Figure)));
        }
        Text("ledger.tex", Ledger(results));
        Text("traceability.tex", Traceability(results));
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
        foreach (ClaimResult claim in results.Claims)
        {
            Measurement m = claim.Stored.Measured;
            Number(claim.Id, "predicted", m.Predicted);
            Number(claim.Id, "measured", m.Measured);
            Number(claim.Id, "low", m.Low);
            Number(claim.Id, "high", m.High);
            Number(claim.Id, "accept-low", m.AcceptLow);
            Number(claim.Id, "accept-high", m.AcceptHigh);
            Number(claim.Id, "reading-low", m.ReadingLow);
            Number(claim.Id, "reading-high", m.ReadingHigh);
            Define(claim.Id, "verdict", claim.Verdict);
            if (claim.Stored.Control is { } control) Number(claim.Id, "control", control.Measured);
        }
        foreach (StoredExperiment experiment in results.Experiments)
        {
            foreach (StoredTable table in experiment.Tables)
            {
                foreach (string[] row in table.Rows)
                {
                    for (int column = table.KeyColumns; column < row.Length; column++)
                        Define(experiment.Name, table.FieldName(row, column), Cell(row[column]));
                }
            }
        }
        return text.ToString();
    }

    private static string Claim(ClaimResult claim)
    {
        Claim c = claim.Claim;
        Measurement m = claim.Stored.Measured;
        string rests = c.Premises.IsEmpty
            ? "no other claim"
            : string.Join(", ", c.Premises.Select(id => $@"\ref{{claim:{id}}}"));
        return $$"""
            \begin{claim}[{{Tex.Code(c.Id)}}]\label{claim:{{c.Id}}}
            {{Tex.Text(c.Statement)}}
            \[ {{c.Latex}} \]
            \rhmfacts
            {{{Math(m.Predicted)}}}
            {{{Math(m.Measured)}} ({{Reading(m)}}{{Interval(claim)}}) {{Tex.Text(m.Quantity)}}: the claim is {{claim.Verdict}}}
            {{{Tex.Text(c.Tolerance)}}. \textbf{Rival} {{Tex.Text(c.Rival)}}{{Rival(m.Rival)}}}
            {{{Tex.Text(c.Control)}}{{Control(claim)}}}
            {{{Tex.Text(c.Source)}}; rests on {{rests}}}
            {{{Tex.Code(claim.Stored.Command)}}}
            \end{claim}


            """.ReplaceLineEndings("\n");
    }

    private static string Control(ClaimResult claim)
    {
        if (claim.Stored.Control is not { } planted) return "";
        string interval = planted.Low == planted.High ? "" : $@" in $[{Numbers.Tex(planted.Low)}, {Numbers.Tex(planted.High)}]$";
        string useless = claim.ControlServes is false ? @" \textbf{and tells nothing}" : "";
        return $@"; measured {Math(planted.Measured)}{interval}, which is {ClaimResult.Word(planted.Verdict)}{useless}";
    }

    private static string Math(double value) => $"${Numbers.Tex(value)}$";

    /// <summary>The 95% interval, where there is one.</summary>
    private static string Reading(Measurement m) =>
        double.IsNaN(m.ReadingLow) || m.ReadingLow == m.ReadingHigh
            ? ""
            : $@"95\%: $[{Numbers.Tex(m.ReadingLow)}, {Numbers.Tex(m.ReadingHigh)}]$; for the verdict: ";

    /// <summary>What the rival predicts, and whether that is excluded.</summary>
    private static string Rival(Rival rival)
    {
        if (double.IsNaN(rival.Low)) return "";
        string band = rival.Low == rival.High ? Numbers.Tex(rival.Low) : $"[{Numbers.Tex(rival.Low)}, {Numbers.Tex(rival.High)}]";
        string at = rival.At.Length == 0 ? "" : $" at {Tex.Text(rival.At)}";
        return $": ${band}${at}, which is {(rival.Excluded ? "" : "not ")}excluded";
    }

    private static string Interval(ClaimResult claim)
    {
        string interval = claim.Interval(Numbers.Tex);
        return interval is "exact" ? interval : interval.StartsWith('[') ? $"${interval}$" : $"at most ${interval["at most ".Length..]}$";
    }

    private static string Ledger(StoredResults results)
    {
        var text = new StringBuilder();
        foreach (ClaimResult claim in results.Claims)
        {
            string[] cells =
            [
                $@"\ref{{claim:{claim.Id}}}", Tex.Code(claim.Id), Math(claim.Stored.Measured.Predicted),
                Math(claim.Stored.Measured.Measured), Interval(claim), claim.Verdict,
            ];
            text.AppendJoin(" & ", cells).Append(" \\\\\n");
        }
        return text.ToString();
    }

    private static string Traceability(StoredResults results)
    {
        var text = new StringBuilder();
        foreach (ClaimResult claim in results.Claims)
        {
            string figures = string.Join(", ", claim.Experiments.Select(e => $@"\ref{{figure:{e.Name}}}"));
            string experiments = claim.Experiments.Count == 0 ? "" : $", experiment {figures}";
            string commit = claim.Stored.Commit is { } hash ? Tex.Code(hash[..System.Math.Min(10, hash.Length)]) : "unknown";
            string[] cells =
            [
                $@"\ref{{claim:{claim.Id}}}", Tex.Text(claim.Claim.Source) + experiments, Tex.Code(claim.Claim.Formula),
                $"{Tex.Code(claim.Claim.Place.Value)}, {Tex.Code(claim.Claim.Place.File)}", Tex.Code(claim.Stored.Command),
                $"{claim.Stored.Seed}", $"{Math(claim.Stored.Measured.Measured)}, {Interval(claim)}: {claim.Verdict}", commit,
            ];
            text.AppendJoin(" & ", cells).Append(" \\\\\n");
        }
        return text.ToString();
    }

    private static string Figure(StoredExperiment experiment)
    {
        string name = Tex.Code(experiment.Name);
        string published = experiment.ShowsPublished ? ". Hollow squares are published values" : "";
        string title = experiment.Published is null ? name : $"{experiment.Title} of the paper, measured anew ({name}){published}";
        return $$"""
            \begin{center}
            \begin{minipage}{\linewidth}
            \includegraphics[width=\linewidth]{generated/{{experiment.Name}}.pdf}
            \captionof{figure}{{{title}}. Command: {{Tex.Code(experiment.Command)}}.}
            \label{figure:{{experiment.Name}}}
            \end{minipage}
            \end{center}
            {{string.Concat(experiment.Tables.Select(table => Table(experiment, table)))}}

            """.ReplaceLineEndings("\n");
    }

    private static string Table(StoredExperiment experiment, StoredTable table)
    {
        string Alignment(int column) =>
            table.IsNumeric(column) ? "r" : table.Rows.Max(row => row[column].Length) > 40 ? @"P{0.22\linewidth}" : "l";
        // A heading is as narrow as its longest word, a formula in brackets being one: there are up to 13 columns.
        static string Heading(string column)
        {
            IEnumerable<string> words = WordEnd().Split(column).Select(word => Tex.Text(word.Replace('_', ' ')));
            return $@"\shortstack{{{string.Join(@"\\", words)}}}";
        }
        return $$$"""

            {\scriptsize\setlength{\tabcolsep}{2pt}
            \begin{longtable}{{{{string.Concat(Enumerable.Range(0, table.Columns.Count).Select(Alignment))}}}}
            \multicolumn{{{{table.Columns.Count}}}}{l}{Values of figure~\ref{figure:{{{experiment.Name}}}}} \\
            \toprule
            {{{string.Join(" & ", table.Columns.Select(Heading))}}} \\
            \midrule
            \endhead
            {{{string.Concat(table.Rows.Select(row => string.Join(" & ", row.Select(Cell)) + " \\\\\n"))}}}\bottomrule
            \end{longtable}}

            """;
    }

    private static string Cell(string value) =>
        double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out double number)
            ? $@"\ensuremath{{{Numbers.Tex(number)}}}"
            : Tex.Escape(value);

    [GeneratedRegex(@"_(?![^()]*\))")]
    private static partial Regex WordEnd();
}
