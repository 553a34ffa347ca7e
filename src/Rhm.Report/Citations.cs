using System.Reflection;
using System.Text.RegularExpressions;
using Rhm.Claims;
using Rhm.Report.Evidence;

namespace Rhm.Report;

/// <summary>BibTeX entries of the software, the paper and single claims.</summary>
public static partial class Citations
{
    /// <summary>The software and the paper that it checks.</summary>
    public static string Software()
    {
        (string version, string? commit) = StoredClaims.Program;
        string revision = commit is null ? "" : $", commit {Short(commit)}";
        return $$$"""
            @misc{rhm,
              author = {{{{Author}}}},
              title  = {{Rhm}: the executable companion of ``{Learn} from your own latents and not from tokens''},
              year   = {{{{Year}}}},
              note   = {Software, version {{{version}}}{{{revision}}}}
            }

            @misc{korchinski2026latents,
              author        = {Korchinski, Daniel J. and Favero, Alessandro and Wyart, Matthieu},
              title         = {Learn from your own latents and not from tokens: {A} sample-complexity theory},
              year          = {2026},
              eprint        = {2605.27734},
              archiveprefix = {arXiv}
            }
            """.ReplaceLineEndings("\n");
    }

    /// <summary>A claim, with what was measured where that is stored.</summary>
    /// <param name="claim">Identifier, or number in the appendix.</param>
    /// <param name="folder">The results folder; it need not exist.</param>
    /// <exception cref="ArgumentException">There is no such claim.</exception>
    public static string Claim(string claim, string folder)
    {
        (int number, Claim found) = StoredResults.Numbered.FirstOrDefault(n =>
            n.Claim.Id == claim || n.Number.ToString(System.Globalization.CultureInfo.InvariantCulture) == claim);
        if (found is null)
        {
            int last = StoredResults.Numbered.Count;
            throw new ArgumentException($"no claim \"{claim}\": rhm verify --list shows the identifiers, and numbers go from 1 to {last}");
        }
        StoredClaim? stored = StoredClaims.TryRead(folder, found);
        return Claim(number, found, stored);
    }

    internal static string Claim(int number, Claim claim, StoredClaim? stored)
    {
        (string version, string? commit) = stored is null ? StoredClaims.Program : (stored.Program, stored.Commit);
        string result = stored is null ? "" : Result(stored);
        string revision = commit is null ? "" : $", commit {Short(commit)}";
        return $$$"""
            @misc{rhm:{{{claim.Id}}},
              author = {{{{Author}}}},
              title  = {Claim {{{number}}} ({{{claim.Id}}}): {{{Appendix.Tex.Text(claim.Statement.TrimEnd('.'))}}}},
              year   = {{{{Year}}}},
              note   = {Rhm, version {{{version}}}{{{revision}}}.{{{Appendix.Tex.Text(result)}}}}
            }
            """.ReplaceLineEndings("\n");
    }

    private static string Result(StoredClaim stored)
    {
        Measurement m = stored.Measured;
        string interval = m.Low == m.High ? "" : $" in [{Numbers.Plain(m.Low)}, {Numbers.Plain(m.High)}]";
        return $" Predicted {Numbers.Plain(m.Predicted)}, measured {Numbers.Plain(m.Measured)}{interval}: "
            + $"{ClaimResult.Word(stored.Verdict)}. Command: {stored.Command}.";
    }

    private static string Author => "{" + typeof(Citations).Assembly.GetCustomAttribute<AssemblyCompanyAttribute>()!.Company + "}";

    private static string Year =>
        YearPattern().Match(typeof(Citations).Assembly.GetCustomAttribute<AssemblyCopyrightAttribute>()!.Copyright).Value;

    private static string Short(string commit) => commit[..Math.Min(10, commit.Length)];

    [GeneratedRegex(@"\d{4}")]
    private static partial Regex YearPattern();
}
