using System.CommandLine;
using Rhm.Report;
using Rhm.Report.Appendix;
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
            Description = "Write nothing; exit code 1 if the folder is not what the stored results say.",
        };
        var command = new Command("paper", """
            Write what the appendix quotes (claims, tables, figures, a macro for every number) from the stored results of rhm verify and
            rhm reproduce. The same results give the same bytes. paper/build then makes appendix.pdf.

            Examples:
              rhm paper
              rhm paper --check
            """) { results, output, check };
        command.SetAction(result =>
        {
            StoredResults stored = StoredResults.Read(result.GetValue(results) ?? ResultsFolder.Default);
            string folder = result.GetValue(output)!;
            if (result.GetValue(check))
            {
                IReadOnlyList<string> stale = AppendixWriter.Stale(stored, folder);
                if (stale.Count == 0) return ExitCode.Success;
                string files = $"{string.Join(", ", stale)} {(stale.Count == 1 ? "is" : "are")}";
                Console.Error.WriteLine($"rhm: {folder} is stale: {files} not what the stored results say; rhm paper writes it anew");
                return ExitCode.ClaimFailed;
            }
            IReadOnlyList<string> changed = AppendixWriter.Write(stored, folder);
            Console.WriteLine(changed.Count == 0 ? $"{folder}: nothing changed" : $"{folder}: {string.Join(", ", changed)}");
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
