using System.CommandLine;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep show: cells as a table.</summary>
internal static class SweepShowCommand
{
    private static readonly string[] s_always = ["P", "accuracy_top", "wall_seconds", "state"];

    /// <summary>Shown only where they are asked for: they differ between nearly all cells and say little.</summary>
    private static readonly string[] s_seldom = ["code", "finished", "key", "cpu_seconds", "host", "allocated_bytes", "process_peak_bytes"];

    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        Option<string?> only = SweepTarget.Only();
        Option<string?> columns = Columns("those that differ between cells");
        Option<int> limit = Options.Number("--limit", "Rows shown, at most.", 50, 1);
        var command = new Command("show", "Show cells and what came of them.") { only, columns, limit };
        target.AddTo(command);
        command.SetAction(result => target.WithTable(result, (table, _) =>
        {
            Expression? condition = SweepTarget.Condition(result, only);
            SweepTable.Row[] rows = [.. table.Rows(condition).Take(result.GetValue(limit))];
            string[] chosen = Names(result, columns) is { } names
                ? [.. names.Select(name => table.ColumnOf(name).Name)]
                : [.. table.Columns.Select(column => column.Name).Where(name => IsTelling(name, rows))];
            Show(rows, chosen);
            if (rows.Length == result.GetValue(limit))
                Console.WriteLine($"the first {rows.Length}; --limit shows more, --only chooses, rhm sweep export writes all");
            return ExitCode.Success;
        }));
        return command;
    }

    public static Option<string?> Columns(string fallback) => new("--columns")
    {
        Description = $"Which columns, separated by commas; by default {fallback}.",
        HelpName = "LIST",
    };

    public static string[]? Names(ParseResult result, Option<string?> columns) =>
        result.GetValue(columns)?.Split(',', StringSplitOptions.TrimEntries);

    private static bool IsTelling(string name, SweepTable.Row[] rows)
    {
        if (s_always.Contains(name)) return true;
        if (name == "error" && rows.Any(row => row.Values.ContainsKey("error"))) return true;
        return !s_seldom.Contains(name) && rows.Select(row => SweepTable.Format(row, name)).Distinct().Skip(1).Any();
    }

    private static void Show(SweepTable.Row[] rows, string[] columns)
    {
        var view = new Table().Border(TableBorder.Simple);
        foreach (string name in columns) view.AddColumn(name);
        foreach (SweepTable.Row row in rows)
        {
            string Text(string name) =>
                row.Values.GetValueOrDefault(name) is double number ? Terminal.Format(number) : SweepTable.Format(row, name);
            view.AddRow([.. columns.Select(name => Terminal.Cell(Text(name)))]);
        }
        Terminal.Write(view);
    }
}
