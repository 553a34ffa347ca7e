using System.Globalization;
using System.Text.Json;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>Predicted sample complexities at the visitor's parameters, beside those that were measured there.</summary>
internal static class CalculatorPage
{
    private static readonly string[] s_columns = ["learner", "L", "s", "v", "m", "P*", "95%_low", "95%_high"];

    /// <summary>The page.</summary>
    public static string Of(StoredResults results) => Html.Page("How many samples for my parameters", "", $$"""
        <h1>How many samples for my parameters?</h1>
        <p class="lead">Strings from which all latents below the root can be learned, by what is predicted: where the noise of context
        vectors equals their distance (formulas C, E and H), at least coverage, in which every tuple occurs. A learner's own number is
        this times a constant of its own; how it grows with L, s, v and m, and the ratios, are what is predicted. Circles: measured at
        these parameters, with 95%.</p>
        <form class="controls" aria-label="Parameters" onsubmit="return false">
        {{Slider("L", "depth L", 2, 8, 3)}}{{Slider("s", "children s", 2, 5, 3)}}{{Slider("v", "symbols v", 3, 64, 12)}}
        {{Slider("m", "synonyms m", 1, 64, 8)}}
        </form>
        <p id="facts" role="status"></p>
        <div id="bars"></div>
        <div class="wide" tabindex="0"><table class="predictions"><caption class="soft">The same in numbers</caption>
        <thead><tr><th>predicted</th><th class="number">strings, all levels</th>
        <th class="number">leading order</th><th>hardest level</th><th>measured [95%]</th></tr></thead><tbody
        id="rows"></tbody></table></div>
        <p>The tool has more: <code id="command"></code></p>
        <script type="application/json" id="measured-data">{{JsonSerializer.Serialize(Measured(results))}}</script>
        """, "calculator.js");

    private static string Slider(string id, string name, int least, int most, int value) => $"""
        <label>{name} <input id="{id}" type="range" min="{least}" max="{most}" value="{value}"> <output
        id="{id}-value">{value}</output></label>
        """;

    /// <summary>Every stored threshold that names its learner and its whole shape: learner, L, s, v, m, P* and its interval.</summary>
    private static List<object[]> Measured(StoredResults results)
    {
        List<object[]> points = [];
        foreach (StoredTable table in results.Experiments.Select(experiment => experiment.Thresholds))
        {
            int[] at = [.. s_columns.Select(column => table.Columns.ToList().IndexOf(column))];
            if (at.Contains(-1)) continue;
            foreach (string[] row in table.Rows)
            {
                double[] numbers = [.. at[1..].Select(column => double.Parse(row[column], CultureInfo.InvariantCulture))];
                if (numbers.All(double.IsFinite)) points.Add([row[at[0]], .. numbers.Cast<object>()]);
            }
        }
        return points;
    }
}
