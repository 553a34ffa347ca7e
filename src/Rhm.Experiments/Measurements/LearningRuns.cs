using System.Diagnostics;
using System.Globalization;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// The runs of experiments, kept in cells.csv as they come: a run found there is not repeated, whatever experiment, grid or scale it was
/// made for, because it is a function of its row and of the seed that the file names.
/// </summary>
public sealed class LearningRuns : IDisposable
{
    private const int MostLevels = 9;

    private static readonly CsvFormat<(LearningRun Run, double Seconds)> s_format = new(
        row => (new LearningRun(row.Text("learner"), row.Shape, row.Int("grammar"), row.Long("P"),
            [.. Enumerable.Range(1, row.Shape.Depth - 1).Select(level => row.Number($"accuracy_level{level}"))]), row.Number("seconds")),
        [
            ("learner", row => row.Run.Learner),
            ("L", row => row.Run.Shape.Depth),
            ("s", row => row.Run.Shape.Branching),
            ("v", row => row.Run.Shape.Vocabulary),
            ("m", row => row.Run.Shape.Multiplicity),
            ("grammar", row => row.Run.Grammar),
            ("P", row => row.Run.Samples),
            .. Enumerable.Range(1, MostLevels).Select(AccuracyColumn),
            ("seconds", row => row.Seconds.ToString("0.000", CultureInfo.InvariantCulture)),
        ]);

    private static (string, Func<(LearningRun Run, double Seconds), object>) AccuracyColumn(int level) => ($"accuracy_level{level}",
        row => level <= row.Run.Accuracy.Count ? row.Run.Accuracy[level - 1] : double.NaN);

    private readonly CsvStore<(LearningRun Run, double Seconds)> _store;
    private readonly RunContext _setting;
    private readonly Dictionary<(string, GrammarShape, int, long), LearningRun> _runs = [];

    /// <summary>Opens the file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="setting">Its seed belongs to the results.</param>
    /// <exception cref="ArgumentException">The file cannot be written or holds other results.</exception>
    public LearningRuns(string folder, RunContext setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        _setting = setting;
        Path = System.IO.Path.Combine(folder, "cells.csv");
        _store = new CsvStore<(LearningRun, double)>(Path, $"runs of rhm reproduce, seed {setting.Seed}, {CsvStore.Versions()}", s_format);
        foreach ((LearningRun run, _) in _store.Rows) _runs[IdentityOf(run)] = run;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Name, version and those parameters of a learner that are not at their defaults.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="options">Its options.</param>
    public static string KeyOf(Learner learner, object options)
    {
        ArgumentNullException.ThrowIfNull(learner);
        return string.Join(' ', learner.Parameters.Select(parameter => (parameter, Value: learner.ValueOf(parameter, options)))
            .Where(set => !Equals(set.Value, set.parameter.Default))
            .Select(set => $"{set.parameter.Name}={LearnerParameter.Format(set.Value)}").Prepend($"{learner.Name}-{learner.Version}"));
    }

    private static (string, GrammarShape, int, long) IdentityOf(LearningRun run) => (run.Learner, run.Shape, run.Grammar, run.Samples);

    /// <summary>A measurement with this experiment's seed, its runs kept here.</summary>
    /// <param name="measurement">The measurement.</param>
    public ThresholdMeasurement Keep(ThresholdMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        string name = KeyOf(measurement.Learner, measurement.Options);
        GrammarShape shape = measurement.Shape;
        if (shape.Depth > MostLevels + 1)
            throw new ArgumentException($"depth L = {shape.Depth} exceeds {MostLevels + 1}, the most that an experiment stores");
        return measurement with
        {
            Seed = _setting.Seed,
            Store = (grammar, samples, measure) => Get(new LearningRun(name, shape, grammar, samples, []), measure),
        };
    }

    /// <summary>Measures P* at every setting.</summary>
    /// <param name="measurements">Made by <see cref="Keep"/>.</param>
    public IReadOnlyList<IReadOnlyList<SampleComplexity>> Measure(IReadOnlyList<ThresholdMeasurement> measurements) =>
        ThresholdMeasurement.Measure(measurements, _setting.Threads, progress: _setting.Progress, cancellation: _setting.Cancellation);

    /// <summary>Accuracies at given numbers of strings, for a figure of whole curves.</summary>
    /// <param name="grid">Measurement (made by <see cref="Keep"/>), number of the grammar, P.</param>
    public void Measure(IReadOnlyList<(ThresholdMeasurement Measurement, int Grammar, long Samples)> grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        // Passing over the strings costs P; the clusterings cost as much as some ten thousand strings.
        var jobs = grid.OrderByDescending(job => job.Samples).ToList();
        double total = jobs.Sum(job => job.Samples + 2e4), done = 0;
        _setting.ForEach(jobs, job =>
        {
            job.Measurement.Accuracy(job.Grammar, job.Samples, _setting.Cancellation);
            lock (jobs) _setting.Progress(Math.Min(1, (done += job.Samples + 2e4) / total));
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    private IReadOnlyList<double> Get(LearningRun wanted, Func<IReadOnlyList<double>> measure)
    {
        lock (_runs)
        {
            if (_runs.TryGetValue(IdentityOf(wanted), out LearningRun? known)) return known.Accuracy;
        }
        long start = Stopwatch.GetTimestamp();
        LearningRun run = wanted with { Accuracy = measure() };
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        lock (_runs)
        {
            _runs[IdentityOf(run)] = run;
            _store.Append((run, seconds));
        }
        return run.Accuracy;
    }
}
