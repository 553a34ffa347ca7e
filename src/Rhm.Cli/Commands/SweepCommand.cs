using System.CommandLine;
using Rhm.Experiments.Sweeps;
using Rhm.Learners;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep: thousands of runs over grids of parameters.</summary>
internal static class SweepCommand
{
    public static Command Create() => new("sweep", """
        Run learners over grids of parameters, on this machine or on a Slurm cluster, and keep every result.

        Examples:
          rhm sweep plan phases.toml
          rhm sweep run phases.toml
          rhm sweep plot phases.toml --x "P/(v*m^3)" --y accuracy_top --group m
          rhm sweep fit phases.toml --group m

        A sweep file, phases.toml (JSON with the same names will do as well):
          grammars = 3                             # the grammars of the seeds 1, 2, 3
          [grid]
          L = 4
          s = 3
          v = 8
          m = [4, 8]
          P = "[0.1, 0.3, 1, 3] * v*m^3"           # expressions stand in quotes
          [[learner]]
          name = "ilc"
          restarts = [1, 50]                       # rhm sweep learners names all parameters
        """)
    {
        SweepPlanCommand.Create(),
        SweepRunCommand.Create(),
        SweepStatusCommand.Create(),
        SweepShowCommand.Create(),
        SweepExportCommand.Create(),
        SweepPlotCommand.Create(),
        SweepFitCommand.Create(),
        SweepCollectCommand.Create(),
        CreateLearners(),
        SweepTaskCommand.Create(),
    };

    private static Command CreateLearners()
    {
        Option<string[]> assemblies = new("--assembly") { Description = "Also the learners of your own .dll.", HelpName = "FILE.dll" };
        var command = new Command("learners", "List the learners and their parameters.") { assemblies };
        command.SetAction(result =>
        {
            var catalog = new LearnerCatalog();
            foreach (string assembly in result.GetValue(assemblies) ?? []) catalog.AddAssembly(assembly);
            Table table = new Table().Border(TableBorder.Simple).AddColumns("learner", "version", "parameter", "default", "values");
            foreach (Learner learner in catalog.All)
            {
                if (learner.Parameters.Count == 0) table.AddRow(learner.Name, $"{learner.Version}");
                foreach (LearnerParameter parameter in learner.Parameters)
                {
                    bool first = parameter == learner.Parameters[0];
                    table.AddRow(first ? learner.Name : "", first ? $"{learner.Version}" : "", parameter.Name, Markup.Escape(LearnerParameter.Format(parameter.Default)),
                        parameter.Type.IsEnum ? string.Join(", ", parameter.Choices) : parameter.Type == typeof(bool) ? "true, false"
                        : parameter.Type == typeof(double) ? "number" + (parameter.Optional ? ", none" : "") : parameter.Type == typeof(string) ? "text" : "integer" + (parameter.Optional ? ", none" : ""));
                }
            }
            Terminal.Write(table);
            return ExitCode.Success;
        });
        return command;
    }
}

/// <summary>A sweep file and its store, or a store alone.</summary>
internal sealed class SweepTarget
{
    private readonly Argument<string> _path;
    private readonly Option<string?> _store = new("--store") { Description = "The store; FILE.sqlite beside the sweep file by default.", HelpName = "FILE" };
    private readonly bool _file;

    /// <param name="file">Whether only a sweep file will do.</param>
    public SweepTarget(bool file)
    {
        _file = file;
        _path = new Argument<string>("file") { Description = file ? "The sweep file (.toml or .json)." : "The sweep file (.toml or .json), or a store, whose results are then taken all together." };
    }

    public void AddTo(Command command)
    {
        command.Add(_path);
        command.Add(_store);
    }

    public (SweepFile? Sweep, string Store) Resolve(ParseResult result)
    {
        string path = result.GetValue(_path)!;
        string? store = result.GetValue(_store);
        if (_file || SweepFile.IsNamedAsOne(path))
            return (SweepFile.Read(path), store ?? Path.ChangeExtension(path, ".sqlite"));
        return store is null ? (null, path) : throw new ArgumentException($"{path} is no sweep file (.toml or .json), so it is the store; --store names another one");
    }

    /// <summary>The rows of a sweep, which must have been run in its present form, or of a store.</summary>
    public T WithTable<T>(ParseResult result, Func<SweepTable, SweepFile?, T> use)
    {
        (SweepFile? sweep, string path) = Resolve(result);
        using ResultStore store = ResultStore.OpenToRead(path);
        if (sweep is not null)
        {
            ResultStore.SweepCounts known = store.Find(sweep.Name) ?? throw new ArgumentException($"{path} has no results of {sweep.Name}: rhm sweep run has not started it yet");
            if (known.Fingerprint != sweep.Fingerprint)
                Console.Error.WriteLine($"rhm: {sweep.FullPath} or a learner's version has changed since the last run: these are the cells of that run");
        }
        return use(SweepTable.Of(store, sweep?.Name), sweep);
    }

    public static Option<string?> Only() => new("--only") { Description = "Only the cells for which a condition holds, such as \"m == 8 and learner == 'ilc'\".", HelpName = "EXPR" };

    public static Expression? Condition(ParseResult result, Option<string?> only) => result.GetValue(only) is string text ? Expression.Parse(text) : null;
}
