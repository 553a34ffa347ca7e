using Rhm.Experiments.Plotting;
using Rhm.Files;

namespace Rhm.Experiments;

/// <summary>The folder of an experiment: thresholds.csv, figure.svg, figure.pdf, figure.png, and what else it writes.</summary>
public sealed class ExperimentFolder
{
    private static readonly string[] s_figure = ["figure.svg", "figure.pdf", "figure.png"];

    private readonly List<string> _files = [];

    /// <summary>Makes sure, before any work, that results can be written.</summary>
    /// <param name="path">The folder, made where missing.</param>
    /// <param name="command">The command that fills it.</param>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public ExperimentFolder(string path, string command)
    {
        (Path, Command) = (path, command);
        foreach (string file in s_figure.Prepend("thresholds.csv")) OutputFile.RequireWritable(System.IO.Path.Combine(path, file));
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The command that fills it.</summary>
    public string Command { get; }

    /// <summary>Everything written so far.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Writes a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="file">Name of the file; thresholds.csv for the main one.</param>
    public void Write(ResultTable table, string file = "thresholds.csv")
    {
        ArgumentNullException.ThrowIfNull(table);
        table.WriteCsv(System.IO.Path.Combine(Path, file), Command);
        _files.Add(System.IO.Path.Combine(Path, file));
    }

    /// <summary>Writes the figure.</summary>
    internal void Write(ScottPlot.Multiplot figure, int width, int height)
    {
        Figures.Save(figure, Path, "figure", width, height);
        _files.AddRange(s_figure.Select(file => System.IO.Path.Combine(Path, file)));
    }
}
