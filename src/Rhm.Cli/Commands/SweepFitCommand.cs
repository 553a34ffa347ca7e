using System.CommandLine;
using System.Globalization;
using Rhm.Experiments.Plotting;
using Rhm.Statistics;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep fit: P* and exponents.</summary>
internal sealed class SweepFitCommand
{
    private readonly SweepTarget _target = new(file: false);
    private readonly Option<string?> _only = SweepTarget.Only();
    private readonly Option<string> _x = SweepPlotCommand.Axis("--x", "What P* is read in: a column or an expression.", "P");
    private readonly Option<string> _y = SweepPlotCommand.Axis("--y", "What crosses the level.", "accuracy_top");
    private readonly Option<string?> _group = SweepPlotCommand.Group();
    private readonly Option<double?> _level = new("--level")
    {
        Description = "The level; by default half of the way from chance to 1, (1 + 1/v)/2.",
    };

    public static Command Create()
    {
        var fit = new SweepFitCommand();
        var command = new Command("fit", """
            P* of each group: where the curve of each grammar and seed crosses a level; and the exponent of P* as a power of the first
            of the groups' columns. Both with 95% intervals.

            Example:
              rhm sweep fit phases.toml --group m,learner
            """) { fit._only, fit._x, fit._y, fit._group, fit._level };
        fit._target.AddTo(command);
        command.SetAction(result => fit._target.WithTable(result, (table, _) => fit.Run(result, table)));
        return command;
    }

    private int Run(ParseResult result, SweepTable table)
    {
        string x = result.GetValue(_x)!;
        IReadOnlyList<Expression> groups = SweepPlotCommand.Groups(result, _group);
        (Expression across, Expression up) = (Expression.Parse(x), Expression.Parse(result.GetValue(_y)!));
        Expression? condition = SweepTarget.Condition(result, _only);
        IReadOnlyList<SweepCurves.Threshold> thresholds =
            SweepCurves.Thresholds(table, across, up, groups, result.GetValue(_level), condition);
        Show(thresholds, x);
        foreach ((string label, ScalingLaw? law) in SweepCurves.Exponents(thresholds))
        {
            string first = groups[0].Text, name = $"{x}* = a {first}^b{(label.Length > 0 ? $" ({label})" : "")}";
            Console.WriteLine(law is null
                ? $"{name}: an exponent needs two values of {first} at which at least two grammars or seeds cross the level, "
                    + "all of them within the range of the grid"
                : string.Create(CultureInfo.InvariantCulture,
                    $"{name}: b = {law.Exponent:0.000}, 95% {Format(law.Interval)}, a = {law.Prefactor:G4}"));
        }
        return ExitCode.Success;
    }

    private static void Show(IReadOnlyList<SweepCurves.Threshold> thresholds, string x)
    {
        Table view = new Table().Border(TableBorder.Simple).AddColumn("group");
        foreach (string name in (string[])[$"{x}*", "95% interval", "curves", "not reached", "passed at the first point"])
            view.AddColumn(new TableColumn(Terminal.Cell(name)).RightAligned());
        foreach (SweepCurves.Threshold threshold in thresholds)
        {
            SampleComplexity found = threshold.Complexity;
            int beyond = found.Crossings.Count(crossing => crossing.Side == CrossingSide.Beyond);
            int below = found.Crossings.Count(crossing => crossing.Side == CrossingSide.Below);
            string bound = below > 0 ? "< " : beyond > 0 ? "> " : "";
            string group = threshold.Label.Length > 0 ? threshold.Label : "all";
            string[] estimate = [bound + Terminal.Format(found.Value), Format(found.Interval)];
            string[] row = [group, .. estimate, $"{found.Crossings.Count}", $"{beyond}", $"{below}"];
            view.AddRow([.. row.Select(Terminal.Cell)]);
        }
        Terminal.Write(view);
    }

    private static string Format(Interval interval) => interval.Text(Terminal.Format);
}
