using System.Globalization;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>The page of all figures: each small, with what it shows; a click opens its own page.</summary>
internal static class FiguresPage
{
    private const string Lead = """
        <h1>Figures</h1>
        <p class="lead">Published figures and others, measured on an ordinary processor. Hollow squares, where there are any, are published
        values, read off the plots. Each has a page with its data, its command and the commit that measured it.</p>

        """;

    /// <summary>The page.</summary>
    public static string Of(StoredResults results)
    {
        string body = results.Experiments.Count == 0
            ? "<p>None has been measured yet: <code>rhm reproduce fig3-left --scale paper</code> measures the first.</p>"
            : $"<div class=\"columns\">{string.Concat(InOrder(results.Experiments).Select(Entry))}</div>";
        return Html.Page("Figures", "", Lead + body);
    }

    /// <summary>Those of the paper by their numbers, then the others by their names.</summary>
    private static IEnumerable<StoredExperiment> InOrder(IEnumerable<StoredExperiment> experiments) => experiments
        .OrderBy(one => one.Published is (string number, _) ? int.Parse(number, CultureInfo.InvariantCulture) : int.MaxValue)
        .ThenBy(one => one.Name, StringComparer.Ordinal);

    private static string Entry(StoredExperiment experiment)
    {
        string heading = Html.Escape(experiment.Heading), page = FigurePage.Address(experiment);
        string shows = FigurePage.Shows(experiment);
        int end = shows.IndexOf(". ", StringComparison.Ordinal);
        string sentence = Html.Text(end < 0 ? shows : shows[..(end + 1)]);
        string image = $"{Html.Address("figures", experiment.Name)}/figure.svg";
        return $"""
            <section aria-labelledby="{experiment.Name}">
            <h2 id="{experiment.Name}"><a href="{page}">{heading}</a></h2>
            <a href="{page}"><img class="figure" src="{image}" alt="{heading}" loading="lazy"></a>
            <p>{sentence}</p>
            </section>

            """;
    }
}
