using System.Globalization;
using Rhm.Experiments;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>The page of a figure: what it shows, its command, where its numbers come from, its claims and tables.</summary>
internal static class FigurePage
{
    private const string Root = "../";

    /// <summary>Its address in the report.</summary>
    public static string Address(StoredExperiment experiment) => $"figures/{Html.Address(experiment.Name)}.html";

    /// <summary>The files of an experiment that the report shows.</summary>
    public static IEnumerable<string> Files(StoredExperiment experiment) =>
        Directory.GetFiles(experiment.Folder).Where(path => Path.GetExtension(path) is ".svg" or ".csv");

    /// <summary>What it shows, in the words of its experiment; nothing for one that is not of this program.</summary>
    public static string Shows(StoredExperiment experiment)
    {
        Experiment? known = ExperimentTable.All.Where(one => experiment.IsOf(one.Name)).MaxBy(one => one.Name.Length);
        string text = known?.Description ?? "";
        int examples = text.IndexOf("Example", StringComparison.Ordinal);
        return (examples < 0 ? text : text[..examples]).Trim();
    }

    /// <summary>The page.</summary>
    public static string Of(StoredResults results, StoredExperiment experiment)
    {
        string folder = Html.Address(experiment.Name), heading = Html.Escape(experiment.Heading);
        IEnumerable<string> names = Files(experiment).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        string files = string.Join(" · ", names.Select(name => $"<a href=\"{folder}/{Html.Address(name)}\">{Html.Escape(name)}</a>"));
        string[] claims = [.. results.Claims.Where(claim => claim.Experiments.Contains(experiment)).Select(claim =>
            $"{Html.Link(claim, Root)} {Html.Verdict(claim.Stored.Verdict)}")];
        return Html.Page(experiment.Heading, Root, $"""
            <p><a href="{Root}figures.html">All figures</a></p>
            <h1>{heading}</h1>
            <p class="lead">{Html.Text(Shows(experiment))}</p>
            <a href="{folder}/figure.svg"><img class="figure" src="{folder}/figure.svg" alt="{heading}; numbers: in the tables below"></a>
            <dl class="facts">
            <dt>To repeat</dt><dd><code>{Html.Escape(experiment.Command)}</code></dd>
            {Provenance(experiment)}
            <dt>Files</dt><dd>{files}</dd>
            {(claims.Length == 0 ? "" : $"<dt>Claims</dt><dd>{string.Join("<br>", claims)}</dd>")}
            </dl>
            <h2>Numbers</h2>
            {string.Concat(experiment.Tables.Select(Table))}
            """);
    }

    /// <summary>Code, processor and time of the measured cells, where they are on record.</summary>
    private static string Provenance(StoredExperiment experiment)
    {
        var cells = StoredTable.Read(Path.Combine(experiment.Folder, "results.csv"));
        string Several(string name) =>
            Html.Escape(string.Join(", ", cells.Values(name).Where(value => value.Length > 0).Distinct().Order(StringComparer.Ordinal)));
        double hours = cells.Values("wall_seconds").Sum(Number) / 3600;
        (string Name, string Value)[] facts =
        [
            ("Measured by", Several("code")), ("Processor", Several("processor")),
            ("Cells", cells.Rows.Count > 0 ? FormattableString.Invariant($"{cells.Rows.Count}, {hours:0.##} h in all") : ""),
        ];
        return string.Concat(facts.Where(fact => fact.Value.Length > 0).Select(fact => $"<dt>{fact.Name}</dt><dd>{fact.Value}</dd>\n"));
    }

    private static double Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out double number) ? number : 0;

    private static string Table(StoredTable table)
    {
        string Kind(int column) => table.IsNumeric(column) ? " class=\"number\"" : "";
        string Cell(string tag, string cell, int column) => $"<{tag}{Kind(column)}>{cell}</{tag}>";
        string Cells(string tag, IEnumerable<string> cells) => string.Concat(cells.Select((cell, column) => Cell(tag, cell, column)));
        string head = Cells("th", table.Columns.Select(column => Html.Escape(column.Replace('_', ' '))));
        string rows = string.Concat(table.Rows.Select(row => $"<tr>{Cells("td", row.Select(Value))}</tr>\n"));
        return $"""
            <div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>
            {rows}</tbody></table></div>
            """;
    }

    private static string Value(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out double number) ? Numbers.Html(number) : Html.Escape(text);
}
