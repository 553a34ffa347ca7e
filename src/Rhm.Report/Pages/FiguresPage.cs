using System.Globalization;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>The page of all experiments: figure, command, files, claims and tables.</summary>
internal static class FiguresPage
{
    private const string Lead = """
        <h1>Figures</h1>
        <p class="lead">Published figures and others, measured on an ordinary processor. Hollow squares, where there are any, are published
        values, read off the plots.</p>

        """;

    /// <summary>The files of an experiment that the report shows.</summary>
    public static IEnumerable<string> Files(StoredExperiment experiment) =>
        Directory.GetFiles(experiment.Folder).Where(path => Path.GetExtension(path) is ".svg" or ".csv");

    /// <summary>The page.</summary>
    public static string Of(StoredResults results)
    {
        string body = results.Experiments.Count == 0
            ? "<p>None has been measured yet: <code>rhm reproduce fig3-left --scale paper</code> measures the first.</p>"
            : string.Concat(results.Experiments.Select(experiment => Section(results, experiment)));
        return Html.Page("Figures", "", Lead + body);
    }

    private static string Section(StoredResults results, StoredExperiment experiment)
    {
        string folder = Html.Address("figures", experiment.Name), heading = Html.Escape(experiment.Heading);
        IEnumerable<string> names = Files(experiment).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        string files = string.Join(" · ", names.Select(name => $"<a href=\"{folder}/{Html.Address(name)}\">{Html.Escape(name)}</a>"));
        string[] claims = [.. results.Claims.Where(claim => claim.Experiments.Contains(experiment)).Select(claim => Html.Link(claim, ""))];
        string shows = claims.Length == 0 ? "" : $" Claims: {string.Join(", ", claims)}.";
        string description = $"{heading}, measured anew; the table below has its thresholds";
        return $"""
            <section aria-labelledby="{experiment.Name}">
            <h2 id="{experiment.Name}">{heading}</h2>
            <a href="{folder}/figure.svg"><img class="figure" src="{folder}/figure.svg" alt="{description}" loading="lazy"></a>
            <p>Command: <code>{Html.Escape(experiment.Command)}</code>. Files: {files}.{shows}</p>
            {string.Concat(experiment.Tables.Select(Table))}
            </section>

            """;
    }

    private static string Table(StoredTable table)
    {
        string Cell(string tag, string cell, int column) => $"<{tag}{(table.IsNumeric(column) ? " class=\"number\"" : "")}>{cell}</{tag}>";
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
