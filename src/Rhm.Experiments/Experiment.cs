using System.Globalization;
using Rhm.Claims;
using Rhm.Sampling;

namespace Rhm.Experiments;

/// <summary>What of an experiment a user can set; null where nothing was said.</summary>
public sealed record ExperimentParameters
{
    /// <summary>Depths L.</summary>
    public IReadOnlyList<int>? Depths { get; init; }

    /// <summary>Branching factor s.</summary>
    public int? Branching { get; init; }

    /// <summary>Vocabulary v.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Multiplicities m.</summary>
    public IReadOnlyList<int>? Multiplicities { get; init; }

    /// <summary>Number of random grammars.</summary>
    public int? Grammars { get; init; }
}

/// <summary>A table of results: shown on the terminal, written as CSV.</summary>
/// <param name="Columns">Names; words and numbers without commas.</param>
/// <param name="Rows">Strings, integers or doubles, as many as there are columns.</param>
public sealed record ResultTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object>> Rows)
{
    /// <summary>Writes the table as CSV; numbers that do not exist are NaN.</summary>
    /// <param name="path">Target file.</param>
    public void WriteCsv(string path) => OutputFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(string.Join(',', Columns.Select(column => column.Replace(' ', '_'))));
        foreach (IReadOnlyList<object> row in Rows)
            writer.WriteLine(string.Join(',', row.Select(value => value is double number ? number.ToString("G6", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{value}"))));
    });
}

/// <summary>What came out of an experiment.</summary>
/// <param name="Table">The numbers.</param>
/// <param name="Notes">Sentences: fits, and what could not be measured and why.</param>
/// <param name="Files">Everything written.</param>
public sealed record ExperimentReport(ResultTable Table, IReadOnlyList<string> Notes, IReadOnlyList<string> Files);

/// <summary>
/// An experiment that <c>rhm reproduce NAME</c> runs: one file of this folder each, and a line in <see cref="ExperimentTable"/>. It
/// writes a figure (SVG, PNG) and its data (CSV), and resumes from what it finds in its folder.
/// </summary>
/// <param name="Name">Lower-case letters, digits and hyphens.</param>
/// <param name="Description">What it shows and which settings the scales have; ends with examples.</param>
/// <param name="Settable">Names of those <see cref="ExperimentParameters"/> that it takes.</param>
/// <param name="Run">Measures, draws and writes into the folder.</param>
public sealed record Experiment(string Name, string Description, IReadOnlyList<string> Settable,
    Func<string, Setting, ExperimentParameters, ExperimentReport> Run)
{
    /// <summary>Experiments that share their runs share a folder; the name by default.</summary>
    public string Folder { get; init; } = Name;

    /// <summary>Where results go when nothing is said: those of paper scale in the folder of results that is checked in, in a clone.</summary>
    /// <param name="scale">The scale.</param>
    public string DefaultFolder(Scale scale) => scale == Scale.Paper
        ? Path.Combine(StoredClaims.DefaultFolder, Folder)
        : Path.Combine("results", $"{Folder}-quick");
}

/// <summary>All experiments.</summary>
public static class ExperimentTable
{
    /// <summary>In the order in which help shows them.</summary>
    public static readonly IReadOnlyList<Experiment> All =
    [
        Figure1Correlations.Experiment,
        Figure3Left.Experiment,
        Figure11Left.Experiment,
        Targets.Experiment,
        Fraction.Experiment,
    ];
}
