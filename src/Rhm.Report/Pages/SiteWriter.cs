using System.Text;
using Rhm.Files;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>
/// The report: a folder of static pages that opens from disk. index.html explains the mechanism, ledger.html has the graph of claims,
/// with a page per claim and per file of the ledger; a calculator, the figures with a page each, an explorer of a small grammar.
/// </summary>
public static class SiteWriter
{
    /// <summary>Writes the report.</summary>
    /// <param name="results">The stored results.</param>
    /// <param name="folder">Target folder; pages of an earlier report are replaced.</param>
    /// <returns>Number of files and of bytes.</returns>
    /// <exception cref="ArgumentException">
    /// The program was built without the scripts of the report, or the folder holds something else.
    /// </exception>
    public static (int Files, long Bytes) Write(StoredResults results, string folder)
    {
        ArgumentNullException.ThrowIfNull(results);
        IReadOnlyList<(string, byte[])> bundle = WebBundle.Files();
        RequireOwn(folder);
        long bytes = 0;
        int files = 0;
        foreach ((string name, byte[] contents) in Pages(results).Concat(bundle))
        {
            OutputFile.Write(Path.Combine(folder, name), stream => stream.Write(contents));
            files++;
            bytes += contents.Length;
        }
        return (files, bytes);
    }

    /// <summary>Name and contents of every page and figure.</summary>
    internal static IEnumerable<(string Name, byte[] Contents)> Pages(StoredResults results)
    {
        static (string, byte[]) Text(string name, string text) => (name, Encoding.UTF8.GetBytes(text));

        yield return Text("index.html", MechanismPage.Of(results));
        yield return Text("ledger.html", LedgerPage.Of(results));
        yield return Text("calculator.html", CalculatorPage.Of(results));
        foreach (ClaimResult claim in results.Claims) yield return Text($"claims/{claim.Id}.html", ClaimPage.Of(results, claim));
        yield return Text("figures.html", FiguresPage.Of(results));
        yield return Text("explorer.html", Explorer.Page());
        foreach (string source in results.Claims.Select(claim => claim.Claim.Place.File).Distinct())
            yield return Text(SourcePage.Address(source), SourcePage.Of(source));
        foreach (StoredExperiment experiment in results.Experiments)
        {
            yield return Text(FigurePage.Address(experiment), FigurePage.Of(results, experiment));
            foreach (string path in FigurePage.Files(experiment))
                yield return ($"figures/{experiment.Name}/{Path.GetFileName(path)}", File.ReadAllBytes(path));
        }
    }

    /// <summary>Refuses a folder with anything in it that is no report.</summary>
    private static void RequireOwn(string folder)
    {
        string index = Path.Combine(folder, "index.html");
        bool empty = !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any();
        if (!empty && !(File.Exists(index) && File.ReadAllText(index).Contains(Html.Mark, StringComparison.Ordinal)))
            throw new ArgumentException($"{folder} is not empty and holds no report: name another --out");
    }
}
