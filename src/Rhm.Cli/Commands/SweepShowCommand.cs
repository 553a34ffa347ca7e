using System.CommandLine;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep show: cells as a table.</summary>
internal static class SweepShowCommand
{
    private static readonly string[] s_always = ["P", "accuracy_top", "wall_seconds", "state"];

    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        Option<string?> only = SweepTarget.Only();
        Option<string?> columns = new("--columns") { Description = "Which columns, separated by commas; by default those that differ between cells.", HelpName = "LIST" };
        Option<int> limit = new("--limit") { Description = "Rows shown, at most.", DefaultValueFactory = _ => 50 };
        var command = new Command("show", "Show cells and what came of them.") { only, columns, limit };
        target.AddTo(command);
        command.SetAction(result => target.WithTable(result, (table, _) =>
        {
            if (result.GetValue(limit) < 1) throw new ArgumentException($"--limit {result.GetValue(limit)} must be at least 1");
            Expression? condition = SweepTarget.Condition(result, only);
            SweepTable.Row[] rows = [.. table.Rows(condition).Take(result.GetValue(limit))];
            string[] chosen = result.GetValue(columns) is string list
                ? [.. list.Split(',', StringSplitOptions.TrimEntries).Select(name => table.ColumnOf(name).Name)]
                : [.. table.Columns.Select(column => column.Name).Where(name => s_always.Contains(name)
                    || (name is not ("code" or "finished" or "key" or "cpu_seconds" or "host" or "allocated_bytes" or "process_peak_bytes") && rows.Select(row => SweepTable.Format(row, name)).Distinct().Skip(1).Any())
                    || (name == "error" && rows.Any(row => row.Values.ContainsKey("error"))))];
            var view = new Table().Border(TableBorder.Simple);
            foreach (string name in chosen) view.AddColumn(name);
            foreach (SweepTable.Row row in rows)
            {
                view.AddRow([.. chosen.Select(name => Markup.Escape(row.Values.TryGetValue(name, out object? value) && value is double number
                    ? Terminal.Format(number) : SweepTable.Format(row, name)))]);
            }
            Terminal.Write(view);
            if (rows.Length == result.GetValue(limit)) Console.WriteLine($"the first {rows.Length}; --limit shows more, --only chooses, rhm sweep export writes all");
            return ExitCode.Success;
        }));
        return command;
    }
}
