using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Rhm.Sweeps;

/// <summary>Slurm's commands: what is in the queue, and a script into it.</summary>
internal static class SlurmCommands
{
    private const int MaxAttempts = 20;

    /// <summary>Refuses to start where the commands are missing.</summary>
    /// <exception cref="ArgumentException">They are.</exception>
    public static void Require()
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        string[] folders = path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        foreach (string command in (string[])["sbatch", "squeue"])
        {
            if (folders.Any(folder => File.Exists(Path.Combine(folder, command)))) continue;
            throw new ArgumentException($"there is no {command} on the PATH: --engine slurm runs where Slurm's commands are installed "
                + "(--dry-run shows the script anywhere)");
        }
    }

    /// <summary>Submits a script.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="script">Its name there.</param>
    /// <exception cref="IOException">It is refused.</exception>
    public static void Submit(string folder, string script)
    {
        (int code, _, string error) = Call(folder, "sbatch", "--parsable", script);
        if (code != 0) throw new IOException($"sbatch refused the array: {error.Trim()}");
    }

    /// <summary>The tasks of some arrays that are in the queue, and whether they run.</summary>
    /// <param name="names">Names of the arrays.</param>
    /// <param name="cancellation">Stops asking.</param>
    /// <exception cref="IOException">The queue does not answer: then nothing may be taken for dead.</exception>
    public static Dictionary<(string Array, int Task), bool> Queued(IReadOnlySet<string> names, CancellationToken cancellation)
    {
        var queued = new Dictionary<(string, int), bool>();
        if (names.Count == 0) return queued;
        for (int attempt = 1; ; attempt++)
        {
            (int code, string output, string error) = Call(null, "squeue", "--noheader", "--array", "--me", "--format=%j %K %T");
            if (code == 0)
            {
                foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string name, string task, string state]
                        && names.Contains(name) && int.TryParse(task, CultureInfo.InvariantCulture, out int number))
                    {
                        queued[(name, number)] = state != "PENDING";
                    }
                }
                return queued;
            }
            if (attempt == MaxAttempts) throw new IOException($"squeue does not answer: {error.Trim()}");
            if (cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(3))) cancellation.ThrowIfCancellationRequested();
        }
    }

    private static (int Code, string Output, string Error) Call(string? folder, string command, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(command)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception error)
        {
            throw new ArgumentException($"cannot start {command}: {error.Message}", error);
        }
    }
}
