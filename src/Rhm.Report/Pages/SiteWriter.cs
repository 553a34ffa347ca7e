using System.Text;
using System.Text.Json;
using Rhm.Claims;
using Rhm.Files;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>
/// The report: a folder of static pages that opens from disk. index.html with the graph of claims, a page per claim and per file of the
/// ledger, the figures, an explorer of a small grammar.
/// </summary>
public static class SiteWriter
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Writes the report.</summary>
    /// <param name="results">The stored results.</param>
    /// <param name="folder">Target folder; pages of an earlier report are replaced.</param>
    /// <returns>Number of files and of bytes.</returns>
    /// <exception cref="ArgumentException">The program was built without the scripts of the report.</exception>
    public static (int Files, long Bytes) Write(StoredResults results, string folder)
    {
        ArgumentNullException.ThrowIfNull(results);
        IReadOnlyList<(string, byte[])> bundle = WebBundle.Files();
        int files = 0;
        long bytes = 0;
        void File(string name, byte[] contents)
        {
            OutputFile.Write(Path.Combine(folder, name), stream => stream.Write(contents));
            files++;
            bytes += contents.Length;
        }
        void Text(string name, string text) => File(name, Encoding.UTF8.GetBytes(text));

        Text("index.html", Index(results));
        foreach (ClaimResult claim in results.Claims) Text($"claims/{claim.Id}.html", ClaimPage(results, claim));
        Text("figures.html", Figures(results));
        Text("explorer.html", Explorer.Page());
        foreach (string source in results.Claims.Select(claim => claim.Claim.Place.File).Distinct()) Text(SourcePage(source), Source(source));
        foreach (StoredExperiment experiment in results.Experiments)
        {
            foreach (string path in Directory.GetFiles(experiment.Folder).Where(path => Path.GetExtension(path) is ".svg" or ".pdf" or ".csv"))
                File($"figures/{experiment.Name}/{Path.GetFileName(path)}", System.IO.File.ReadAllBytes(path));
        }
        foreach ((string name, byte[] contents) in bundle) File(name, contents);
        return (files, bytes);
    }

    private static string KindName(Kind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>The identifier without the part that its kind repeats.</summary>
    private static string ShortName(ClaimResult claim)
    {
        string[] words = claim.Id.Split('-');
        bool numbered = words.Length > 2 && words[0] is "identity";
        if (words.Length > 2 && words[0] is "ann") words[1] = words[1].ToUpperInvariant();
        return words[0] is "def" or "prop" or "thm" or "ann" or "identity" or "exp" ? string.Join('-', words[(numbered ? 2 : 1)..]) : claim.Id;
    }

    private static string Index(StoredResults results)
    {
        int held = results.Claims.Count(claim => claim.Stored.Holds);
        int controls = results.Claims.Count(claim => claim.Stored.Control is not null), red = results.Claims.Count(claim => claim.Stored.Control is { Holds: false });
        string data = JsonSerializer.Serialize(results.Claims.Select(claim => new
        {
            claim.Id,
            claim.Number,
            Name = ShortName(claim),
            Kind = KindName(claim.Claim.Kind),
            Verdict = claim.Stored.Holds ? "holds" : "fails",
            claim.Claim.Statement,
            RestsOn = claim.Claim.Premises,
            Href = $"claims/{claim.Id}.html",
        }), s_json);
        string options = string.Concat(results.Claims.Select(claim => $"<option value=\"{claim.Id}\">{claim.Number} {Html.Escape(claim.Id)}</option>"));
        string kinds = string.Concat(Enum.GetValues<Kind>().Where(kind => results.Claims.Any(claim => claim.Claim.Kind == kind)).Select(kind =>
            $"<li><svg width=\"46\" height=\"22\" aria-hidden=\"true\"><g class=\"node {KindName(kind)} holds\"><rect x=\"2\" y=\"2\" width=\"42\" height=\"18\" rx=\"{(kind == Kind.Identity ? 9 : 3)}\"/></g></svg> {KindName(kind)}</li>"));
        var tables = new StringBuilder();
        foreach (Chapter chapter in Chapter.All)
        {
            ClaimResult[] claims = [.. results.Claims.Where(claim => claim.Claim.Chapter.Equals(chapter))];
            if (claims.Length == 0) continue;
            tables.Append($"""
                <h3 id="{chapter.Name}">{Html.Escape(chapter.Title)}</h3>
                <div class="wide"><table class="claims"><thead><tr><th class="number">no.</th><th>claim</th><th>statement</th><th class="number">predicted</th><th class="number">measured</th><th>interval</th><th>verdict</th></tr></thead><tbody>
                {string.Concat(claims.Select(claim => $"<tr><td class=\"number\">{claim.Number}</td><td><a href=\"claims/{claim.Id}.html\">{Html.Escape(claim.Id)}</a></td><td>{Html.Text(claim.Claim.Statement)}</td><td class=\"number\">{Numbers.Html(claim.Stored.Measured.Predicted)}</td><td class=\"number\">{Numbers.Html(claim.Stored.Measured.Measured)}</td><td>{claim.Interval(Numbers.Html)}</td><td>{Html.Verdict(claim.Stored.Holds)}</td></tr>\n"))}
                </tbody></table></div>
                """);
        }
        return Html.Page("Rhm report", "", $"""
            <h1>{held} of {results.Claims.Count} claims hold</h1>
            <p class="lead">What the theory of learning from one's own latents says about the Random Hierarchy Model, measured: each claim has a prediction, a measured value with an
            interval that misses the truth with probability at most {Numbers.Html(results.Claims.Max(claim => claim.Claim.FalseAlarm))}, and a planted error that must make it fail
            ({(controls == 0 ? "not run here" : $"{red} of {controls} do")}).</p>
            <h2>What rests on what</h2>
            <ul class="legend" aria-label="Legend">
            <li><svg width="46" height="22" aria-hidden="true"><g class="node holds"><rect x="2" y="2" width="42" height="18" rx="3"/></g></svg> ✓ holds</li>
            <li><svg width="46" height="22" aria-hidden="true"><g class="node fails"><rect x="2" y="2" width="42" height="18" rx="3"/></g></svg> ✗ fails</li>
            {kinds}
            <li>→ from a premise to what rests on it</li>
            <li>a click opens the claim</li>
            </ul>
            <form class="focus" aria-label="What the graph shows" onsubmit="return false">
            <label>Show <select id="direction"><option value="all">everything</option><option value="premises">what a claim rests on</option><option value="consequences">what rests on a claim</option></select></label>
            <label>claim <select id="focus">{options}</select></label>
            <span id="status" role="status" class="soft"></span>
            </form>
            <div class="scroll bleed" tabindex="0" role="region" aria-label="Graph of claims"><div id="graph"></div></div>
            <h2>All claims</h2>
            {tables}
            <script type="application/json" id="graph-data">{data}</script>
            """, "graph.js");
    }

    private static string ClaimPage(StoredResults results, ClaimResult claim)
    {
        Claim c = claim.Claim;
        StoredClaim stored = claim.Stored;
        Measurement m = stored.Measured;
        ClaimResult[] premises = [.. results.Claims.Where(other => c.Premises.Contains(other.Id))];
        ClaimResult[] consequences = [.. results.Claims.Where(other => other.Claim.Premises.Contains(claim.Id))];
        ClaimResult? before = results.Claims.FirstOrDefault(other => other.Number == claim.Number - 1), after = results.Claims.FirstOrDefault(other => other.Number == claim.Number + 1);
        string List(ClaimResult[] claims) => claims.Length == 0 ? "<p>No other claim.</p>"
            : $"<ul>{string.Concat(claims.Select(other => $"<li>{Html.Link(other, "../")} {Html.Verdict(other.Stored.Holds)}</li>"))}</ul>";
        string control = stored.Control is { } planted
            ? $"<p>Planted error: <strong>{Html.Text(c.Control)}</strong>. Measured {Numbers.Html(planted.Measured)}{(planted.Low == planted.High ? "" : $" in [{Numbers.Html(planted.Low)}, {Numbers.Html(planted.High)}]")} {Html.Text(planted.Quantity)}: {(planted.Holds ? "<strong>the claim still holds, so this control is deaf</strong>" : "the claim turns red, as it must")}.</p>"
            : $"<p>Planted error: <strong>{Html.Text(c.Control)}</strong>. Not run here; <code>rhm verify --controls</code> does.</p>";
        string figures = claim.Experiments.Count == 0 ? "" : $"<h2>Experiments</h2><ul>{string.Concat(claim.Experiments.Select(e => $"<li><a href=\"../figures.html#{e.Name}\">{Html.Escape(e.Heading)}</a></li>"))}</ul>";
        string source = SourcePage(claim.Claim.Place.File);
        return Html.Page($"Claim {claim.Number}: {claim.Id}", "../", $"""
            <p class="soft">{(before is null ? "" : $"<a href=\"{before.Id}.html\" rel=\"prev\">← {before.Number}</a> ")}{Html.Escape(c.Chapter.Title)} · {KindName(claim.Claim.Kind)}{(after is null ? "" : $" <a href=\"{after.Id}.html\" rel=\"next\">{after.Number} →</a>")}</p>
            <h1>Claim {claim.Number}: <code>{Html.Escape(claim.Id)}</code> {Html.Verdict(stored.Holds)}</h1>
            <p class="lead">{Html.Text(c.Statement)}</p>
            {Html.Formula(c)}
            <h2>Predicted and measured</h2>
            {ClaimFigure.Draw(claim)}
            <dl class="facts">
            <dt>Predicted</dt><dd>{Numbers.Html(m.Predicted)}</dd>
            <dt>Measured</dt><dd>{Numbers.Html(m.Measured)} ({claim.Interval(Numbers.Html)}) {Html.Text(m.Quantity)}</dd>
            <dt>Allowed</dt><dd>{(m.AcceptLow == m.AcceptHigh ? Numbers.Html(m.AcceptLow) : $"{Numbers.Html(m.AcceptLow)} to {Numbers.Html(m.AcceptHigh)}")}: {Html.Text(c.Tolerance)}</dd>
            <dt>False alarm</dt><dd>{(c.FalseAlarm == 0 ? "impossible: the measurement is exact" : $"at most {Numbers.Html(c.FalseAlarm)}")}</dd>
            <dt>In the paper</dt><dd>{Html.Text(c.Source)}</dd>
            <dt>Measured by</dt><dd>version {Html.Escape(stored.Program)}{(stored.Commit is null ? "" : $", commit <code>{Html.Escape(stored.Commit)}</code>")}, scale {Html.Escape(stored.Scale)}, seed {stored.Seed}</dd>
            <dt>To repeat</dt><dd><code>{Html.Escape(stored.Command)}</code></dd>
            </dl>
            <h2>Negative control</h2>
            {control}
            <div class="columns">
            <section><h2>Rests on</h2>{List(premises)}<p><a href="../index.html#premises={claim.Id}">In the graph: all that it rests on</a></p></section>
            <section><h2>What rests on it</h2>{List(consequences)}<p><a href="../index.html#consequences={claim.Id}">In the graph: all that rests on it</a></p></section>
            </div>
            {figures}
            <h2>The property</h2>
            <p><code>{Html.Escape(c.Place.Value)}</code> in <a href="../{source}#L{c.Place.Line}">{Html.Escape(c.Place.File)}, line {c.Place.Line}</a>; the tests
            <code>Claims/{Html.Escape(claim.Id)} holds</code> and <code>… fails when planted</code> in <code>proofs-tests/Claims/ClaimTests.fs</code> check it.</p>
            <h2>To cite</h2>
            <pre tabindex="0"><code>{Html.Escape(Citations.Claim(claim.Number, c, stored))}</code></pre>
            """, "formulas.js");
    }

    private static string Figures(StoredResults results)
    {
        var body = new StringBuilder("<h1>Figures</h1>\n<p class=\"lead\">Published figures and others, measured on an ordinary processor. Hollow squares, where there are any, are published values, read off the plots.</p>\n");
        if (results.Experiments.Count == 0) body.Append("<p>None has been measured yet: <code>rhm reproduce fig3-left --scale paper</code> measures the first.</p>");
        foreach (StoredExperiment experiment in results.Experiments)
        {
            string folder = $"figures/{experiment.Name}";
            string files = string.Join(" · ", Directory.GetFiles(experiment.Folder).Select(Path.GetFileName).Where(name => Path.GetExtension(name) is ".svg" or ".pdf" or ".csv")
                .Order(StringComparer.Ordinal).Select(name => $"<a href=\"{folder}/{name}\">{Html.Escape(name!)}</a>"));
            ClaimResult[] claims = [.. results.Claims.Where(claim => claim.Experiments.Contains(experiment))];
            string tables = string.Concat(experiment.Tables.Select(Table));
            body.Append($"""
                <section aria-labelledby="{experiment.Name}">
                <h2 id="{experiment.Name}">{Html.Escape(experiment.Heading)}</h2>
                <a href="{folder}/figure.svg"><img class="figure" src="{folder}/figure.svg" alt="{Html.Escape(experiment.Heading)}, measured anew; the table below has its thresholds" loading="lazy"></a>
                <p>Command: <code>{Html.Escape(experiment.Command)}</code>. Files: {files}.{(claims.Length == 0 ? "" : $" Claims: {string.Join(", ", claims.Select(claim => Html.Link(claim, "")))}.")}</p>
                {tables}
                </section>

                """);
        }
        return Html.Page("Figures", "", body.ToString());
    }

    private static string Table(StoredTable table)
    {
        string Cells(string tag, IEnumerable<string> cells) => string.Concat(cells.Select((cell, column) => $"<{tag}{(table.IsNumeric(column) ? " class=\"number\"" : "")}>{cell}</{tag}>"));
        return $"""
            <div class="wide"><table><thead><tr>{Cells("th", table.Columns.Select(column => Html.Escape(column.Replace('_', ' '))))}</tr></thead><tbody>
            {string.Concat(table.Rows.Select(row => $"<tr>{Cells("td", row.Select(Value))}</tr>\n"))}</tbody></table></div>
            """;
    }

    private static string Value(string text) =>
        double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double number) ? Numbers.Html(number) : Html.Escape(text);

    private static string SourcePage(string file) => $"source/{Path.GetFileName(file)}.html";

    private static string Source(string file)
    {
        using Stream stream = typeof(SiteWriter).Assembly.GetManifestResourceStream($"source/{Path.GetFileName(file)}")!;
        using var reader = new StreamReader(stream);
        string[] lines = reader.ReadToEnd().Split('\n');
        return Html.Page(file, "../", $"""
            <h1>{Html.Escape(file)}</h1>
            <pre class="source" tabindex="0"><code>{string.Concat(lines.Select((line, i) => $"<span class=\"line\" id=\"L{i + 1}\"><a href=\"#L{i + 1}\">{i + 1}</a>{Html.Escape(line)}\n</span>"))}</code></pre>
            """);
    }
}
