using Rhm.Experiments.Cells;
using Rhm.Running;
using Rhm.Sweeps;

namespace Rhm.Experiments.Measurements;

/// <summary>The cells of an experiment: a sweep file among this project's grids, with a store in the experiment's folder.</summary>
internal sealed class ExperimentSweep
{
    private const string SeedName = "experiment_seed";

    // Values of sweep files are doubles.
    private const ulong MaxSeed = 1UL << 53;

    private readonly RunContext _setting;
    private Dictionary<CellKey, CellOutcome> _results = [];

    private ExperimentSweep(SweepFile file, RunContext setting) => (File, _setting) = (file, setting);

    /// <summary>The sweep file.</summary>
    public SweepFile File { get; }

    /// <summary>The grid of an experiment.</summary>
    /// <param name="name">The experiment.</param>
    /// <param name="setting">Scale and seed.</param>
    /// <param name="given">Values in the place of those that the file names; nulls leave them.</param>
    /// <exception cref="ArgumentException">A value makes no sense.</exception>
    public static ExperimentSweep Of(string name, RunContext setting,
        params ReadOnlySpan<(string Name, IReadOnlyList<double>? Values)> given)
    {
        if (setting.Seed > MaxSeed) throw new ArgumentException($"seed {setting.Seed} of an experiment must be at most 2^53");
        string file = GridName(name, setting.Scale);
        using Stream stream = typeof(ExperimentSweep).Assembly.GetManifestResourceStream(file)
            ?? throw new ArgumentException($"there is no grid {file}");
        using var contents = new MemoryStream();
        stream.CopyTo(contents);
        var values = new Dictionary<string, IReadOnlyList<double>> { [SeedName] = [setting.Seed] };
        foreach ((string value, IReadOnlyList<double>? numbers) in given)
        {
            if (numbers is not null) values[value] = numbers;
        }
        return new ExperimentSweep(SweepFile.Parse(file, contents.ToArray(), values, ExperimentFunctions.All), setting);
    }

    /// <summary>The cells of a sweep file.</summary>
    public static ExperimentSweep Of(SweepFile file, RunContext setting) => new(file, setting);

    /// <summary>The file of a grid: that of the scale.</summary>
    public static string GridName(string name, Scale scale) => $"{name}-{scale.ToString().ToLowerInvariant()}.toml";

    /// <summary>Measures what is missing: results of the folder, also those of earlier programs, are taken over.</summary>
    /// <param name="folder">Has the store, results.sqlite, and what is exported of it, results.csv.</param>
    /// <exception cref="InvalidOperationException">A cell failed.</exception>
    public void Measure(ExperimentFolder folder)
    {
        using SweepRun run = folder.Open(File, _setting.Threads);
        if (run.Plan.Refused is [{ } large, ..])
            throw new InvalidOperationException($"{large.Title} needs about {large.MemoryBytes / (1L << 30):0.0} GiB, more than there are");
        using (new Timer(_ => _setting.Progress(run.Progress.Fraction), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)))
            run.Execute(_setting.Cancellation);
        _results = Export(folder, run);
    }

    /// <summary>The measured cells of a kind, once for each series that they stand in.</summary>
    public IEnumerable<MeasuredCell<TCell>> Results<TCell>()
        where TCell : Cell => Results<TCell>(File, _results);

    /// <summary>The same of a sweep that was run elsewhere; its results are exported to the folder.</summary>
    /// <exception cref="InvalidOperationException">A cell failed.</exception>
    public static IEnumerable<MeasuredCell<TCell>> Results<TCell>(ExperimentFolder folder, SweepRun run)
        where TCell : Cell => Results<TCell>(run.File, Export(folder, run));

    private static IEnumerable<MeasuredCell<TCell>> Results<TCell>(SweepFile file, Dictionary<CellKey, CellOutcome> results)
        where TCell : Cell => file.SeriesCells().OfType<TCell>().Select(cell => new MeasuredCell<TCell>(cell, results[cell.Key]));

    private static Dictionary<CellKey, CellOutcome> Export(ExperimentFolder folder, SweepRun run)
    {
        folder.Export(SweepTable.Of(run.Store, run.File.Name));
        ILookup<CellState, ResultStore.StoredCell> cells = run.Store.Cells(run.File.Name).ToLookup(cell => cell.State);
        if (cells[CellState.Failed].FirstOrDefault()?.Outcome is { } failed)
            throw new InvalidOperationException($"{failed.Error} (cell {failed.Configuration}; others are kept in {run.Store.Path})");
        return cells[CellState.Done].ToDictionary(cell => cell.Key, cell => cell.Outcome);
    }
}
