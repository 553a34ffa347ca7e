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
