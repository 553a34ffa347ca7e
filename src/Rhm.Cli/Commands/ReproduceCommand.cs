using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Experiments;
using Rhm.Running;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm reproduce: measures a published figure anew, or one that the paper lacks.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var command = new Command("reproduce", """
            Measure a published figure anew, or one that the paper lacks: numbers (CSV), picture (SVG, PDF, PNG), table. Interrupted, it goes on
            where it stopped. Each takes parameters of your own.
            """);
        foreach (Experiment experiment in ExperimentTable.All) command.Add(Create(experiment));
        return command;
    }

    private static Command Create(Experiment experiment)
    {
        Option<Scale> scale = Options.Scale();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<string?> output = new("--out")
        {
            Description = $"Target folder; {experiment.DefaultFolder(Scale.Quick)}, or {experiment.DefaultFolder(Scale.Paper)} at paper scale, by default. Runs found there are not repeated.",
            HelpName = "FOLDER",
        };
        Option<int[]?> depths = Options.Numbers("--depths", "Depths L, separated by commas.");
        Option<int?> branching = new("--branching") { Description = "Branching factor s.", HelpName = "s" };
        Option<int?> vocabulary = new("--vocabulary") { Description = "Vocabulary v.", HelpName = "v" };
        Option<int[]?> multiplicities = Options.Numbers("--multiplicities", "Multiplicities m, separated by commas.");
        Option<int?> grammars = new("--grammars") { Description = "Random grammars for each point.", HelpName = "N" };
        Option<double?> margin = new("--margin") { Description = "Similarity margin S_m of the network, in (0, 1) (0.8 in the paper); found in each batch by default.", HelpName = "S" };
        Option<double?> cap = new("--weight-cap") { Description = "Most that the similarity of a pair counts beyond the margin, in (0, 1]; 0.2 by default, 1 for no bound.", HelpName = "C" };
        Option<double?> epochs = new("--epochs") { Description = "Passes of a network over its strings (30 in the paper), instead of steps that do not grow with them.", HelpName = "N" };
        Option<double?> most = new("--most") { Description = "Largest number of strings, in units of v m^3: larger ones of the grid are left out.", HelpName = "X" };
        Option<double?> budget = new("--budget") { Description = "Strings that an encoder reads, in units of v m^3, raised to the next power of two.", HelpName = "X" };
        Option<bool> offline = new("--offline") { Description = "Encoders read P strings again and again, at several P, instead of fresh ones; P* is in these." };
        Option<int?> span = new("--mask-span") { Description = "Neighbouring tokens that are masked together, where tokens are masked; s for whole tuples, 1 by default.", HelpName = "N" };
        var objectives = new Option<string?>("--objectives") { Description = $"Objectives, separated by commas, of {string.Join(", ", Objectives.Names)}; all by default.", HelpName = "NAME,NAME,.." };
        var command = new Command(experiment.Name, experiment.Description) { scale, seed, threads, output };
        foreach ((string name, Option option) in ((string, Option)[])[(nameof(ExperimentParameters.Depths), depths), (nameof(ExperimentParameters.Branching), branching),
            (nameof(ExperimentParameters.Vocabulary), vocabulary), (nameof(ExperimentParameters.Multiplicities), multiplicities), (nameof(ExperimentParameters.Grammars), grammars),
            (nameof(ExperimentParameters.Margin), margin), (nameof(ExperimentParameters.WeightCap), cap), (nameof(ExperimentParameters.Epochs), epochs),
            (nameof(ExperimentParameters.Most), most), (nameof(ExperimentParameters.Budget), budget),
            (nameof(ExperimentParameters.Offline), offline), (nameof(ExperimentParameters.MaskSpan), span), (nameof(ExperimentParameters.Objectives), objectives)])
        {
            if (experiment.Settable.Contains(name)) command.Add(option);
        }
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            T? Value<T>(Option<T> option) => result.GetResult(option) is null ? default : result.GetValue(option);
            Scale chosen = result.GetValue(scale);
            if (Value(grammars) is < 1) throw new ArgumentException($"number of grammars {Value(grammars)} must be at least 1");
            string[]? names = Value(objectives)?.Split(',');
            if (names is not null && names.Distinct().Count() < names.Length) throw new ArgumentException($"--objectives: a name stands twice in {Value(objectives)}");
            var parameters = new ExperimentParameters
            {
                Depths = Value(depths),
                Branching = Value(branching),
                Vocabulary = Value(vocabulary),
                Multiplicities = Value(multiplicities),
                Grammars = Value(grammars),
                Margin = Value(margin),
                WeightCap = Value(cap),
                Epochs = Value(epochs),
                Most = Value(most),
                Budget = Value(budget),
                Offline = result.GetValue(offline),
                MaskSpan = Value(span),
                Objectives = names,
            };
            var clock = Stopwatch.StartNew();
            var setting = new RunContext(chosen, result.GetValue(seed), result.GetValue(threads), _ => { }, cancellation);
            var folder = new ExperimentFolder(result.GetValue(output) ?? experiment.DefaultFolder(chosen), experiment.Command(setting, parameters));
            ExperimentReport report = Terminal.WithProgress(experiment.Name, progress =>
                experiment.Run(folder, new RunContext(chosen, setting.Seed, setting.Threads, progress, cancellation), parameters));
            Show(report);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:0} s"));
            foreach (string file in folder.Files) Console.WriteLine(file);
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

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
