using System.Text.Json;
using Rhm.Claims;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>The claims: what rests on what, and a table by chapter that can be searched.</summary>
internal static class LedgerPage
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The page.</summary>
    public static string Of(StoredResults results)
    {
        Verdict[] verdicts = [.. Enum.GetValues<Verdict>().Reverse()];
        string counts = string.Join(", ", verdicts.Select(verdict =>
            $"{results.Claims.Count(claim => claim.Stored.Verdict == verdict)} {ClaimResult.Word(verdict)}"));
        int controls = results.Claims.Count(claim => claim.Stored.Control is not null);
        int noticed = results.Claims.Count(claim => claim.ControlServes is true);
        string falseAlarm = Numbers.Html(results.Claims.Max(claim => claim.Claim.FalseAlarm));
        string options = string.Concat(results.Claims.Select(claim =>
            $"<option value=\"{claim.Id}\">{claim.Number} {Html.Escape(claim.Id)}</option>"));
        string verdictOptions = string.Concat(verdicts.Select(ClaimResult.Word).Select(word => $"<option>{word}</option>"));
        string chapterOptions = string.Concat(Chapter.All.Select(chapter =>
            $"<option value=\"{chapter.Name}\">{Html.Escape(chapter.Title)}</option>"));
        return Html.Page("Claims", "", $"""
            <h1>{results.Claims.Count} claims: {counts}</h1>
            <p class="lead">What the theory of learning from one's own latents says about the Random Hierarchy Model, measured: each claim
            has a prediction, a rival theory, a measured value with an interval that misses the truth with probability at most
            {falseAlarm}, and a planted error from which it must be told
            ({(controls == 0 ? "not run here" : $"{noticed} of {controls} are")}).</p>
            <h2>What rests on what</h2>
            <ul class="legend" aria-label="Legend">
            {string.Concat(verdicts.Select(verdict => Legend(ClaimResult.Word(verdict), 3, Html.Verdict(verdict))))}
            {Kinds(results)}
            <li>→ from a premise to what rests on it</li>
            <li>a click opens the claim</li>
            </ul>
            <form class="focus" aria-label="What the graph shows" onsubmit="return false">
            <label>Show <select id="direction">
            <option value="all">everything</option>
            <option value="premises">what a claim rests on</option>
            <option value="consequences">what rests on a claim</option>
            </select></label>
            <label>claim <select id="focus">{options}</select></label>
            <span id="status" role="status" class="soft"></span>
            </form>
            <div class="scroll bleed" tabindex="0" role="region" aria-label="Graph of claims"><div id="graph"></div></div>
            <h2>All claims</h2>
            <form class="focus" aria-label="Which claims the table shows" onsubmit="return false">
            <label>Verdict <select id="verdict"><option value="">all</option>{verdictOptions}</select></label>
            <label>Chapter <select id="chapter"><option value="">all</option>{chapterOptions}</select></label>
            <label>Search <input id="search" type="search" placeholder="words of name or statement"></label>
            <span id="shown" role="status" class="soft"></span>
            </form>
            {string.Concat(Chapter.All.Select(chapter => Table(results, chapter)))}
            <script type="application/json" id="graph-data">{Data(results)}</script>
            """, "graph.js", "ledger.js");
    }

    private static string Legend(string style, int radius, string text) => $"""
        <li><svg width="46" height="22" aria-hidden="true"><g class="node {style}">
        <rect x="2" y="2" width="42" height="18" rx="{radius}"/></g></svg> {text}</li>
        """;

    private static string Kinds(StoredResults results) => string.Join('\n',
        from kind in Enum.GetValues<Kind>()
        where results.Claims.Any(claim => claim.Claim.Kind == kind)
        select Legend($"{Html.KindName(kind)} established", kind == Kind.Identity ? 9 : 3, Html.KindName(kind)));

    private static string Table(StoredResults results, Chapter chapter)
    {
        string[] rows = [.. results.Claims.Where(claim => claim.Claim.Chapter.Equals(chapter)).Select(Row)];
        return rows.Length == 0 ? "" : $"""
            <section data-chapter="{chapter.Name}" aria-labelledby="{chapter.Name}">
            <h3 id="{chapter.Name}">{Html.Escape(chapter.Title)}</h3>
            <div class="wide" tabindex="0"><table class="claims"><thead><tr>
            <th class="number">no.</th><th>claim</th><th>statement</th><th class="number">predicted</th><th class="number">measured</th>
            <th>interval</th><th>verdict</th></tr></thead><tbody>
            {string.Concat(rows)}
            </tbody></table></div></section>
            """;
    }

    private static string Row(ClaimResult claim)
    {
        static string Number(string text) => $"<td class=\"number\">{text}</td>";
        Measurement m = claim.Stored.Measured;
        string name = $"<td><a href=\"claims/{claim.Id}.html\">{Html.Escape(claim.Id)}</a></td><td>{Html.Text(claim.Claim.Statement)}</td>";
        string values = $"{Number(Numbers.Html(m.Predicted))}{Number(Numbers.Html(m.Measured))}<td>{claim.Interval(Numbers.Html)}</td>";
        string verdict = $"<td>{Html.Verdict(claim.Stored.Verdict)}</td>";
        return $"<tr data-verdict=\"{claim.Verdict}\">{Number($"{claim.Number}")}{name}{values}{verdict}</tr>\n";
    }

    /// <summary>What the script draws.</summary>
    private static string Data(StoredResults results) => JsonSerializer.Serialize(results.Claims.Select(claim => new
    {
        claim.Id,
        claim.Number,
        Name = ShortName(claim.Id),
        Kind = Html.KindName(claim.Claim.Kind),
        claim.Verdict,
        claim.Claim.Statement,
        RestsOn = claim.Claim.Premises,
        Href = $"claims/{claim.Id}.html",
    }), s_json);

    /// <summary>The identifier without the part that its kind repeats.</summary>
    private static string ShortName(string id)
    {
        string[] words = id.Split('-');
        int repeated = words[0] switch
        {
            "identity" => words.Length > 2 ? 2 : 1,
            "def" or "prop" or "thm" or "ann" or "exp" => 1,
            _ => 0,
        };
        if (words.Length > 2 && words[0] is "ann") words[1] = words[1].ToUpperInvariant();
        return string.Join('-', words[repeated..]);
    }
}
