using System.CommandLine;
using Rhm.Report;
using Rhm.Report.Appendix;
using Rhm.Report.Documents;
using Rhm.Report.Evidence;
using Rhm.Running;

namespace Rhm.Cli.Commands;

/// <summary>rhm paper and rhm cite: the appendix's tables, numbers and figures, and BibTeX.</summary>
internal static class PaperCommand
{
    public static Command Create()
    {
        Option<string?> results = Options.Results();
        Option<string> output = Options.Folder("--out", "Target folder.", Path.Combine("paper", "generated"));
        Option<bool> check = new("--check")
        {
            Description = "Write nothing; exit code 1 if the folder or a document is not what the stored results say.",
        };
        var command = new Command("paper", """
            Write what the appendix quotes (claims, tables, figures, a macro for every number) from the stored results of rhm verify and
            rhm reproduce, and the numbers that README.md and docs/*.md quote. The same results give the same bytes. paper/build then makes
            appendix.pdf.

            Examples:
              rhm paper
              rhm paper --check
            """) { results, output, check };
        command.SetAction(result =>
        {
            string source = result.GetValue(results) ?? ResultsFolder.Default, folder = result.GetValue(output)!;
            StoredResults stored = StoredResults.Read(source);
            string root = Path.GetFullPath(Path.Combine(folder, "..", ".."));
            if (result.GetValue(check))
            {
                string[] stale = [.. AppendixWriter.Stale(stored, folder), .. QuotingDocuments.Stale(root, source)];
                if (stale.Length == 0) return ExitCode.Success;
                string files = $"{string.Join(", ", stale)} {(stale.Length == 1 ? "is" : "are")}";
                Console.Error.WriteLine($"rhm: {files} not what the stored results say; rhm paper writes {folder} and the documents anew");
                return ExitCode.ClaimFailed;
            }
            string[] changed = [.. AppendixWriter.Write(stored, folder), .. QuotingDocuments.Write(root, source)];
            Console.WriteLine(changed.Length == 0 ? $"{folder}: nothing changed" : $"{folder}: {string.Join(", ", changed)}");
            Console.WriteLine($"{stored.Claims.Count} claims, {stored.Experiments.Count} figures");
            return ExitCode.Success;
        });
        return command;
    }

    public static Command CreateCite()
    {
        Argument<string?> claim = new("claim")
        {
            Description = "Identifier of a claim, or its number in the appendix; without it the software and the paper.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> results = Options.Results();
        var command = new Command("cite", """
            Print BibTeX for the software, or for one claim with what was measured.

            Examples:
              rhm cite
              rhm cite thm-ilc-recovery
            """) { claim, results };
        command.SetAction(result =>
        {
            Console.WriteLine(result.GetValue(claim) is string id
                ? Citations.Claim(id, result.GetValue(results) ?? ResultsFolder.Default)
                : Citations.Software());
            return ExitCode.Success;
        });
        return command;
    }
}
