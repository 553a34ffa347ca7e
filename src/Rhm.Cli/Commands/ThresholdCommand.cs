using System.Buffers;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Commands;
using Rhm.Experiments;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Running;
using Rhm.Sweeps;

namespace Rhm.Cli.Commands;

/// <summary>rhm threshold: P* of any learner, this project's or a command.</summary>
internal static class ThresholdCommand
{
    private static readonly Option<string> s_learner = new("--learner")
    {
        Description = "A learner that rhm sweep learners lists, or a command such as \"python3 mine.py\" (docs/command-learner.md).",
        HelpName = "NAME|COMMAND",
        Required = true,
    };

    private static readonly Option<string[]> s_parameters = new("--set")
    {
        Description = "A parameter of the learner; may stand several times.",
        HelpName = "NAME=VALUE",
    };

    private static readonly SearchValues<char> s_ofShell = SearchValues.Create("$`~*?'\"\\(){}|&;<>=");

    private static readonly string[] s_scripts = [".py", ".R", ".jl", ".sh", ".js", ".rb", ".pl", ".m", ".lua", ".fsx", ".dll"];

    private static readonly Option<int?> s_version = new("--learner-version")
    {
        Description = "Version of a command's results; by default a hash of the command and of the files that it names.",
        HelpName = "N",
    };

    private static readonly Option<double?> s_timeout = new("--timeout")
    {
        Description = "Most seconds of one run of a command; a day by default.",
        HelpName = "S",
    };
    private static readonly Option<string?> s_log = new("--log")
    {
        Description = "Receives the command's standard error; standard error by default. On a cluster: threshold.NAME.log in the folder.",
        HelpName = "FILE",
    };
    private static readonly EngineOptions s_engine = new(alwaysRetries: true);
    private static readonly Option<int[]?> s_depths = List(ProblemParameters.Depth);
    private static readonly Option<int[]?> s_branchings = List(ProblemParameters.Branching);
    private static readonly Option<int[]?> s_vocabularies = List(ProblemParameters.Vocabulary);
    private static readonly Option<int[]?> s_multiplicities = List(ProblemParameters.Multiplicity);
    private static readonly Option<int> s_grammars = new("--grammars")
    {
        Description = "Random grammars for each setting.",
        DefaultValueFactory = _ => 8,
    };
    private static readonly Option<long> s_heldOut = new("--held-out")
    {
        Description = "Strings on which accuracy is measured.",
        DefaultValueFactory = _ => 1000,
    };
    private static readonly Option<double> s_accuracy = new("--accuracy")
    {
        Description = "Accuracy at which P* is read; half of the way from chance to 1 by default.",
    };
    private static readonly Option<int> s_level = new("--level")
    {
        Description = "Hidden level whose latents count, 1..L-1; the top one by default.",
    };
    private static readonly Option<double> s_start = new("--start")
    {
        Description = "Strings from which the search starts; v m^3 by default.",
    };
    private static readonly Option<long> s_most = new("--most")
    {
        Description = "Most strings that are tried.",
        DefaultValueFactory = _ => 1L << 26,
    };
    private static readonly Option<ulong> s_seed = Options.Seed();
    private static readonly Option<int> s_threads = Options.Threads();
    private static readonly Option<string?> s_output = new("--out")
    {
        Description = "Target folder; out/threshold-LEARNER by default. Grammars whose P* is found there are not repeated.",
        HelpName = "FOLDER",
    };

