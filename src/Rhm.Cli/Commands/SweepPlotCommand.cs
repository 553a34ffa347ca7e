using System.CommandLine;
using Rhm.Experiments.Plotting;
using Rhm.Sweeps.Expressions;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep plot: any column against any other.</summary>
internal static class SweepPlotCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        Option<string?> only = SweepTarget.Only();
        Option<string> x = new("--x") { Description = "Horizontal axis: a column or an expression over columns.", DefaultValueFactory = _ => "P", HelpName = "EXPR" };
        Option<string> y = new("--y") { Description = "Vertical axis.", DefaultValueFactory = _ => "accuracy_top", HelpName = "EXPR" };
        Option<string?> group = Group();
        Option<bool> linear = new("--linear-x") { Description = "Linear horizontal axis." };
        Option<bool> logarithmic = new("--log-y") { Description = "Logarithmic vertical axis." };
        Option<string?> output = new("--out") { Description = "Folder and name of the figure; results/NAME/plot by default.", HelpName = "NAME" };
        var command = new Command("plot", """
            Draw one curve for each group, averaged over grammars and seeds with a 95% interval: SVG, PDF, PNG, and the numbers as CSV.

            Example:
              rhm sweep plot phases.toml --x "P/(v*m^3)" --y accuracy_top --group m
            """) { only, x, y, group, linear, logarithmic, output };
        target.AddTo(command);
        command.SetAction(result => target.WithTable(result, (table, sweep) =>
        {
            (string horizontal, string vertical) = (result.GetValue(x)!, result.GetValue(y)!);
            IReadOnlyList<Expression> groups = Groups(result, group);
            (IReadOnlyList<SweepCurves.Curve> curves, IReadOnlyList<string> mixed) = SweepCurves.Of(table, Expression.Parse(horizontal), Expression.Parse(vertical), groups, SweepTarget.Condition(result, only));
            if (mixed.Count > 0) Console.Error.WriteLine($"rhm: curves put together cells of different {string.Join(", ", mixed)}; --group or --only keeps them apart");
            string name = result.GetValue(output) ?? Path.Combine("results", sweep?.Name ?? "sweep", "plot");
            bool ordered = groups.Count == 1 && curves.All(curve => curve.Group[0] is Value.Number);
            IReadOnlyList<string> files = SweepCurves.Draw(curves, Path.GetDirectoryName(name) is { Length: > 0 } folder ? folder : ".", Path.GetFileName(name), horizontal, vertical,
                !result.GetValue(linear), result.GetValue(logarithmic), ordered);
            Console.WriteLine($"{curves.Count} curves, {curves.Sum(curve => curve.Points.Count)} points");
            foreach (string file in files) Console.WriteLine(file);
            return ExitCode.Success;
        }));
        return command;
    }

    public static Option<string?> Group() => new("--group") { Description = "One curve for each value of these columns or expressions, separated by commas.", HelpName = "LIST" };

    public static IReadOnlyList<Expression> Groups(ParseResult result, Option<string?> group) =>
        [.. (result.GetValue(group) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Expression.Parse)];
}
