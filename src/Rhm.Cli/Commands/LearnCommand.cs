using System.CommandLine;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Randomness;
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
    private readonly FileOption _truth;
    private readonly FileOption _rules = Options.Output("--rules", "Receives the rules that were learned, for rhm decode.", "FILE.json");
    private readonly Option<string?> _output = Output();

    private readonly Func<GrammarShape, double> _defaultCount;
    private readonly Learner _learner;
    private readonly Prepare _prepare;

    private LearnCommand(Learner learner, (string Words, Func<GrammarShape, double> Of) defaultCount, Prepare prepare, bool namesLatents)
    {
        _truth = Options.Truth(old: !namesLatents);
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
        Option[] added = [.. own];
        var shared = new LearnCommand(learner, defaultCount, prepare, added.Any(option => option.Name == "--latents"));
        var command = new Command(learner.Name, description);
        shared._grammar.AddTo(command, withFile: true);
        Option[] options =
        [
            shared._seed, shared._threads, shared._count, shared._data, shared._truth, .. added, shared._rules, shared._output,
        ];
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
        (string? folder, string? rules) = (result.GetValue(_output), result.GetValue(_rules));
        WorkEstimate? expected = null;
        (IStringSource strings, int branching, Grammar? truth) = _grammar.ResolveStrings(result, result.GetValue(_data),
            result.GetValue(_count), _defaultCount, seed, (shape, samples) =>
            {
                _learner.Require(shape, samples, options);
                expected = Expected(_learner, options, shape, samples, folder, timed: true);
            });
        using IDisposable? file = strings as IDisposable;
        expected ??= Expected(_learner, options, SeenShape.Of(strings, branching), strings.Count, folder, timed: true);
        int depth = strings.Depth(branching);
        OutputFile.RequireWritable([.. LatentFiles.FilesOf(folder, depth), rules], Options.Inputs(result));
        using StoredDerivations? given = OpenTruth(result, _truth, strings, branching, truth);
        expected = Calibrated(expected, threads, cancellation);
        LearnedHierarchy learned = Terminal.WithProgress("clustering", _ => learn(strings, branching, cancellation), expected);
        Show(strings, learned, truth, seed, threads, given);
        if (rules is not null)
        {
            HierarchyFile.Write(learned, rules);
            Console.WriteLine($"{rules}: the rules of {depth - 1} levels");
        }
        if (folder is not null) Write(learned, strings, folder, cancellation);
        return ExitCode.Success;
    }

    /// <summary>The latents that a command line gives of a user's strings; null for none.</summary>
    public static StoredDerivations? OpenTruth(ParseResult result, FileOption option, IStringSource strings, int branching,
        Grammar? grammar)
    {
        if (result.GetValue(option) is not string path) return null;
        if (grammar is not null) throw new ArgumentException($"{option.Name} needs --data: the latents of a grammar's strings are known");
        return StoredDerivations.WithLatents(path, strings, branching);
    }

    /// <summary>With the time that this machine takes, where it is worth to measure that.</summary>
    private static WorkEstimate Calibrated(WorkEstimate expected, int threads, CancellationToken cancellation)
    {
        const double worth = 2;
        if (!(expected.Seconds > worth)) return expected;
        return expected with { Seconds = expected.Seconds * MachinePace.Measure(threads, cancellation) };
    }

    /// <summary>What learning takes, with the files of latents; refuses what does not fit.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="options">Its options.</param>
    /// <param name="shape">The shape of the grammar, or one that is assumed.</param>
    /// <param name="samples">P.</param>
    /// <param name="folder">Receives the latents; null for none.</param>
    /// <param name="timed">Whether the learner's own estimate counts; else the pace of the first steps tells how long it takes.</param>
    public static WorkEstimate Expected(Learner learner, object options, GrammarShape shape, long samples, string? folder,
        bool timed = false)
    {
        // Levels 1 .. L-1 in 16 bits.
        double nodes = Enumerable.Range(1, shape.Depth - 1).Sum(level => (double)shape.NodeCount(level));
        return new WorkEstimate($"{learner.Name} with {shape} and P = {samples}", learner.MemoryBytes(shape, samples, options),
            "fewer strings, or a smaller grammar or network, need less")
        {
            Seconds = timed ? learner.Seconds(shape, samples, options) : null,
            DiskBytes = folder is null ? 0 : 2.0 * samples * nodes,
            Target = folder,
            DiskRemedy = "--out has to name a folder on another disk",
        }.Required();
    }

    /// <summary>Writes the latents of strings, and says how many nodes are not resolved.</summary>
    public static void Write(LearnedHierarchy learned, IStringSource strings, string folder, CancellationToken cancellation)
    {
        IReadOnlyList<long> unresolved = LatentFiles.Write(learned, strings, folder, cancellation);
        for (int level = 1; level < learned.Depth; level++)
        {
            long nodes = strings.Count * (long)Math.Pow(learned.Branching, learned.Depth - level);
            Console.WriteLine($"{Path.Combine(folder, $"level{level}.npy")}: {unresolved[level - 1]} of {nodes} nodes not resolved");
        }
    }

    public static void Show(IStringSource strings, LearnedHierarchy learned, Grammar? truth, ulong seed, int threads,
        StoredDerivations? given = null)
    {
        double[]? accuracy = truth is not null ? learned.Accuracy(new StringSampler(truth, seed, 2000, RandomPurpose.HeldOut), threads)
            : given?.Count > 0 ? learned.Accuracy(given, threads) : null;
        string origin = truth is null ? "" : $" of a grammar with {truth.Shape}";
        Console.WriteLine($"{strings.Count} strings of {strings.TokenCount} tokens{origin}");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("level", "tuples seen", "clusters");
        if (accuracy is not null) table.AddColumn(truth is null ? "accuracy (these strings)" : "accuracy (held out)");
        for (int level = 1; level < learned.Depth; level++)
        {
            LearnedLevel found = learned.Levels[level - 1];
            string seen = truth is null ? $"{found.Tuples.Count}" : $"{found.Tuples.Count} of {truth.Shape.RuleCount(level - 1)}";
            string[] row = [$"{level}", seen, $"{found.Labels.Distinct().Count()}"];
            table.AddRow(accuracy is null ? row : [.. row, Terminal.Share(accuracy[level - 1])]);
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
