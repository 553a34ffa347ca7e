using System.CommandLine;
using Rhm.Report.Evidence;
using Rhm.Report.Pages;
using Rhm.Running;

namespace Rhm.Cli.Commands;

/// <summary>rhm report: the stored results as pages to browse.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Option<string?> results = Options.Results();
        Option<string> output = Options.Folder("--out", "Target folder.", "report");
        var command = new Command("report", """
            Write the report: a folder of static pages that opens from disk, with a graph of what rests on what, a page for every claim,
            the figures, and an explorer of a small grammar. Reads the stored results of rhm verify and rhm reproduce.

            Example:
              rhm report --out report
            """) { results, output };
        command.SetAction(result =>
        {
            StoredResults stored = StoredResults.Read(result.GetValue(results) ?? ResultsFolder.Default);
            string folder = result.GetValue(output)!;
            (int files, long bytes) = SiteWriter.Write(stored, folder);
            string size = $"{files} files, {Terminal.Format(Math.Round(bytes / 1e6, 1))} MB";
            string contents = $"{stored.Claims.Count} claims, {stored.Experiments.Count} figures";
            Console.WriteLine($"{Path.Combine(folder, "index.html")}: {contents}, {size}");
            return ExitCode.Success;
        });
        return command;
    }
}
