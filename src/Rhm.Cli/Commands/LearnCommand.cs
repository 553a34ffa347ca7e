using System.CommandLine;
using System.Globalization;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Randomness;
using Rhm.Strings;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>What the commands that learn latents share: strings of a grammar or of a file, accuracy, files of latents.</summary>
internal static class LearnCommand
{
    /// <summary>Learns from strings with branching factor s.</summary>
    public delegate LearnedHierarchy Learn(IStringSource strings, int branching, CancellationToken cancellation);

    /// <summary>Makes a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">Its help text.</param>
    /// <param name="own">The learner's own options.</param>
    /// <param name="defaultCount">Number of strings drawn where none is given, in words and as a function of the shape.</param>
    /// <param name="prepare">Takes the learner's options, refusing bad ones before any work.</param>
    public static Command Create(string name, string description, IReadOnlyList<Option> own, (string Words, Func<GrammarShape, double> Of) defaultCount,
        Func<ParseResult, ulong, int, Learn> prepare)
    {
        var grammar = new GrammarOptions();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<long?> count = new("--count", "-P") { Description = $"Number of strings drawn from the grammar; {defaultCount.Words} by default." };
        Option<string?> data = new("--data") { Description = "Your own strings instead of a grammar: an integer array [P, s^L], with --branching and --vocabulary.", HelpName = "FILE.npy" };
        Option<string?> output = new("--out") { Description = "Receives level1.npy .. level{L-1}.npy: uint16 [P, s^(L-l)], 65535 = not resolved.", HelpName = "FOLDER" };
        var command = new Command(name, description);
        grammar.AddTo(command, withFile: true);
        foreach (Option option in (Option[])[seed, threads, count, data, .. own, output]) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            ulong chosenSeed = result.GetValue(seed);
            Learn learn = prepare(result, chosenSeed, result.GetValue(threads));
            (IStringSource strings, int branching, Grammar? truth) = grammar.ResolveStrings(result, result.GetValue(data), result.GetValue(count), defaultCount.Of, chosenSeed);
            using IDisposable? file = strings as IDisposable;
            int depth = strings.Depth(branching);
            OutputFile.RequireWritable(LatentFiles.FilesOf(result.GetValue(output), depth), result.GetValue(data), grammar.FileOf(result));
            LearnedHierarchy learned = Terminal.WithProgress("clustering", _ => learn(strings, branching, cancellation));
            double[]? accuracy = truth is null ? null : learned.Accuracy(new StringSampler(truth, chosenSeed, 2000, RandomPurpose.HeldOut), result.GetValue(threads));
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
        for (int level = 1; level < learned.Depth; level++)
        {
            if (learned.Levels[level - 1].Search is not { } search) continue;
            string ended = search.Settled ? "codes settled" : "codes still changed";
            Console.WriteLine($"level {level}: rounds {search.Rounds} ({ended}), starts {search.Starts} (the likeliest kept)");
        }
        foreach (string warning in learned.Warnings) Console.WriteLine($"warning: {warning}");
    }
}
