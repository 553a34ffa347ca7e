using Rhm.Running;
using Rhm.Sweeps;

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
        string[] own =
        [
            .. setting.Scale == Scale.Paper ? ["--scale paper"] : Array.Empty<string>(),
            .. setting.Seed == 1 ? [] : new[] { $"--seed {setting.Seed}" },
        ];
        return string.Join(' ', [$"rhm reproduce {Name}", .. own, .. parameters.Options]);
    }

    /// <summary>
    /// The cells that it measures; null where it is no sweep. All results of a sweep are kept in the experiment's folder, and its cells may
    /// run on a cluster.
    /// </summary>
    public Func<RunContext, ExperimentParameters, SweepFile>? Sweep { get; init; }

    /// <summary>
    /// Where results go when nothing is said: the folder of the scale, with the parameters and the seed in its name where they are not the
    /// usual ones.
    /// </summary>
    /// <param name="setting">Scale and seed.</param>
    /// <param name="parameters">The user's parameters.</param>
    public string DefaultFolder(RunContext setting, ExperimentParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(setting);
        string given = Command(setting with { Scale = Scale.Quick }, parameters)[$"rhm reproduce {Name}".Length..];
        return DefaultFolder(setting.Scale) + given.Replace(" --", "-", StringComparison.Ordinal).Replace(' ', '-');
    }

    /// <summary>
    /// Where results go when nothing is said: those of paper scale in the folder of results that is checked in, in a clone.
    /// </summary>
    /// <param name="scale">The scale.</param>
    public string DefaultFolder(Scale scale) => scale == Scale.Paper
        ? Path.Combine(ResultsFolder.Default, $"{Name}-paper")
        : Path.Combine("results", $"{Name}-quick");
}
