using System.Diagnostics;
using System.Globalization;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Networks.Training;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Strings;

namespace Rhm.Experiments.Measurements;

/// <summary>Trained stacked latent clustering networks, kept in networks.csv as they come.</summary>
internal sealed class SlcNetworks : IDisposable
{
    private const int HeldOut = 600;

    private static readonly CsvFormat<SlcNetwork> s_format = new(
        row => new SlcNetwork(row.Text("series"), row.Shape, row.Int("grammar"), row.Long("P"), row.Long("steps"), row.Number("accuracy"),
            row.Number("probe"), row.Number("root"), row.Number("seconds")),
        ("series", network => network.Series),
        ("L", network => network.Shape.Depth),
        ("s", network => network.Shape.Branching),
        ("v", network => network.Shape.Vocabulary),
        ("m", network => network.Shape.Multiplicity),
        ("grammar", network => network.Grammar),
        ("P", network => network.Samples),
        ("steps", network => network.Steps),
        ("accuracy", network => network.Accuracy),
        ("probe", network => network.Probe),
        ("root", network => network.Root),
        ("seconds", network => network.Seconds.ToString("0.000", CultureInfo.InvariantCulture)));

    private readonly CsvStore<SlcNetwork> _store;
    private readonly RunContext _setting;
    private readonly int _codes;
    private readonly Dictionary<(string, GrammarShape, int, long, long), SlcNetwork> _networks = [];

    /// <summary>Opens the file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="setting">Its seed belongs to the results.</param>
    /// <param name="codes">d_h.</param>
    public SlcNetworks(string folder, RunContext setting, int codes)
    {
        (_setting, _codes, Path) = (setting, codes, System.IO.Path.Combine(folder, "networks.csv"));
        string title = $"networks of rhm reproduce, seed {setting.Seed}, {codes} codes, {CsvStore.Versions(SlcLearner.Learner)}";
        _store = new CsvStore<SlcNetwork>(Path, title, s_format);
        foreach (SlcNetwork row in _store.Rows) _networks[KeyOf(row)] = row;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    /// <summary>The networks of a grid; trains those that are missing, the long ones first.</summary>
    /// <param name="grid">Series, number of the grammar, P.</param>
    public IReadOnlyList<SlcNetwork> Measure(IReadOnlyList<(SlcSeries Series, int Grammar, long Samples)> grid)
    {
        var missing = grid.Where(cell => !_networks.ContainsKey(KeyOf(cell))).OrderByDescending(Cost).ToList();
        double total = missing.Sum(Cost), done = 0;
        // One thread a network: networks of a grid do not wait for one another.
        _setting.ForEach(missing, cell =>
        {
            SlcNetwork network = Train(cell.Series, cell.Grammar, cell.Samples);
            lock (_networks)
            {
                _networks[KeyOf(network)] = network;
                _store.Append(network);
                _setting.Progress(Math.Min(1, (done += Cost(cell)) / total));
            }
        });
        return [.. grid.Select(cell => _networks[KeyOf(cell)])];
    }

    private SlcNetwork Train(SlcSeries series, int number, long samples)
    {
        var clock = Stopwatch.StartNew();
        GrammarShape shape = series.Shape;
        ulong seed = GrammarSeeds.OfDepthAndMultiplicity(_setting.Seed, shape.Depth, shape.Multiplicity, number);
        var grammar = Grammar.Draw(shape, seed);
        var strings = new StringSampler(grammar, seed, Math.Max(SlcSeries.BatchSize, samples));
        long steps = series.StepsOn(samples);
        var trainer = new SlcTrainer(strings, new SlcShape(shape.Depth, shape.Branching, shape.Vocabulary, _codes), series.Objective,
            new SlcTraining { BatchSize = SlcSeries.BatchSize, Steps = Math.Max(1, steps), Seed = seed });
        try
        {
            if (samples > 0) trainer.Run(cancellation: _setting.Cancellation);
        }
        catch (TrainingDivergedException)
        {
            // scored as it was before the step
        }
        SlcScore score = SlcEvaluation.Score(trainer.Network, grammar, seed, HeldOut);
        SlcLevelScore top = score.Levels[^1];
        return new SlcNetwork(series.Name, shape, number, samples, steps, top.Accuracy, top.Probe, score.RootTuple,
            clock.Elapsed.TotalSeconds);
    }

    /// <summary>What a network costs, up to a factor: steps times tuples of a batch.</summary>
    private static double Cost((SlcSeries Series, int Grammar, long Samples) cell) =>
        (double)Math.Max(1, cell.Series.StepsOn(cell.Samples)) * cell.Series.Shape.TokenCount;

    private static (string, GrammarShape, int, long, long) KeyOf(SlcNetwork network) =>
        (network.Series, network.Shape, network.Grammar, network.Samples, network.Steps);

    private static (string, GrammarShape, int, long, long) KeyOf((SlcSeries Series, int Grammar, long Samples) cell) =>
        (cell.Series.Name, cell.Series.Shape, cell.Grammar, cell.Samples, cell.Series.StepsOn(cell.Samples));
}
