using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Experiments;
using Rhm.Learning;
using Rhm.Running;
using Rhm.Sweeps;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm reproduce: measures a published figure anew, or one that the paper lacks.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var command = new Command("reproduce", """
            Measure a published figure anew, or one that the paper lacks: numbers (CSV), picture (SVG, PDF, PNG), table. Interrupted, it
            goes on where it stopped. Each takes parameters of your own.
            """);
        foreach (Experiment experiment in ExperimentTable.All) command.Add(Create(experiment));
        command.Add(ReproduceAllCommand.Create());
        return command;
    }

    private static Command Create(Experiment experiment)
    {
        Option<Scale> scale = Options.Scale();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        (string quick, string paper) = (experiment.DefaultFolder(Scale.Quick), experiment.DefaultFolder(Scale.Paper));
        Option<string?> output = new("--out")
        {
            Description = $"Target folder; {quick}, or {paper} at paper scale, by default, with the parameters in its name where some are "
                + "given. Runs found there are not repeated.",
            HelpName = "FOLDER",
        };
        Dictionary<string, Option> own = ExperimentParameters.Described.Where(described => experiment.Settable.Contains(described.Key))
            .ToDictionary(described => described.Key, described => OptionOf(described.Value));
        var engine = new EngineOptions();
        var command = new Command(experiment.Name, experiment.Description) { scale, seed, threads, output };
        if (experiment.Sweep is not null) engine.AddTo(command);
        foreach (Option option in own.Values) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            ExperimentParameters parameters = ExperimentParameters.Of(Options.Given(result, own));
            var clock = Stopwatch.StartNew();
            var setting = new RunContext(result.GetValue(scale), result.GetValue(seed), result.GetValue(threads), _ => { }, cancellation);
            string path = result.GetValue(output) ?? experiment.DefaultFolder(setting, parameters);
            var folder = new ExperimentFolder(path, experiment.Command(setting, parameters))
            {
                Execution = experiment.Sweep is null ? new SweepExecution() : engine.Chosen(result, setting.Threads),
            };
            folder.RequireOwn();
            if (folder.Execution.Slurm is null)
            {
                ReproduceAllCommand.Estimate expected = ReproduceAllCommand.EstimateOf(experiment, setting, parameters, path);
                WorkEstimate work = new WorkEstimate(experiment.Name, expected.MemoryBytes, "smaller parameters need less").Required();
                Terminal.Announce(experiment.Name, work, expected.SecondsOn(setting.Threads));
            }
            ExperimentReport report = Terminal.WithProgress(experiment.Name,
                progress => experiment.Run(folder, setting with { Progress = progress }, parameters));
            Show(report);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:0} s"));
            foreach (string file in folder.Files) Console.WriteLine(file);
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static Option OptionOf(LearnerParameter parameter) => parameter.Type == typeof(bool)
        ? new Option<bool>(parameter.Option) { Description = parameter.Meaning }
        : Options.Of<object>(parameter);

    internal static void Show(ExperimentReport report)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < report.Table.Columns.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(report.Table.Columns[i]));
            table.AddColumn(report.Table.Rows.Any(row => row[i] is string) ? column : column.RightAligned());
        }
        foreach (IReadOnlyList<object> row in report.Table.Rows) table.AddRow([.. row.Select(value => Markup.Escape(Text(value)))]);
        Terminal.Write(table);
        foreach (string note in report.Notes) Console.WriteLine(note);
    }

    private static string Text(object value) => value switch
    {
        double number => Terminal.Format(Math.Abs(number) >= 100 ? Math.Round(number) : number),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
