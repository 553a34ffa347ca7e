using System.Text;
using System.Text.RegularExpressions;
using Rhm.Files;

namespace Rhm.Report.Documents;

/// <summary>
/// README.md and docs/*.md quote stored results by links: [TEXT](FILE "PLACE"), where FILE is the stored CSV or JSON and PLACE says which
/// value of it. TEXT is written anew from the file, so that no number of a text is typed.
/// </summary>
public static partial class QuotingDocuments
{
    /// <summary>Writes the numbers of the documents anew.</summary>
    /// <param name="root">The root of the repository.</param>
    /// <param name="results">The stored results, in the place of paper/results.</param>
    /// <returns>The documents that changed, as paths from the root.</returns>
    /// <exception cref="ArgumentException">A link names what the stored results do not have.</exception>
    public static IReadOnlyList<string> Write(string root, string results)
    {
        string[] stale = [.. Stale(root, results)];
        foreach (string name in stale)
        {
            string path = Path.Combine(root, name), text = Refreshed(root, results, name);
            OutputFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        }
        return stale;
    }

    /// <summary>The documents that quote a number otherwise than it is stored, as paths from the root.</summary>
    /// <param name="root">The root of the repository; elsewhere, where there is no Rhm.sln, there are no documents.</param>
    /// <param name="results">The stored results, in the place of paper/results.</param>
    /// <exception cref="ArgumentException">A link names what the stored results do not have.</exception>
    public static IEnumerable<string> Stale(string root, string results) =>
        Names(root).Where(name => Refreshed(root, results, name) != File.ReadAllText(Path.Combine(root, name)));

    private static IEnumerable<string> Names(string root)
    {
        if (!File.Exists(Path.Combine(root, "Rhm.sln"))) return [];
        string docs = Path.Combine(root, "docs");
        IEnumerable<string> pages = Directory.Exists(docs) ? Directory.GetFiles(docs, "*.md").Order(StringComparer.Ordinal) : [];
        return pages.Prepend(Path.Combine(root, "README.md")).Where(File.Exists)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'));
    }

    private static string Refreshed(string root, string results, string name)
    {
        string document = Path.Combine(root, name), folder = Path.GetDirectoryName(document)!;
        string own = Path.GetFullPath(Path.Combine(root, "paper", "results"));
        return Quote().Replace(File.ReadAllText(document), match =>
        {
            string file = match.Groups["file"].Value, place = match.Groups["place"].Value;
            string path = Path.GetFullPath(Path.Combine(folder, file));
            if (path.StartsWith(own + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                path = Path.Combine(results, Path.GetRelativePath(own, path));
            try
            {
                return $"[{StoredNumbers.Read(path, place)}]({file} \"{place}\")";
            }
            catch (ArgumentException error)
            {
                throw new ArgumentException($"{name} quotes \"{place}\" of {file}: {error.Message}", error);
            }
        });
    }

    /// <summary>The text may hold one interval in brackets.</summary>
    [GeneratedRegex(@"\[(?<text>[^\[\]\n]*(?:\[[^\[\]\n]*\])?[^\[\]\n]*)\]\((?<file>[^()\s""]+\.(?:csv|json)) ""(?<place>[^""\n]+)""\)")]
    private static partial Regex Quote();
}
