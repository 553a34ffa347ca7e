using System.CommandLine;
using Rhm.Experiments.Plotting;
using Rhm.Files;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep plot: any column against any other.</summary>
internal sealed class SweepPlotCommand
{
    private readonly SweepTarget _target = new(file: false);
    private readonly Option<string?> _only = SweepTarget.Only();
    private readonly Option<string> _x = Axis("--x", "Horizontal axis: a column or an expression over columns.", "P");
    private readonly Option<string> _y = Axis("--y", "Vertical axis.", "accuracy_top");
    private readonly Option<string?> _group = Group();
    private readonly Option<bool> _linear = new("--linear-x") { Description = "Linear horizontal axis." };
    private readonly Option<bool> _logarithmic = new("--log-y") { Description = "Logarithmic vertical axis." };
    private readonly Option<string?> _output = new("--out")
    {
        Description = "Folder and name of the figure; results/NAME/plot by default.",
        HelpName = "NAME",
    };

    public static Command Create()
    {
        var plot = new SweepPlotCommand();
        var command = new Command("plot", """
            Draw one curve for each group, averaged over grammars and seeds with a 95% interval: SVG, PDF, PNG, and the numbers as CSV.

            Example:
              rhm sweep plot phases.toml --x "P/(v*m^3)" --y accuracy_top --group m
            """) { plot._only, plot._x, plot._y, plot._group, plot._linear, plot._logarithmic, plot._output };
        plot._target.AddTo(command);
        command.SetAction(result => plot._target.WithTable(result, (table, sweep) => plot.Draw(result, table, sweep)));
        return command;
    }

    public static Option<string> Axis(string name, string description, string fallback) =>
        new(name) { Description = description, DefaultValueFactory = _ => fallback, HelpName = "EXPR" };

    public static Option<string?> Group() => new("--group")
    {
        Description = "One curve for each value of these columns or expressions, separated by commas.",
        HelpName = "LIST",
    };

    public static IReadOnlyList<Expression> Groups(ParseResult result, Option<string?> group) =>
        ExpressionList.Parse(result.GetValue(group) ?? "");

    private int Draw(ParseResult result, SweepTable table, SweepFile? sweep)
    {
        (string x, string y) = (result.GetValue(_x)!, result.GetValue(_y)!);
        string name = result.GetValue(_output) ?? Path.Combine("results", sweep?.Name ?? "sweep", "plot");
        OutputFile.RequireSeparate(((string[])[".svg", ".pdf", ".png", ".csv"]).Select(ending => name + ending), _target.Files(result));
        IReadOnlyList<Expression> groups = Groups(result, _group);
        Expression? condition = SweepTarget.Condition(result, _only);
        (IReadOnlyList<SweepCurves.Curve> curves, IReadOnlyList<string> mixed) =
            SweepCurves.Of(table, Expression.Parse(x), Expression.Parse(y), groups, condition);
        if (mixed.Count > 0)
        {
            Console.Error.WriteLine(
                $"rhm: curves put together cells of different {string.Join(", ", mixed)}; --group or --only keeps them apart");
        }
        bool ordered = groups.Count == 1 && curves.All(curve => curve.Group[0] is Value.Number);
        string folder = Path.GetDirectoryName(name) is { Length: > 0 } given ? given : ".";
        IReadOnlyList<string> files = SweepCurves.Draw(curves, folder, Path.GetFileName(name), x, y,
            !result.GetValue(_linear), result.GetValue(_logarithmic), ordered);
        Console.WriteLine($"{curves.Count} curves, {curves.Sum(curve => curve.Points.Count)} points");
        foreach (string file in files) Console.WriteLine(file);
        return ExitCode.Success;
    }
}
