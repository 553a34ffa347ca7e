using System.Globalization;
using Rhm.Claims;
using Rhm.Sampling;

namespace Rhm.Experiments;

/// <summary>What of an experiment a user can set; null where nothing was said.</summary>
public sealed record ExperimentParameters
{
    /// <summary>The names of all that describe grammars.</summary>
    public static IReadOnlyList<string> All { get; } = [nameof(Depths), nameof(Branching), nameof(Vocabulary), nameof(Multiplicities), nameof(Grammars)];

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

    /// <summary>Similarity margin S_m of stacked latent clustering; null: found in each batch.</summary>
    public double? Margin { get; init; }

    /// <summary>Most that the similarity of a pair counts beyond the margin.</summary>
    public double? WeightCap { get; init; }

    /// <summary>Passes of a network over its strings.</summary>
    public double? Epochs { get; init; }

    /// <summary>Largest number of strings, in units of v m^3; null: that of the experiment.</summary>
    public double? Most { get; init; }

    /// <summary>Strings that an encoder reads, in units of v m^3.</summary>
    public double? Budget { get; init; }

    /// <summary>Whether encoders read P strings again and again, instead of fresh ones.</summary>
    public bool Offline { get; init; }

    /// <summary>Neighbouring tokens that encoders find masked together.</summary>
    public int? MaskSpan { get; init; }

    /// <summary>Names of training objectives, with hyphens for blanks.</summary>
    public IReadOnlyList<string>? Objectives { get; init; }
}

/// <summary>A table of results: shown on the terminal, written as CSV.</summary>
/// <param name="Columns">Names; words and numbers without commas.</param>
/// <param name="Rows">Strings, integers or doubles, as many as there are columns.</param>
public sealed record ResultTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object>> Rows)
{
    /// <summary>Writes the table as CSV; numbers that do not exist are NaN.</summary>
    /// <param name="path">Target file.</param>
    /// <param name="command">The command that makes it: the first line, after "# ".</param>
    public void WriteCsv(string path, string command) => OutputFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($"# {command}");
        writer.WriteLine(string.Join(',', Columns.Select(column => column.Replace(' ', '_'))));
        foreach (IReadOnlyList<object> row in Rows)
            writer.WriteLine(string.Join(',', row.Select(value => value is double number ? number.ToString("G6", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{value}"))));
    });
}

/// <summary>What came out of an experiment.</summary>
/// <param name="Table">The numbers.</param>
/// <param name="Notes">Sentences: fits, and what could not be measured and why.</param>
public sealed record ExperimentReport(ResultTable Table, IReadOnlyList<string> Notes);

/// <summary>The folder of an experiment: thresholds.csv, figure.svg, figure.pdf, figure.png, and what else it writes.</summary>
public sealed class ExperimentFolder
{
    private readonly List<string> _files = [];

    /// <summary>Makes sure, before any work, that results can be written.</summary>
    /// <param name="path">The folder, made where missing.</param>
    /// <param name="command">The command that fills it.</param>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public ExperimentFolder(string path, string command)
    {
        (Path, Command) = (path, command);
        foreach (string file in (string[])["thresholds.csv", "figure.svg", "figure.pdf", "figure.png"]) OutputFile.RequireWritable(System.IO.Path.Combine(path, file));
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
        _files.AddRange(((string[])["figure.svg", "figure.pdf", "figure.png"]).Select(file => System.IO.Path.Combine(Path, file)));
    }
}

/// <summary>
/// An experiment that <c>rhm reproduce NAME</c> runs: one file of this folder each, and a line in <see cref="ExperimentTable"/>. It
/// writes a figure (SVG, PNG) and its data (CSV), and resumes from what it finds in its folder.
/// </summary>
/// <param name="Name">Lower-case letters, digits and hyphens.</param>
/// <param name="Description">What it shows and which settings the scales have; ends with examples.</param>
/// <param name="Settable">Names of those <see cref="ExperimentParameters"/> that it takes.</param>
/// <param name="Run">Measures, draws and writes into the folder.</param>
public sealed record Experiment(string Name, string Description, IReadOnlyList<string> Settable,
    Func<ExperimentFolder, Setting, ExperimentParameters, ExperimentReport> Run)
{
    /// <summary>The command that runs it.</summary>
    /// <param name="setting">Scale and seed.</param>
    /// <param name="parameters">The user's parameters.</param>
    public string Command(Setting setting, ExperimentParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(parameters);
        string?[] parts =
        [
            $"rhm reproduce {Name}",
            setting.Scale == Scale.Paper ? "--scale paper" : null,
            setting.Seed == 1 ? null : $"--seed {setting.Seed}",
            parameters.Depths is { } depths ? $"--depths {string.Join(',', depths)}" : null,
            parameters.Branching is { } s ? $"--branching {s}" : null,
            parameters.Vocabulary is { } v ? $"--vocabulary {v}" : null,
            parameters.Multiplicities is { } multiplicities ? $"--multiplicities {string.Join(',', multiplicities)}" : null,
            parameters.Grammars is { } grammars ? $"--grammars {grammars}" : null,
            parameters.Margin is { } margin ? string.Create(CultureInfo.InvariantCulture, $"--margin {margin}") : null,
            parameters.WeightCap is { } cap ? string.Create(CultureInfo.InvariantCulture, $"--weight-cap {cap}") : null,
            parameters.Epochs is { } epochs ? string.Create(CultureInfo.InvariantCulture, $"--epochs {epochs}") : null,
            parameters.Most is { } most ? string.Create(CultureInfo.InvariantCulture, $"--most {most}") : null,
            parameters.Budget is { } budget ? string.Create(CultureInfo.InvariantCulture, $"--budget {budget}") : null,
            parameters.Offline ? "--offline" : null,
            parameters.MaskSpan is { } span ? $"--mask-span {span}" : null,
            parameters.Objectives is { } objectives ? $"--objectives {string.Join(',', objectives)}" : null,
        ];
        return string.Join(' ', parts.Where(part => part is not null));
    }

    /// <summary>Where results go when nothing is said: those of paper scale in the folder of results that is checked in, in a clone.</summary>
    /// <param name="scale">The scale.</param>
    public string DefaultFolder(Scale scale) => scale == Scale.Paper
        ? Path.Combine(StoredClaims.DefaultFolder, $"{Name}-paper")
        : Path.Combine("results", $"{Name}-quick");
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
        Figure3Right.Experiment,
        Figure8Targets.Experiment,
        Figure9Local.Experiment,
        Figure10Dynamics.Experiment,
        Figure12Depth.Experiment,
        Objectives.Experiment,
        Figure4Data2Vec.Experiment,
        Figure5Synonyms.Experiment,
        Figure13Traces.Experiment,
        Figure14Offline.Experiment,
        SpectralThresholds.Experiment,
        UnknownVocabulary.Experiment,
    ];
}
