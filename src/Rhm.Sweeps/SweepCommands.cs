using System.Globalization;
using Rhm.Commands;
using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>Learners of a sweep file that are commands: [[learner]] with name, command, and where wanted version and timeout.</summary>
internal static class SweepCommands
{
    private const string CommandName = "command";
    private const string VersionName = "version";
    private const string TimeoutName = "timeout";

    /// <summary>Whether an entry of a learner's table says how the command runs; the others are parameters.</summary>
    public static bool IsOwn(SweepNode.Entry entry) => entry.Name is CommandName or VersionName or TimeoutName;

    /// <summary>Whether a learner's table is that of a command.</summary>
    public static bool IsCommand(SweepNode.Table table) => table.Entries.Any(entry => entry.Name == CommandName);

    /// <summary>
    /// The learner of a table. Its parameters are the entries that no cell has anyway; their types are those of their first values.
    /// </summary>
    /// <param name="path">The sweep file.</param>
    /// <param name="name">The learner's name.</param>
    /// <param name="table">Its table.</param>
    /// <param name="log">Receives the standard error of its processes; FILE.NAME.log beside the sweep file where nothing is said.</param>
    /// <exception cref="ArgumentException">An entry that makes no sense; with the line.</exception>
    public static CommandLearner Read(string path, string name, SweepNode.Table table, Action<string>? log)
    {
        var parameters = new Dictionary<string, object>();
        foreach (SweepNode.Entry entry in table.Entries)
        {
            if (entry.Name != "name" && !IsOwn(entry) && !SweepAxis.IsCommon(entry.Name)) parameters[entry.Name] = FirstValue(path, entry);
        }
        string command = Find(table, CommandName) is { Node: SweepNode.Text { Content: string text } }
            ? text
            : throw SweepNode.At(path, table.Line, $"the command of learner {name} stands in quotes");
        int? version = Number(path, table, VersionName) is double number ? (int)number : null;
        TimeSpan? timeout = Number(path, table, TimeoutName) is double seconds ? TimeSpan.FromSeconds(seconds) : null;
        string file = $"{Path.ChangeExtension(Path.GetFullPath(path), null)}.{name}.log";
        return new CommandLearner(name, command, version, parameters, timeout, log ?? (line => Append(file, line)));
    }

    /// <summary>Adds the commands of a sweep file to the catalogue of a task; a file of another kind is an assembly.</summary>
    public static void AddLearners(CellCatalog catalog, string path)
    {
        if (!SweepFile.IsNamedAsOne(path))
        {
            catalog.Learners.AddAssembly(path);
            return;
        }
        CellCatalog named = SweepFile.Read(path, catalog.Functions).Catalog;
        foreach (Learner learner in named.Learners.All.OfType<CommandLearner>()) catalog.Learners.Add(learner);
    }

    private static SweepNode.Entry? Find(SweepNode.Table table, string name) => table.Entries.FirstOrDefault(entry => entry.Name == name);

    private static double? Number(string path, SweepNode.Table table, string name)
    {
        if (Find(table, name) is not { } entry) return null;
        double most = name == VersionName ? int.MaxValue : 1e7;
        double value = entry.Node is SweepNode.Number { Digits: string digits } ? double.Parse(digits, CultureInfo.InvariantCulture)
            : double.NaN;
        return value > 0 && value <= most && (name != VersionName || value == Math.Floor(value))
            ? value
            : throw SweepNode.At(path, entry.Line,
                name == VersionName ? $"version is a whole number from 1 to {int.MaxValue}"
                    : "timeout is a number of seconds, at most 10^7");
    }

    private static object FirstValue(string path, SweepNode.Entry entry) =>
        (entry.Node is SweepNode.Sequence { Items: [SweepNode first, ..] } ? first : entry.Node) switch
        {
            SweepNode.Text text => text.Content,
            SweepNode.Flag flag => flag.Value,
            SweepNode.Number number => CommandParameters.ValueOf(number.Digits),
            _ => throw SweepNode.At(path, entry.Line, $"{entry.Name} is neither a number, a text, a flag nor a list of these"),
        };

    private static void Append(string log, string line)
    {
        // Tasks of a cluster write to it at the same time: each line is one write at the end of the file.
        using var file = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        file.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
    }
}