    public static Command Create()
    {
        var command = new Command("threshold", """
            Measure P* of any learner, the strings that it needs, with intervals over random grammars: table, CSV, figure, and how
            P* grows beside what theory predicts. The number of strings is searched, not gridded. Interrupted, it goes on with the grammars
            that are left; rhm sweep runs threshold.toml of the folder too. Exit code 1: the learner failed.

            Examples:
              rhm threshold --learner ilc -L 3 -s 3 -v 8 -m 4,6,8
              rhm threshold --learner "python3 mine.py" --set width=256 -L 2,3 -s 2 -v 16 -m 3,4
            """);
        Option[] all =
        [
            s_learner, s_parameters, s_version, s_timeout, s_log, s_depths, s_branchings, s_vocabularies, s_multiplicities, s_grammars,
            s_heldOut, s_accuracy, s_level, s_start, s_most, s_seed, s_threads, s_output,
        ];
        foreach (Option option in all) command.Add(option);
        s_engine.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() => Measure(result, cancellation), cancellation));
        return command;
    }

    private static Option<int[]?> List(LearnerParameter parameter)
    {
        Option<int[]?> option = Options.Of<int[]?>(parameter with { Several = true });
        option.Required = true;
        return option;
    }

    private static int Measure(ParseResult result, CancellationToken cancellation)
    {
        string given = result.GetValue(s_learner)!;
        using TextWriter? file = result.GetValue(s_log) is string path ? OpenLog(path) : null;
        TextWriter log = TextWriter.Synchronized(file ?? Console.Error);
        bool isCommand = given.AsSpan().IndexOfAny(" /\\") >= 0;
        if (!isCommand && CommandOnly(result) is Option stray)
            throw new ArgumentException($"{stray.Name} needs a learner that is a command");
        if (isCommand && MissingScript(given) is string missing)
            throw new ArgumentException($"--learner \"{given}\": there is no file {missing}");
        if (result.GetValue(s_timeout) is { } seconds && !(seconds > 0 && seconds <= 1e7))
            throw new ArgumentException($"--timeout {seconds} is outside (0, 10^7] seconds");
        SweepExecution how = s_engine.Chosen(result, result.GetValue(s_threads));
        string learner = isCommand ? CommandName(given) : given;
        IEnumerable<GrammarShape> shapes =
            from l in result.GetValue(s_depths)!
            from s in result.GetValue(s_branchings)!
            from v in result.GetValue(s_vocabularies)!
            from m in result.GetValue(s_multiplicities)!
            select new GrammarShape(l, s, v, m);
        var thresholds = new LearnerThresholds(learner, isCommand ? CommandValues(result) : Values(result, learner), [.. shapes])
        {
            Command = isCommand ? given : null,
            Version = result.GetValue(s_version),
            Timeout = result.GetValue(s_timeout),
            Log = how.Slurm is null ? log.WriteLine : null,
            Grammars = result.GetValue(s_grammars),
            HeldOut = result.GetValue(s_heldOut),
            Accuracy = result.GetValue(s_accuracy),
            Level = result.GetValue(s_level),
            Start = result.GetValue(s_start),
            Most = result.GetValue(s_most),
        };
        var clock = Stopwatch.StartNew();
        string target = result.GetValue(s_output) ?? Path.Combine("out", $"threshold-{learner}");
        string words = string.Join(' ', result.Tokens.Skip(1).Select(token => Quoted(token.Value)));
        var folder = new ExperimentFolder(target, $"rhm threshold {words}") { Execution = how };
        var setting = new RunContext(Scale.Paper, result.GetValue(s_seed), how.Threads, _ => { }, cancellation);
        try
        {
            ReproduceCommand.Show(Terminal.WithProgress($"P* of {learner}",
                progress => thresholds.Run(folder, setting with { Progress = progress })));
            TellOfFewGrammars(thresholds.Grammars);
        }
        catch (InvalidOperationException failure)
        {
            Console.Error.WriteLine($"rhm: {Terminal.Plain(failure.Message)}");
            return ExitCode.CellsFailed;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:0} s"));
        foreach (string written in folder.Files) Console.WriteLine(written);
        return ExitCode.Success;
    }

    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;

    private static Option? CommandOnly(ParseResult result) =>
        ((Option[])[s_version, s_timeout, s_log]).FirstOrDefault(option => result.GetResult(option) is { Implicit: false });

    private static StreamWriter OpenLog(string path)
    {
        try
        {
            return new StreamWriter(path, append: true) { AutoFlush = true };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot write {path}: {error.Message}", error);
        }
    }

    /// <summary>The name of a command, other than those of this project's learners.</summary>
    private static string CommandName(string command)
    {
        string name = CommandParameters.NameOf(command);
        return new LearnerCatalog().All.Any(learner => learner.Name == name) ? $"{name}-command" : name;
    }

    private static Dictionary<string, object> CommandValues(ParseResult result) =>
        Assignments(result).ToDictionary(set => set.Name, set => CommandParameters.ValueOf(set.Value));

    /// <summary>
    /// The program, where it is given by its path, or the script behind it, where there is no such file: else each process would say so.
    /// </summary>
    private static string? MissingScript(string command)
    {
        string[] words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)];
        // What the shell makes of a word is not known here.
        bool IsMissing(string word) => !word.AsSpan().ContainsAny(s_ofShell) && !File.Exists(word);
        if (words is [var program, ..] && program.Contains('/', StringComparison.Ordinal) && IsMissing(program)) return program;
        return words is [_, var script] && s_scripts.Contains(Path.GetExtension(script)) && IsMissing(script) ? script : null;
    }

    /// <summary>Says why intervals over few grammars are wide.</summary>
    private static void TellOfFewGrammars(int grammars)
    {
        if (grammars is < 2 or > 3) return;
        string degrees = grammars == 2 ? "1 degree" : "2 degrees", quantile = grammars == 2 ? "12.7" : "4.3";
        Console.WriteLine($"with {grammars} grammars an interval rests on Student's t with {degrees} of freedom, {quantile} standard "
            + "errors to either side; more --grammars make it narrower");
    }

    private static Dictionary<string, object> Values(ParseResult result, string name)
    {
        Learner learner = new LearnerCatalog().Find(name);
        string known = string.Join(", ", learner.Parameters.Select(one => one.Name));
        return Assignments(result).Select(set => (set.Value, Parameter: learner.Parameters.FirstOrDefault(one => one.IsNamed(set.Name))
                ?? throw new ArgumentException($"learner {name} has no parameter \"{set.Name}\"; it has: {known}")))
            .ToDictionary(set => set.Parameter.Name, set => set.Parameter.Parse(set.Value, $"--set {set.Parameter.Name}"));
    }

    private static List<(string Name, string Value)> Assignments(ParseResult result)
    {
        var found = new List<(string Name, string Value)>();
        foreach (string text in result.GetValue(s_parameters) ?? [])
        {
            int at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 1) throw new ArgumentException($"--set {text} is not NAME=VALUE");
            if (text.AsSpan().IndexOfAny(",\n\r") >= 0)
                throw new ArgumentException($"--set {text}: commas and line ends cannot stand in the table of runs");
            if (found.Any(set => set.Name == text[..at])) throw new ArgumentException($"--set {text[..at]} stands there twice");
            found.Add((text[..at], text[(at + 1)..]));
        }
        return found;
    }
}
