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

    private readonly CsvStore _store;
    private readonly RunContext _setting;
    private readonly Dictionary<(string, GrammarShape, int, long), IReadOnlyList<double>> _runs = [];

    /// <summary>Opens the file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="setting">Its seed belongs to the results.</param>
    /// <exception cref="ArgumentException">The file cannot be written or holds other results.</exception>
    public LearningRuns(string folder, RunContext setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        _setting = setting;
        Path = System.IO.Path.Combine(folder, "cells.csv");
        _store = new CsvStore(Path, $"runs of rhm reproduce, seed {setting.Seed}, {CsvStore.Versions()}",
            "learner,L,s,v,m,grammar,P," + string.Join(',', Enumerable.Range(1, MostLevels).Select(l => $"accuracy_level{l}")) + ",seconds");
        foreach (string[] row in _store.Rows)
        {
            int Whole(int column) => int.Parse(row[column], CultureInfo.InvariantCulture);
            var shape = new GrammarShape(Whole(1), Whole(2), Whole(3), Whole(4));
            _runs[(row[0], shape, Whole(5), long.Parse(row[6], CultureInfo.InvariantCulture))] =
                [.. row.Skip(7).Take(shape.Depth - 1).Select(field => double.Parse(field, CultureInfo.InvariantCulture))];
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Name, version and those parameters of a learner that are not at their defaults.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="options">Its options.</param>
    public static string KeyOf(Learner learner, object options)
    {
        ArgumentNullException.ThrowIfNull(learner);
        return string.Join(' ', learner.Parameters.Select(parameter => (parameter, Value: parameter.ValueOf(options)))
            .Where(set => !Equals(set.Value, set.parameter.Default))
            .Select(set => $"{set.parameter.Name}={LearnerParameter.Format(set.Value)}").Prepend($"{learner.Name}-{learner.Version}"));
    }

    /// <summary>A measurement with this experiment's seed, its runs kept here.</summary>
    /// <param name="measurement">The measurement.</param>
    public ThresholdMeasurement Keep(ThresholdMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        string name = KeyOf(measurement.Learner, measurement.Options);
        if (measurement.Shape.Depth > MostLevels + 1) throw new ArgumentException($"depth L = {measurement.Shape.Depth} exceeds {MostLevels + 1}, the most that an experiment stores");
        return measurement with
        {
            Seed = _setting.Seed,
            Store = (grammar, samples, measure) => Get((name, measurement.Shape, grammar, samples), measure),
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

    private IReadOnlyList<double> Get((string Learner, GrammarShape Shape, int Grammar, long Samples) key, Func<IReadOnlyList<double>> measure)
    {
        lock (_runs)
        {
            if (_runs.TryGetValue(key, out IReadOnlyList<double>? known)) return known;
        }
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<double> accuracy = measure();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        IEnumerable<string> levels = Enumerable.Range(0, MostLevels).Select(l => (l < accuracy.Count ? accuracy[l] : double.NaN).ToString("R", CultureInfo.InvariantCulture));
        lock (_runs)
        {
            _runs[key] = accuracy;
            _store.Append(string.Create(CultureInfo.InvariantCulture,
                $"{key.Learner},{key.Shape.Depth},{key.Shape.Branching},{key.Shape.Vocabulary},{key.Shape.Multiplicity},{key.Grammar},{key.Samples},{string.Join(',', levels)},{seconds:0.000}"));
        }
        return accuracy;
    }
}
