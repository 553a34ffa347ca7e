using System.CommandLine;
using Rhm.Files;
using Rhm.Learning;
using Rhm.Strings;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm decode: applies rules that were learned to other strings.</summary>
internal static class DecodeCommand
{
    public static Command Create()
    {
        FileOption rules = Options.Input("--rules", "Rules that --rules of rhm ilc, spectral or own-latents wrote.", "FILE.json");
        FileOption data = Options.Input("--data", "The strings: an integer array [P, s^L].", "FILE.npy");
        FileOption truth = Options.Truth();
        Option<int> threads = Options.Threads();
        Option<string?> output = new("--out")
        {
            Description = "Receives level1.npy .. level{L-1}.npy: uint16 [P, s^(L-l)], 65535 = not resolved.",
            HelpName = "FOLDER",
        };
        (rules.Required, data.Required) = (true, true);
        var command = new Command("decode", """
            Apply rules that were learned from some strings to others: their latents, and with --truth the accuracy of these.

            Examples:
              rhm ilc --data strings.npy --branching 3 --vocabulary 8 --rules rules.json
              rhm decode --rules rules.json --data new.npy --out latents
            """) { rules, data, truth, threads, output };
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            LearnedHierarchy learned = HierarchyFile.Read(result.GetValue(rules)!);
            using var strings = new StoredStrings(result.GetValue(data)!, learned.Vocabulary);
            int depth = strings.Depth(learned.Branching);
            if (depth != learned.Depth)
                throw new ArgumentException($"strings of {strings.TokenCount} tokens do not fit rules for L = {learned.Depth}");
            string? folder = result.GetValue(output);
            OutputFile.RequireWritable(LatentFiles.FilesOf(folder, depth), Options.Inputs(result));
            using StoredDerivations? given = LearnCommand.OpenTruth(result, truth, strings, learned.Branching, null);
            if (given is null && folder is null) throw new ArgumentException("nothing is to be done: --out or --truth is missing");
            Console.WriteLine($"{strings.Count} strings of {strings.TokenCount} tokens");
            if (given is not null) Show(learned.Accuracy(given, result.GetValue(threads)));
            if (folder is not null) LearnCommand.Write(learned, strings, folder, cancellation);
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static void Show(double[] accuracy)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("level", "accuracy (these strings)");
        foreach ((int l, double value) in accuracy.Index()) table.AddRow($"{l + 1}", Terminal.Share(value));
        Terminal.Write(table);
    }
}
