using System.Text;
using System.Text.RegularExpressions;

namespace Rhm.Report.Appendix;

/// <summary>Plain text as LaTeX.</summary>
internal static partial class Tex
{
    /// <summary>Text of the ledger: special characters are escaped, a power like m^3 or m^(l/2) is raised.</summary>
    public static string Text(string text) => string.Concat(Split(text).Select(part => part.Raised ? $@"\textsuperscript{{{Escape(part.Text)}}}" : Escape(part.Text)))
        .Replace("kappa", @"\ensuremath{\kappa}", StringComparison.Ordinal);

    /// <summary>Text in which lines may break after dots, slashes and hyphens: names of files, values and commands.</summary>
    public static string Code(string text) =>
        $@"\texttt{{{BreakPoint().Replace(Escape(text), @"$0\allowbreak{}")}}}";

    /// <summary>Pieces of text, raised or not.</summary>
    public static IEnumerable<(string Text, bool Raised)> Split(string text)
    {
        int at = 0;
        foreach (Match match in Power().Matches(text))
        {
            if (match.Index > at) yield return (text[at..match.Index], false);
            yield return (match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value, true);
            at = match.Index + match.Length;
        }
        if (at < text.Length) yield return (text[at..], false);
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

    [GeneratedRegex(@"\^(?:\(([^()]*)\)|(-?[A-Za-z0-9]+))")]
    private static partial Regex Power();
}
