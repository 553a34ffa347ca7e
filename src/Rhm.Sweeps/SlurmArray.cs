using System.Globalization;
using System.Text;
using Rhm.Files;

namespace Rhm.Sweeps;

/// <summary>The folder of one job array: its script, its cells by task, the tasks' logs and their shards.</summary>
/// <param name="folder">The folder, named like the array.</param>
internal sealed class SlurmArray(string folder)
{
    /// <summary>How the names of arrays, and of their folders, begin.</summary>
    public const string NamePrefix = "rhm-";

    private const string CellsFile = "cells.txt";
    private const string ScriptFile = "job.sh";
    private const string AssemblyWord = "assembly";

    // Behind the number of a task: its cell was begun before and did not end.
    private const char UnfinishedMark = '!';

    /// <summary>A cell of a task.</summary>
    /// <param name="Task">Number of the task.</param>
    /// <param name="Key">The cell's key.</param>
    /// <param name="Configuration">The cell's canonical form.</param>
    /// <param name="Unfinished">Whether it was begun before and did not end.</param>
    public sealed record Entry(int Task, CellKey Key, string Configuration, bool Unfinished);

    /// <summary>The array's name.</summary>
    public string Name => Path.GetFileName(folder);

    /// <summary>Makes a folder with a new name inside another, with the cells of each task and the script.</summary>
    /// <param name="parent">The folder of all arrays.</param>
    /// <param name="tasks">The cells of each task.</param>
    /// <param name="begun">Cells that were begun before and did not end.</param>
    /// <param name="assemblies">Assemblies with the user's learners.</param>
    /// <param name="options">The cluster.</param>
    public static SlurmArray Create(string parent, IReadOnlyList<IReadOnlyList<Cell>> tasks, IReadOnlyDictionary<CellKey, int> begun,
        IReadOnlyList<string> assemblies, SlurmOptions options)
    {
        var array = new SlurmArray(Path.Combine(parent, NamePrefix + Guid.NewGuid().ToString("N")[..12]));
        string folder = Directory.CreateDirectory(Path.Combine(parent, array.Name)).FullName;
        using (var writer = new StreamWriter(Path.Combine(folder, CellsFile)) { NewLine = "\n" })
        {
            foreach (string assembly in assemblies) writer.WriteLine($"{AssemblyWord} {assembly}");
            for (int task = 0; task < tasks.Count; task++)
            {
                foreach (Cell cell in tasks[task])
                {
                    string mark = begun.ContainsKey(cell.Key) ? $"{UnfinishedMark}" : "";
                    writer.WriteLine($"{task}{mark} {cell.Key} {cell.Configuration}");
                }
            }
        }
        File.WriteAllText(Path.Combine(folder, ScriptFile), Script(array.Name, folder, tasks.Count, options));
        return array;
    }

    /// <summary>Submits the script.</summary>
    public void Submit() => SlurmCommands.Submit(folder, ScriptFile);

    /// <summary>The array's cells, and the assemblies that their learners are in.</summary>
    /// <exception cref="ArgumentException">The file of the cells is missing or damaged; with its line.</exception>
    public (IReadOnlyList<Entry> Cells, IReadOnlyList<string> Assemblies) Read()
    {
        var cells = new List<Entry>();
        var assemblies = new List<string>();
        string path = Path.Combine(folder, CellsFile);
        string[] lines = Encoding.UTF8.GetString(InputFile.ReadBytes(path, int.MaxValue)).Split('\n');
        // The last line ends as well: one that does not was cut.
        for (int i = 0; i < lines.Length - 1; i++)
        {
            if (lines[i].StartsWith(AssemblyWord + " ", StringComparison.Ordinal)) assemblies.Add(lines[i][(AssemblyWord.Length + 1)..]);
            else if (Parse(lines[i]) is { } cell) cells.Add(cell);
            else throw new ArgumentException($"{path}, line {i + 1} is damaged: it is no cell, or not that of its key");
        }
        return lines[^1].Length == 0 ? (cells, assemblies) : throw new ArgumentException($"{path} is damaged: its last line is cut");
    }

    /// <summary>The cell of a line; null where it is none, or has another key than the line says.</summary>
    private static Entry? Parse(string line)
    {
        string[] parts = line.Split(' ', 3);
        if (parts.Length < 3) return null;
        bool number = int.TryParse(parts[0].TrimEnd(UnfinishedMark), NumberStyles.None, CultureInfo.InvariantCulture, out int task);
        var key = CellKey.Of(Encoding.UTF8.GetBytes(parts[2]));
        return number && parts[1] == key.ToString() ? new Entry(task, key, parts[2], parts[0].EndsWith(UnfinishedMark)) : null;
    }

    /// <summary>The script of an array.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="tasks">Number of its tasks.</param>
    /// <param name="options">The cluster.</param>
    public static string Script(string name, string folder, int tasks, SlurmOptions options)
    {
        var script = new StringBuilder("#!/bin/bash\n");
        void Say(string option) => script.Append("#SBATCH ").Append(option).Append('\n');
        Say($"--job-name={name}");
        Say($"--array=0-{tasks - 1}{(options.ArrayLimit is int limit ? $"%{limit}" : "")}");
        // Relative to where the script is submitted, which is its folder: Slurm has its own signs in names.
        Say("--output=task-%a.log");
        Say("--open-mode=append");
        Say("--requeue");
        Say($"--cpus-per-task={options.Threads}");
        if (options.Partition is string partition) Say($"--partition={partition}");
        if (options.Account is string account) Say($"--account={account}");
        if (options.Time is string time) Say($"--time={time}");
        if (options.Memory is string memory) Say($"--mem={memory}");
        if (options.Setup is string setup) script.Append(setup).Append('\n');
        script.Append($"cd -- {Quote(Environment.CurrentDirectory)}\n");
        string program = string.Join(' ', Program().Select(Quote));
        script.Append($"exec {program} sweep task {Quote(folder)} --task \"$SLURM_ARRAY_TASK_ID\"");
        script.Append($" --threads {options.Threads} --cell-threads {options.CellThreads}\n");
        return script.ToString();
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>How this program was started.</summary>
    private static string[] Program()
    {
        string host = Environment.ProcessPath ?? "dotnet";
        string entry = System.Reflection.Assembly.GetEntryAssembly()?.Location ?? "";
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, "exec", entry] : [host];
    }
}
