using System.CommandLine;
using Rhm.Sweeps;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep task: one task of an array; what Slurm's script calls.</summary>
internal static class SweepTaskCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("folder") { Description = "Folder of the array." };
        Option<int?> task = Options.Number<int>("--task", "Number of the task.", least: 0);
        task.Required = true;
        Option<int> threads = Options.Threads();
        Option<int> cellThreads = EngineOptions.CellThreads("Threads of each cell.");
        var command = new Command("task", "One task of a Slurm array (called by the script that run submits).")
        {
            folder, task, threads, cellThreads,
        };
        command.Hidden = true;
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            int number = result.GetValue(task)!.Value;
            string path = result.GetValue(folder)!;
            int written = SlurmTask.Run(path, number, result.GetValue(threads), result.GetValue(cellThreads), CellKinds.All, cancellation);
            Console.WriteLine($"task {number}: {written} results written");
            return ExitCode.Success;
        }, cancellation));
        return command;
    }
}
