using System.CommandLine;
using System.Globalization;
using Rhm.Experiments.Plotting;
using Rhm.Statistics;
using Rhm.Sweeps.Expressions;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep fit: P* and exponents.</summary>
internal static class SweepFitCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        Option<string?> only = SweepTarget.Only();
        Option<string> x = new("--x") { Description = "What P* is read in: a column or an expression.", DefaultValueFactory = _ => "P", HelpName = "EXPR" };
        Option<string> y = new("--y") { Description = "What crosses the level.", DefaultValueFactory = _ => "accuracy_top", HelpName = "EXPR" };
        Option<string?> group = SweepPlotCommand.Group();
        Option<double?> level = new("--level") { Description = "The level; by default half of the way from chance to 1, (1 + 1/v)/2." };
        var command = new Command("fit", """
            P* of each group: where the curve of each grammar and seed crosses a level; and the exponent of P* as a power of the first
            of the groups' columns. Both with 95% intervals.

            Example:
              rhm sweep fit phases.toml --group m,learner
            """) { only, x, y, group, level };
        target.AddTo(command);
        command.SetAction(result => target.WithTable(result, (table, _) =>
        {
            IReadOnlyList<Expression> groups = SweepPlotCommand.Groups(result, group);
            IReadOnlyList<SweepCurves.Threshold> thresholds = SweepCurves.Thresholds(table, Expression.Parse(result.GetValue(x)!), Expression.Parse(result.GetValue(y)!), groups,
                result.GetValue(level), SweepTarget.Condition(result, only));
            Table view = new Table().Border(TableBorder.Simple).AddColumn("group");
            foreach (string name in (string[])[$"{result.GetValue(x)}*", "95% interval", "curves", "not reached", "passed at the first point"]) view.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
            foreach (SweepCurves.Threshold threshold in thresholds)
            {
                SampleComplexity found = threshold.Complexity;
                int beyond = found.Crossings.Count(crossing => crossing.Side == CrossingSide.Beyond), below = found.Crossings.Count(crossing => crossing.Side == CrossingSide.Below);
                view.AddRow(Markup.Escape(threshold.Label.Length > 0 ? threshold.Label : "all"), Markup.Escape((below > 0 ? "< " : beyond > 0 ? "> " : "") + Terminal.Format(found.Value)),
                    Markup.Escape(Format(found.Interval)), $"{found.Crossings.Count}", $"{beyond}", $"{below}");
            }
            Terminal.Write(view);
            foreach ((string label, ScalingLaw? law) in SweepCurves.Exponents(thresholds))
            {
                string name = $"{result.GetValue(x)}* = a {groups[0].Text}^b{(label.Length > 0 ? $" ({label})" : "")}";
                Console.WriteLine(law is null
                    ? $"{name}: an exponent needs two values of {groups[0].Text} at which at least two grammars or seeds cross the level, all of them within the range of the grid"
                    : string.Create(CultureInfo.InvariantCulture, $"{name}: b = {law.Exponent:0.000}, 95% {Format(law.Interval)}, a = {law.Prefactor:G4}"));
            }
            return ExitCode.Success;
        }));
        return command;
    }

    private static string Format(Interval interval) => $"[{Terminal.Format(interval.Low)}, {Terminal.Format(interval.High)}]";
}
