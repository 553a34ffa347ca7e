using System.Text;
using System.Text.RegularExpressions;

namespace Rhm.Report.Appendix;

/// <summary>Plain text as LaTeX.</summary>
internal static partial class Tex
{
    /// <summary>Text of the ledger: special characters are escaped, powers like m^3 or m^(l/2) are raised.</summary>
    public static string Text(string text) => string.Concat(Split(text).Select(part => part.Place switch
    {
        Place.Raised => $@"\textsuperscript{{{Text(part.Text)}}}",
        Place.Lowered => $@"\textsubscript{{{Text(part.Text)}}}",
        _ => Escape(part.Text),
    })).Replace("kappa", @"\ensuremath{\kappa}", StringComparison.Ordinal);

    /// <summary>Text in which lines may break after dots, slashes and hyphens: names of files, values and commands.</summary>
    public static string Code(string text) =>
        $@"\texttt{{{BreakPoint().Replace(Escape(text), @"$0\allowbreak{}").Replace("--", "-{}-", StringComparison.Ordinal)}}}";

    /// <summary>Where a piece of text stands.</summary>
    public enum Place
    {
        Line,
        Raised,
        Lowered,
    }

    /// <summary>Pieces of text: what follows ^ is raised, a symbol or number after _ lowered.</summary>
    public static IEnumerable<(string Text, Place Place)> Split(string text)
    {
        int at = 0;
        foreach (Match match in Script().Matches(text))
        {
            if (match.Index > at) yield return (text[at..match.Index], Place.Line);
            string inner = match.Groups[2].Success ? match.Groups[2].Value : match.Groups[3].Value;
            yield return (inner, match.Groups[1].Value == "^" ? Place.Raised : Place.Lowered);
            at = match.Index + match.Length;
        }
        if (at < text.Length) yield return (text[at..], Place.Line);
    }

    public static string Escape(string text)
    {
        var result = new StringBuilder();
        foreach (char c in text)
        {
            result.Append(c switch
            {
                '\\' => @"\textbackslash{}",
                '^' => @"\textasciicircum{}",
                '~' => @"\textasciitilde{}",
                '<' => @"\textless{}",
                '>' => @"\textgreater{}",
                '|' => @"\textbar{}",
                '"' => @"\textquotedbl{}",
                '*' => @"\ensuremath{{}^*}",
                '{' or '}' or '$' or '&' or '#' or '%' or '_' => $@"\{c}",
                '²' => @"\textsuperscript{2}",
                '³' => @"\textsuperscript{3}",
                '∞' => @"\ensuremath{\infty}",
                '±' => @"\ensuremath{\pm}",
                '×' => @"\ensuremath{\times}",
                _ => c.ToString(),
            });
        }
        return result.ToString();
    }

    [GeneratedRegex(@"(?<=\w)[./-](?=\w)")]
    private static partial Regex BreakPoint();

    [GeneratedRegex(@"(?<=\w|\)|\|)(?:(\^)(?:\(((?:[^()]|\([^()]*\))*)\)|(-?[A-Za-z0-9]+))|_(?<3>[A-Za-z0-9])(?![A-Za-z0-9]))")]
    private static partial Regex Script();
}
