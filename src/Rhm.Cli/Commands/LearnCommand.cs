using System.CommandLine;
using System.Globalization;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Strings;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>What the commands that learn latents share: strings of a grammar or of a file, accuracy, files of latents.</summary>
internal sealed class LearnCommand
{
    private readonly GrammarOptions _grammar = new();
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<int> _threads = Options.Threads();
    private readonly Option<long?> _count;
    private readonly FileOption _data = Options.Data();
    private readonly Option<string?> _output = Output();

    private readonly Func<GrammarShape, double> _defaultCount;
    private readonly Learner _learner;
    private readonly Prepare _prepare;

    private LearnCommand(Learner learner, (string Words, Func<GrammarShape, double> Of) defaultCount, Prepare prepare)
    {
        _count = Options.Count($"Number of strings drawn from the grammar; {defaultCount.Words} by default.");
        (_learner, _defaultCount, _prepare) = (learner, defaultCount.Of, prepare);
    }

    /// <summary>Learns from strings with branching factor s.</summary>
    public delegate LearnedHierarchy Learn(IStringSource strings, int branching, CancellationToken cancellation);

    /// <summary>The learner's options from the command line, and how it learns with them.</summary>
    public delegate (object Options, Learn Learn) Prepare(ParseResult result, ulong seed, int threads);

    /// <summary>Makes a command.</summary>
    /// <param name="learner">The learner, whose name is the command's.</param>
    /// <param name="description">Its help text.</param>
    /// <param name="own">The learner's own options.</param>
    /// <param name="defaultCount">Number of strings drawn where none is given, in words and as a function of the shape.</param>
    /// <param name="prepare">Takes the learner's options, refusing bad ones before any work.</param>
    public static Command Create(Learner learner, string description, IEnumerable<Option> own,
        (string Words, Func<GrammarShape, double> Of) defaultCount, Prepare prepare)
    {
        var shared = new LearnCommand(learner, defaultCount, prepare);
        var command = new Command(learner.Name, description);
        shared._grammar.AddTo(command, withFile: true);
        Option[] options = [shared._seed, shared._threads, shared._count, shared._data, .. own, shared._output];
        foreach (Option option in options) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() => shared.Run(result, cancellation), cancellation));
        return command;
    }

    public static Option<string?> Output() => new("--out")
    {
        Description = "Receives level1.npy .. level{L-1}.npy: uint16 [P, s^(L-l)], 65535 = not resolved.",
        HelpName = "FOLDER",
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        ulong seed = result.GetValue(_seed);
        int threads = result.GetValue(_threads);
        (object options, Learn learn) = _prepare(result, seed, threads);
        (IStringSource strings, int branching, Grammar? truth) = _grammar.ResolveStrings(result, result.GetValue(_data),
            result.GetValue(_count), _defaultCount, seed, (shape, samples) => Require(shape, samples, options));
        using IDisposable? file = strings as IDisposable;
        int depth = strings.Depth(branching);
        string? folder = result.GetValue(_output);
        OutputFile.RequireWritable(LatentFiles.FilesOf(folder, depth), Options.Inputs(result));
        LearnedHierarchy learned = Terminal.WithProgress("clustering", _ => learn(strings, branching, cancellation));
        Show(strings, learned, truth, seed, threads);
        if (folder is not null) Write(learned, strings, folder, cancellation);
        return ExitCode.Success;
    }

    private void Require(GrammarShape shape, long samples, object options)
    {
        _learner.Require(shape, samples, options);
        MemoryLimit.Require(_learner.MemoryBytes(shape, samples, options), $"{_learner.Name} with {shape} and P = {samples}");
    }

    public static void Write(LearnedHierarchy learned, IStringSource strings, string folder, CancellationToken cancellation)
    {
        IReadOnlyList<long> unresolved = LatentFiles.Write(learned, strings, folder, cancellation);
        for (int level = 1; level < learned.Depth; level++)
        {
            long nodes = strings.Count * (long)Math.Pow(learned.Branching, learned.Depth - level);
            Console.WriteLine($"{Path.Combine(folder, $"level{level}.npy")}: {unresolved[level - 1]} of {nodes} nodes not resolved");
        }
    }

    public static void Show(IStringSource strings, LearnedHierarchy learned, Grammar? truth, ulong seed, int threads)
    {
        double[]? accuracy = truth is null ? null : learned.Accuracy(new StringSampler(truth, seed, 2000, RandomPurpose.HeldOut), threads);
        string origin = truth is null ? "" : $" of a grammar with {truth.Shape}";
        Console.WriteLine($"{strings.Count} strings of {strings.TokenCount} tokens{origin}");
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
