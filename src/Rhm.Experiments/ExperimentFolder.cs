using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Files;
using Rhm.Learning;
using Rhm.Sweeps;

namespace Rhm.Experiments;

/// <summary>The folder of an experiment: thresholds.csv, figure.svg, figure.pdf, figure.png, and what else it writes.</summary>
public sealed class ExperimentFolder
{
    /// <summary>The store of an experiment that is a sweep.</summary>
    public const string StoreName = "results.sqlite";

    /// <summary>What is exported of the store.</summary>
    internal const string ExportName = "results.csv";

    /// <summary>The points of curves that cells of the store have.</summary>
    internal const string CurvesName = "curves.csv";

    /// <summary>Name of the figure that text and report show, and of one with every level beside it.</summary>
    internal const string MainFigure = "figure", AllLevels = "levels";

    private static readonly string[] s_figure = [.. FilesOf(MainFigure)];

    private readonly List<string> _files = [];

    /// <summary>Makes sure, before any work, that results can be written.</summary>
    /// <param name="path">The folder, made where missing.</param>
    /// <param name="command">The command that fills it.</param>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public ExperimentFolder(string path, string command)
    {
        (Path, Command) = (path, command);
        RequireSameExperiment();
        foreach (string file in s_figure.Prepend("thresholds.csv")) OutputFile.RequireWritable(System.IO.Path.Combine(path, file));
    }

    /// <summary>Refuses a folder whose table or figure another command made: they would be replaced.</summary>
    private void RequireSameExperiment()
    {
        string table = System.IO.Path.Combine(Path, "thresholds.csv");
        string? head = File.Exists(table) ? File.ReadLines(table).FirstOrDefault() ?? "" : null;
        if (head is not null && Experiment(head.TrimStart('#', ' ')) != Experiment(Command))
            throw new ArgumentException($"{table} is of \"{head.TrimStart('#', ' ')}\", not of \"{Command}\": choose another folder");
        bool begun = head is not null || (Directory.Exists(Path)
            && Directory.EnumerateFiles(Path).Any(file => System.IO.Path.GetExtension(file) is ".csv" or ".sqlite"));
        if (!begun && s_figure.Select(file => System.IO.Path.Combine(Path, file)).FirstOrDefault(File.Exists) is string figure)
            throw new ArgumentException($"{figure} is not of {Experiment(Command)} and would be replaced: choose another folder");
    }

    /// <summary>The first words of a command, which say what it measures: rhm reproduce NAME, rhm threshold.</summary>
    private static string Experiment(string command) =>
        string.Join(' ', command.Split(' ').Take(3).TakeWhile(word => !word.StartsWith('-')));

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The command that fills it.</summary>
    public string Command { get; }

    /// <summary>Where its cells are run: this machine, or a cluster.</summary>
    public SweepExecution Execution { get; init; } = new();

    /// <summary>Everything written so far.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Writes a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="file">Name of the file; thresholds.csv for the main one.</param>
    public void Write(ResultTable table, string file = "thresholds.csv")
    {
        ArgumentNullException.ThrowIfNull(table);
        table.WriteCsv(InFolder(file), Command);
        _files.Add(InFolder(file));
    }

    /// <summary>Refuses a folder that another command has filled: what exists is not replaced by something else.</summary>
    /// <exception cref="ArgumentException">It holds another figure.</exception>
    public void RequireOwn()
    {
        string table = InFolder("thresholds.csv");
        string? head = File.Exists(table) ? File.ReadLines(table).FirstOrDefault() : null;
        if (head is not null && head.StartsWith("# rhm reproduce", StringComparison.Ordinal) && Today(head[2..]) != Command)
            throw new ArgumentException($"{Path} holds the results of \"{head[2..]}\", not of \"{Command}\"; choose another --out");
    }

    /// <summary>Refuses a folder whose table is of another setting.</summary>
    /// <param name="setting">How the command begins that fills it, up to what does not change the setting.</param>
    /// <exception cref="ArgumentException">It is.</exception>
    public void RequireSetting(string setting)
    {
        string table = InFolder("thresholds.csv");
        string? head = File.Exists(table) ? File.ReadLines(table).FirstOrDefault()?.TrimStart('#', ' ') : null;
        if (head is not null && !$"{head} ".StartsWith($"{setting} ", StringComparison.Ordinal))
            throw new ArgumentException($"{Path} holds the results of \"{head}\", not of \"{setting}\"; choose another --out");
    }

    /// <summary>A command with the options of today in the place of older words.</summary>
    private static string Today(string command) => string.Join(' ', command.Split(' ').Select(word =>
        ProblemParameters.All.FirstOrDefault(parameter => parameter.OtherOptions.Contains(word))?.Option ?? word));

    /// <summary>Opens the store of a sweep here; what results.csv and curves.csv tell is taken over.</summary>
    /// <param name="file">The sweep.</param>
    /// <param name="threads">Threads of this machine.</param>
    /// <exception cref="ArgumentException">Another process uses the store, or a file of results is damaged.</exception>
    public SweepRun Open(SweepFile file, int threads) => SweepRun.Open(file, InFolder(StoreName), Execution with { Threads = threads },
        import: (store, cells) => SweepImport.Read(InFolder(ExportName), InFolder(CurvesName), store, cells));

    /// <summary>Writes what a store has: results.csv, and where cells have curves curves.csv.</summary>
    internal void Export(SweepTable table)
    {
        table.Export(InFolder(ExportName), null, null, Command);
        _files.Add(InFolder(ExportName));
        if (table.ExportCurves(InFolder(CurvesName), Command) > 0) _files.Add(InFolder(CurvesName));
    }

    /// <summary>Writes a sweep file.</summary>
    internal void Write(SweepText text, string file)
    {
        OutputFile.Write(InFolder(file), stream => stream.Write(text.Contents));
        _files.Add(InFolder(file));
    }

    /// <summary>Writes a figure.</summary>
    internal void Write(ScottPlot.Multiplot figure, string name = MainFigure)
    {
        Figures.Save(figure, Path, name);
        _files.AddRange(FilesOf(name).Select(InFolder));
    }

    private static IEnumerable<string> FilesOf(string figure) => [figure + ".svg", figure + ".pdf", figure + ".png"];

    private string InFolder(string file) => System.IO.Path.Combine(Path, file);
}
