using System.CommandLine;
using Rhm.Sweeps;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep task: one task of an array; what Slurm's script calls.</summary>
internal static class SweepTaskCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("folder") { Description = "Folder of the array." };
        Option<int> task = new("--task") { Description = "Number of the task.", Required = true };
        Option<int> threads = Options.Threads();
        Option<int> cellThreads = new("--cell-threads") { Description = "Threads of each cell.", DefaultValueFactory = _ => 1 };
        var command = new Command("task", "One task of a Slurm array (called by the script that run submits).") { folder, task, threads, cellThreads };
        command.Hidden = true;
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            int written = SlurmTask.Run(result.GetValue(folder)!, result.GetValue(task), result.GetValue(threads), result.GetValue(cellThreads), cancellation);
            Console.WriteLine($"task {result.GetValue(task)}: {written} results written");
            return ExitCode.Success;
        }, cancellation));
        return command;
    }
}
