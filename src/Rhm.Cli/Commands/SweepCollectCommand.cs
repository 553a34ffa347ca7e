using System.CommandLine;
using Rhm.Sweeps;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep collect: merges the shards of Slurm's tasks into the store.</summary>
internal static class SweepCollectCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        var command = new Command("collect",
            "Merge what Slurm's tasks have written so far into the store; at any time, as often as you like.");
        target.AddTo(command);
        command.SetAction(result =>
        {
            (SweepFile? sweep, string path) = target.Resolve(result);
            if (!File.Exists(path)) throw new ArgumentException($"there is no store {path}: nothing was run yet");
            using ResultStore store = ResultStore.OpenToWrite(path);
            ShardCollector.Report report = new ShardCollector(SlurmEngine.FolderOf(path)).Collect(store);
            foreach (Shard.Problem problem in report.Problems) Console.Error.WriteLine($"rhm: {problem}");
            int damaged = report.Problems.Count(problem => !problem.Incomplete);
            Console.WriteLine($"{report.Outcomes.Count} results read, {report.Added} of them new, {damaged} damaged lines");
            if (sweep is not null && store.Find(sweep.Name) is { } counts)
                Console.WriteLine($"{counts.Done} of {counts.Cells} cells of {sweep.Name} have results in {path}");
            return ExitCode.Success;
        });
        return command;
    }
}
