using System.CommandLine;
using System.Globalization;
using Rhm.Grammars;
using Rhm.Learners;
using Rhm.Sampling;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm ilc: learns latents by iterative latent clustering.</summary>
internal static class IlcCommand
{
    public static Command Create()
    {
        var grammar = new GrammarOptions();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<long?> count = new("--count", "-P") { Description = "Number of strings drawn from the grammar; 10 v m^3 by default." };
        Option<string?> data = new("--data") { Description = "Your own strings instead of a grammar: an integer array [P, s^L], with --branching and --vocabulary.", HelpName = "FILE.npy" };
        Option<CousinTargets> cousins = new("--cousins") { Description = "Context: one element, one cousin tuple, or all cousins.", DefaultValueFactory = _ => CousinTargets.All };
        Option<bool> first = new("--first-grandparent") { Description = "Use the first grandparent of a level only; all are pooled by default." };
        Option<int> restarts = new("--restarts") { Description = "Restarts of k-means.", DefaultValueFactory = _ => new IlcOptions().Restarts };
        Option<string?> output = new("--out") { Description = "Receives level1.npy .. level{L-1}.npy: uint16 [P, s^(L-l)], 65535 = not resolved.", HelpName = "FOLDER" };
        var command = new Command("ilc", """
            Learn the latents of levels 1..L-1 by iterative latent clustering (Algorithm 1 of the paper).
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm ilc -L 5 -s 3 -v 8 -m 6
              rhm ilc --data strings.npy --branching 3 --vocabulary 8 --out latents
            """);
        grammar.AddTo(command, withFile: true);
        foreach (Option option in (Option[])[seed, threads, count, data, cousins, first, restarts, output]) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            ulong chosenSeed = result.GetValue(seed);
            var options = new IlcOptions
            {
                Cousins = result.GetValue(cousins),
                PoolGrandparents = !result.GetValue(first),
                Restarts = result.GetValue(restarts),
                Seed = chosenSeed,
                Threads = result.GetValue(threads),
            };
            if (options.Restarts is < 1 or > 1_000_000) throw new ArgumentException($"number of restarts {options.Restarts} is outside 1..1000000");
            Grammar? truth = null;
            IStringSource strings;
            int branching;
            if (result.GetValue(data) is string path)
            {
                if (result.GetValue(count) is not null) throw new ArgumentException("--data and --count exclude each other: all strings of the file are used");
                (branching, int vocabulary) = grammar.DataShape(result);
                strings = new StoredStrings(path, vocabulary);
            }
            else
            {
                truth = grammar.Resolve(result, chosenSeed);
                branching = truth.Shape.Branching;
                long samples = result.GetValue(count) ?? (long)Math.Min(1e15, 10 * truth.Shape.Vocabulary * Math.Pow(truth.Shape.Multiplicity, 3));
                if (samples < 1) throw new ArgumentException($"number of strings P = {samples} must be at least 1");
                strings = new StringSampler(truth, chosenSeed, samples);
            }
            using IDisposable? file = strings as IDisposable;
            int depth = strings.Depth(branching);
            if (result.GetValue(output) is string folder) LatentFiles.RequireWritable(folder, depth);
            LearnedHierarchy learned = Terminal.WithProgress("clustering", _ => IterativeLatentClustering.Learn(strings, branching, options, cancellation));
            double[]? accuracy = truth is null ? null : learned.Accuracy(new StringSampler(truth, chosenSeed, 2000, RandomPurpose.HeldOut), options.Threads);
            Show(strings, learned, accuracy, truth);
            if (result.GetValue(output) is string target)
            {
                IReadOnlyList<long> unresolved = LatentFiles.Write(learned, strings, target, cancellation);
                for (int level = 1; level < depth; level++)
                {
                    Console.WriteLine($"{Path.Combine(target, $"level{level}.npy")}: {unresolved[level - 1]} of {strings.Count * (long)Math.Pow(branching, depth - level)} nodes not resolved");
                }
            }
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static void Show(IStringSource strings, LearnedHierarchy learned, double[]? accuracy, Grammar? truth)
    {
        Console.WriteLine($"{strings.Count} strings of {strings.TokenCount} tokens{(truth is null ? "" : $" of a grammar with {truth.Shape}")}");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("level", "tuples seen", "clusters");
        if (accuracy is not null) table.AddColumn("accuracy (held out)");
        for (int level = 1; level < learned.Depth; level++)
        {
            LearnedLevel found = learned.Levels[level - 1];
            string seen = truth is null ? $"{found.Tuples.Count}" : $"{found.Tuples.Count} of {truth.Shape.RuleCount(level - 1)}";
            string[] row = [$"{level}", seen, $"{found.Labels.Distinct().Count()}"];
            table.AddRow(accuracy is null ? row : [.. row, accuracy[level - 1].ToString("0.0000", CultureInfo.InvariantCulture)]);
        }
        Terminal.Write(table);
        foreach (string warning in learned.Warnings) Console.WriteLine($"not resolved: {warning}");
    }
}
