using System.CommandLine;
using Rhm.Experiments.Sweeps;
using Rhm.Learners;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep status: what is in a store.</summary>
internal static class SweepStatusCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        var command = new Command("status", "Say how far a sweep is, and what its store holds.");
        target.AddTo(command);
        command.SetAction(result =>
        {
            (SweepFile? sweep, string path) = target.Resolve(result);
            using ResultStore store = ResultStore.OpenToRead(path);
            if (sweep is not null && store.Find(sweep.Name)?.Fingerprint != sweep.Fingerprint)
            {
                SweepPlan plan = SweepPlan.Of(sweep, store, null, retryFailed: false, double.PositiveInfinity);
                Console.WriteLine($"{sweep.Name} was not run yet in this form (the file or a learner's version has changed): {plan.All.Count} cells, {plan.Done} done, {plan.Failed} failed, {plan.ToRun.Count} to run");
            }
            Table sweeps = new Table().Border(TableBorder.Simple).AddColumn("sweep");
            foreach (string name in (string[])["cells", "done", "failed", "to run", "begun, not ended", "refused (memory)"]) sweeps.AddColumn(new TableColumn(name).RightAligned());
            foreach (ResultStore.SweepCounts counts in store.Sweeps())
                sweeps.AddRow(Markup.Escape(counts.Name), $"{counts.Cells}", $"{counts.Done}", $"{counts.Failed}", $"{counts.Cells - counts.Done - counts.Failed}", $"{counts.Begun}", $"{counts.Refused}");
            Terminal.Write(sweeps);
            LearnerCatalog catalog = sweep?.Catalog ?? new LearnerCatalog();
            Table tally = new Table().Border(TableBorder.Simple).AddColumns("in the store", "version", "model");
            foreach (string name in (string[])["done", "failed", "to run", "hours of work"]) tally.AddColumn(new TableColumn(name).RightAligned());
            tally.AddColumn("");
            foreach (var version in store.Tally().GroupBy(row => (row.Learner, row.LearnerVersion, row.ModelVersion)))
            {
                long Cells(CellState state) => version.Where(row => row.State == state).Sum(row => row.Cells);
                Learner? now = catalog.All.FirstOrDefault(learner => learner.Name == version.Key.Learner);
                string remark = now is null ? "no such learner here"
                    : now.Version != version.Key.LearnerVersion || LearningProblem.ModelVersion != version.Key.ModelVersion ? $"another version than the present {now.Version}, model {LearningProblem.ModelVersion}: kept apart" : "";
                tally.AddRow(version.Key.Learner, $"{version.Key.LearnerVersion}", $"{version.Key.ModelVersion}", $"{Cells(CellState.Done)}", $"{Cells(CellState.Failed)}", $"{Cells(CellState.Pending)}",
                    Terminal.Format(Math.Round(version.Sum(row => row.WallSeconds) / 3600, 3)), remark);
            }
            Terminal.Write(tally);
            return ExitCode.Success;
        });
        return command;
    }
}

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

/// <summary>rhm sweep export: cells as a file.</summary>
internal static class SweepExportCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        Option<string?> only = SweepTarget.Only();
        Option<string?> columns = new("--columns") { Description = "Which columns, separated by commas; all by default.", HelpName = "LIST" };
        Option<string> output = new("--out") { Description = "The file: .csv, or .parquet for pandas, polars and DuckDB.", HelpName = "FILE", Required = true };
        var command = new Command("export", "Write cells and results to a CSV or Parquet file.") { only, columns, output };
        target.AddTo(command);
        command.SetAction(result => target.WithTable(result, (table, _) =>
        {
            string path = result.GetValue(output)!;
            long rows = table.Export(path, result.GetValue(columns)?.Split(',', StringSplitOptions.TrimEntries), SweepTarget.Condition(result, only));
            Console.WriteLine($"{path}: {rows} rows");
            return ExitCode.Success;
        }));
        return command;
    }
}
