using System.Net;
using Rhm.Claims;
using Rhm.Report.Appendix;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>Pieces of pages.</summary>
internal static class Html
{
    /// <summary>What every page of a report has.</summary>
    public const string Mark = "Rhm report</a>";

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Names of folders and files as a part of an address.</summary>
    public static string Address(params IEnumerable<string> names) => string.Join('/', names.Select(Uri.EscapeDataString));

    /// <summary>Text of the ledger, powers raised and indices lowered.</summary>
    public static string Text(string text) => string.Concat(Tex.Split(text).Select(part => part.Place switch
    {
        Tex.Place.Raised => $"<sup>{Text(part.Text)}</sup>",
        Tex.Place.Lowered => $"<sub>{Text(part.Text)}</sub>",
        _ => Escape(part.Text),
    })).Replace("kappa", "κ", StringComparison.Ordinal);

    /// <summary>A whole page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="root">Relative path to the report's folder: "" or "../".</param>
    /// <param name="body">Contents of main.</param>
    /// <param name="scripts">Names of scripts in assets.</param>
    public static string Page(string title, string root, string body, params string[] scripts) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Escape(title)}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="{root}assets/rhm.css">
        </head>
        <body>
        <a class="skip" href="#main">To the contents</a>
        <header class="site"><nav aria-label="Report">
        <strong><a href="{root}index.html">{Mark}</strong>
        <a href="{root}ledger.html">Claims</a>
        <a href="{root}figures.html">Figures</a>
        <a href="{root}calculator.html">Calculator</a>
        <a href="{root}explorer.html">A small grammar</a>
        </nav></header>
        <main id="main">
        {body}
        </main>
        <footer>Numerical companion of <cite>Learn from your own latents and not from tokens: A sample-complexity theory</cite>,
        arXiv:2605.27734.
        Graph layout by dagre, formulas by KaTeX (<a href="{root}assets/THIRD-PARTY-NOTICES.txt">licences</a>).</footer>
        {string.Concat(scripts.Select(script => $"<script src=\"{root}assets/{script}\"></script>\n"))}</body>
        </html>

        """.ReplaceLineEndings("\n");

    /// <summary>A formula: plain text until the script sets it.</summary>
    public static string Formula(Claim claim) =>
        $"<div class=\"formula\" data-display data-tex=\"{Escape(claim.Latex)}\"><code>{Escape(claim.Formula)}</code></div>";

    public static string Verdict(Verdict verdict) =>
        $"<span class=\"verdict {ClaimResult.Word(verdict)}\">{Sign(verdict)} {ClaimResult.Word(verdict)}</span>";

    private static string Sign(Verdict verdict) => verdict switch
    {
        Claims.Verdict.Established => "✓",
        Claims.Verdict.Compatible => "≈",
        Claims.Verdict.Undecided => "?",
        _ => "✗",
    };

    public static string Link(ClaimResult claim, string root) =>
        $"<a href=\"{root}claims/{claim.Id}.html\">{claim.Number} {Escape(claim.Id)}</a>";

    public static string KindName(Kind kind) => kind.ToString().ToLowerInvariant();
}
