using Rhm.Claims;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>The page of one claim: statement, measurement, control, what it rests on, its source and how to cite it.</summary>
internal static class ClaimPage
{
    /// <summary>The page.</summary>
    public static string Of(StoredResults results, ClaimResult claim)
    {
        Claim c = claim.Claim;
        ClaimResult[] premises = [.. results.Claims.Where(other => c.Premises.Contains(other.Id))];
        ClaimResult[] consequences = [.. results.Claims.Where(other => other.Claim.Premises.Contains(claim.Id))];
        return Html.Page($"Claim {claim.Number}: {claim.Id}", "../", $"""
            <p class="soft">{Neighbours(results, claim)}</p>
            <h1>Claim {claim.Number}: <code>{Html.Escape(claim.Id)}</code> {Html.Verdict(claim.Stored.Verdict)}</h1>
            <p class="lead">{Html.Text(c.Statement)}</p>
            {Html.Formula(c)}
            <h2>Predicted and measured</h2>
            {ClaimFigure.Draw(claim)}
            {Facts(claim)}
            <h2>Negative control</h2>
            {Control(claim)}
            <div class="columns">
            <section><h2>Rests on</h2>{List(premises)}
            <p><a href="../ledger.html#premises={claim.Id}">In the graph: all that it rests on</a></p></section>
            <section><h2>What rests on it</h2>{List(consequences)}
            <p><a href="../ledger.html#consequences={claim.Id}">In the graph: all that rests on it</a></p></section>
            </div>
            {Experiments(claim)}
            <h2>The property</h2>
            <p><code>{Html.Escape(c.Place.Value)}</code> in
            <a href="../{SourcePage.Address(c.Place.File)}#L{c.Place.Line}">{Html.Escape(c.Place.File)}, line {c.Place.Line}</a>; the tests
            <code>{Html.Escape(claim.Id)} is as on record</code> and <code>… is told from its control</code> in
            <code>proofs-tests/Claims</code> check it.</p>
            <h2>To cite</h2>
            <pre tabindex="0"><code>{Html.Escape(Citations.Claim(claim.Number, c, claim.Stored))}</code></pre>
            """, "formulas.js");
    }

    /// <summary>Chapter and kind, between the links to the claims before and after.</summary>
    private static string Neighbours(StoredResults results, ClaimResult claim)
    {
        ClaimResult? Numbered(int number) => results.Claims.FirstOrDefault(other => other.Number == number);
        string before = Numbered(claim.Number - 1) is { } first ? $"<a href=\"{first.Id}.html\" rel=\"prev\">← {first.Number}</a> " : "";
        string after = Numbered(claim.Number + 1) is { } next ? $" <a href=\"{next.Id}.html\" rel=\"next\">{next.Number} →</a>" : "";
        return $"{before}{Html.Escape(claim.Claim.Chapter.Title)} · {Html.KindName(claim.Claim.Kind)}{after}";
    }

    private static string Facts(ClaimResult claim)
    {
        Claim c = claim.Claim;
        StoredClaim stored = claim.Stored;
        Measurement m = stored.Measured;
        string allowed = m.AcceptLow == m.AcceptHigh
            ? Numbers.Html(m.AcceptLow)
            : $"{Numbers.Html(m.AcceptLow)} to {Numbers.Html(m.AcceptHigh)}";
        string falseAlarm = c.FalseAlarm == 0 ? "impossible: the measurement is exact" : $"at most {Numbers.Html(c.FalseAlarm)}";
        string reading = double.IsNaN(m.ReadingLow) || m.ReadingLow == m.ReadingHigh
            ? ""
            : $"<dt>95% interval</dt><dd>[{Numbers.Html(m.ReadingLow)}, {Numbers.Html(m.ReadingHigh)}]</dd>";
        string design = c.Design.Length == 0 ? "" : $"; {Html.Text(c.Design)}";
        string reservation = claim.Reservation.Length == 0 ? "" : $"<dt>But</dt><dd>{Html.Escape(claim.Reservation)}</dd>";
        string commit = stored.Commit is null ? "" : $", commit <code>{Html.Escape(stored.Commit)}</code>";
        string measuredBy = $"version {Html.Escape(stored.Program)}{commit}, scale {Html.Escape(stored.Scale)}, seed {stored.Seed}";
        return $"""
            <dl class="facts">
            <dt>Predicted</dt><dd>{Numbers.Html(m.Predicted)}</dd>
            <dt>Measured</dt><dd>{Numbers.Html(m.Measured)} ({claim.Interval(Numbers.Html)}) {Html.Text(m.Quantity)}</dd>
            {reading}
            <dt>Allowed</dt><dd>{allowed}: {Html.Text(c.Tolerance)}</dd>
            {reservation}
            <dt>Rival</dt><dd>{Html.Text(c.Rival)}{Band(m.Rival)}</dd>
            <dt>On record</dt><dd>quick: {ClaimResult.Word(c.Expected.Quick)}, paper: {ClaimResult.Word(c.Expected.Paper)}{design}</dd>
            <dt>False alarm</dt><dd>{falseAlarm}</dd>
            <dt>Source</dt><dd>{Html.Text(c.Source)}</dd>
            <dt>Measured by</dt><dd>{measuredBy}</dd>
            <dt>To repeat</dt><dd><code>{Html.Escape(stored.Command)}</code></dd>
            </dl>
            """;
    }

    /// <summary>What the rival predicts, and whether that is excluded.</summary>
    private static string Band(Rival rival)
    {
        if (double.IsNaN(rival.Low)) return "";
        string band = rival.Low == rival.High ? Numbers.Html(rival.Low) : $"[{Numbers.Html(rival.Low)}, {Numbers.Html(rival.High)}]";
        string at = rival.At.Length == 0 ? "" : $" at {Html.Text(rival.At)}";
        return $": {band}{at}, which is {(rival.Excluded ? "" : "not ")}excluded";
    }

    private static string Control(ClaimResult claim)
    {
        string error = $"Planted error: <strong>{Html.Text(claim.Claim.Control)}</strong>.";
        if (claim.Stored.Control is not { } planted) return $"<p>{error} Not run here; <code>rhm verify --controls</code> does.</p>";
        string interval = planted.Low == planted.High ? "" : $" in [{Numbers.Html(planted.Low)}, {Numbers.Html(planted.High)}]";
        string useless = claim.ControlServes is false ? ", <strong>which tells nothing</strong>" : "";
        string measured = $"Measured {Numbers.Html(planted.Measured)}{interval} {Html.Text(planted.Quantity)}";
        return $"<p>{error} {measured}: {Html.Verdict(planted.Verdict)}{useless}.</p>";
    }

    private static string List(ClaimResult[] claims)
    {
        IEnumerable<string> items = claims.Select(other => $"<li>{Html.Link(other, "../")} {Html.Verdict(other.Stored.Verdict)}</li>");
        return claims.Length == 0 ? "<p>No other claim.</p>" : $"<ul>{string.Concat(items)}</ul>";
    }

    private static string Experiments(ClaimResult claim)
    {
        IEnumerable<string> items = claim.Experiments.Select(e => $"""
            <figure><a href="../{FigurePage.Address(e)}"><img class="figure" src="../{Html.Address("figures", e.Name)}/figure.svg"
            alt="{Html.Escape(e.Heading)}" loading="lazy"></a><figcaption>{Html.Text(FigurePage.Shows(e))}
            <a href="../{FigurePage.Address(e)}">{Html.Escape(e.Heading)}</a></figcaption></figure>
            """);
        return claim.Experiments.Count == 0 ? "" : $"<h2>Figures</h2>{string.Concat(items)}";
    }
}
