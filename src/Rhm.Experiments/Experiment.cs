using System.Globalization;
using Rhm.Running;

namespace Rhm.Experiments;

/// <summary>
/// An experiment that <c>rhm reproduce NAME</c> runs: one file of this folder each, and a line in <see cref="ExperimentTable"/>. It
/// writes a figure (SVG, PNG) and its data (CSV), and resumes from what it finds in its folder.
/// </summary>
/// <param name="Name">Lower-case letters, digits and hyphens.</param>
/// <param name="Description">What it shows and which settings the scales have; ends with examples.</param>
/// <param name="Settable">Names of those <see cref="ExperimentParameters"/> that it takes.</param>
/// <param name="Run">Measures, draws and writes into the folder.</param>
public sealed record Experiment(string Name, string Description, IReadOnlyList<string> Settable,
    Func<ExperimentFolder, RunContext, ExperimentParameters, ExperimentReport> Run)
{
    /// <summary>The command that runs it.</summary>
    /// <param name="setting">Scale and seed.</param>
    /// <param name="parameters">The user's parameters.</param>
    public string Command(RunContext setting, ExperimentParameters parameters)
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

    /// <summary>
    /// Where results go when nothing is said: those of paper scale in the folder of results that is checked in, in a clone.
    /// </summary>
    /// <param name="scale">The scale.</param>
    public string DefaultFolder(Scale scale) => scale == Scale.Paper
        ? Path.Combine(ResultsFolder.Default, $"{Name}-paper")
        : Path.Combine("results", $"{Name}-quick");
}
