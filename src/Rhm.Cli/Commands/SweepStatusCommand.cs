using System.CommandLine;
using Rhm.Learning;
using Rhm.Sweeps;
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
                var plan = SweepPlan.Of(sweep, store, null, retryFailed: false, double.PositiveInfinity);
                Console.WriteLine($"{sweep.Name} was not run yet in this form (the file or a learner's version has changed): "
                    + $"{plan.All.Count} cells, {plan.Done} done, {plan.Failed} failed, {plan.ToRun.Count} to run");
            }
            ShowSweeps(store);
            ShowTally(store, sweep?.Catalog ?? new CellCatalog(CellKinds.All));
            SweepTarget.TellUnreadable(store);
            return ExitCode.Success;
        });
        return command;
    }

    private static void ShowSweeps(ResultStore store)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("sweep");
        AddNumbers(table, "cells", "done", "failed", "to run", "begun, not ended", "refused (memory)");
        foreach (ResultStore.SweepCounts counts in store.Sweeps())
        {
            long left = counts.Cells - counts.Done - counts.Failed;
            table.AddRow(Terminal.Cell(counts.Name), $"{counts.Cells}", $"{counts.Done}", $"{counts.Failed}", $"{left}", $"{counts.Begun}",
                $"{counts.Refused}");
        }
        Terminal.Write(table);
    }

    private static void ShowTally(ResultStore store, CellCatalog catalog)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("in the store", "version", "model");
        AddNumbers(table, "done", "failed", "to run", "hours of work");
        table.AddColumn("");
        foreach (var version in store.Tally().GroupBy(row => (row.Kind, row.Learner, row.LearnerVersion, row.ModelVersion)))
        {
            string Cells(CellState state) => $"{version.Where(row => row.State == state).Sum(row => row.Cells)}";
            (string kind, string name, long learner, long model) = version.Key;
            string hours = Terminal.Format(Math.Round(version.Sum(row => row.WallSeconds) / 3600, 3));
            string remark = Remark(catalog.VersionOf(kind, name), learner, model);
            string[] cells = [Cells(CellState.Done), Cells(CellState.Failed), Cells(CellState.Pending)];
            string title = Terminal.Cell(kind == ThresholdCell.KindName ? $"P* of {name}" : name);
            table.AddRow([title, $"{learner}", $"{model}", .. cells, hours, remark]);
        }
        Terminal.Write(table);
    }

    private static string Remark(int? now, long version, long model) =>
        now is null ? "no such learner or function here"
        : now == version && LearningProblem.ModelVersion == model ? ""
        : $"another version than the present {now}, model {LearningProblem.ModelVersion}: kept apart";

    private static void AddNumbers(Table table, params IEnumerable<string> names)
    {
        foreach (string name in names) table.AddColumn(new TableColumn(name).RightAligned());
    }
}
