using System.Diagnostics;
using System.Globalization;
using Rhm.Grammars;
using Rhm.Networks.Probes;
using Rhm.Networks.Training;
using Rhm.Networks.Transformers;
using Rhm.Randomness;
using Rhm.Running;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// Trained encoders and what they know at times of their training (0 and powers of two below the budget; of repeated strings 0 and the
/// end), kept in encoders.csv as they come.
/// </summary>
internal sealed class EncoderRuns : IDisposable
{
    /// <summary>Strings of a training step.</summary>
    public const int BatchSize = 64;

    private const int Heads = 4;
    private const int SynonymStrings = 300;

    // How many steps lie between two reports of progress, and between two checkpoints.
    private const int ProgressSteps = 64, CheckpointSteps = 4096;

    private static readonly CsvFormat<(EncoderPoint Point, double Seconds)> s_format = new(
        row => (new EncoderPoint(row.Text("arm"), row.Shape, row.Int("grammar"), row.Long("unique"), row.Long("read"), row.Int("level"),
            row.Number("span"), row.Number("whole"), row.Number("new_subtrees"), row.Number("synonyms"), row.Number("rank"),
            row.Number("trace"), row.Number("target_rank")), row.Number("seconds")),
        ("arm", row => row.Point.Objective),
        ("L", row => row.Point.Shape.Depth),
        ("s", row => row.Point.Shape.Branching),
        ("v", row => row.Point.Shape.Vocabulary),
        ("m", row => row.Point.Shape.Multiplicity),
        ("grammar", row => row.Point.Grammar),
        ("unique", row => row.Point.Unique),
        ("read", row => row.Point.Read),
        ("level", row => row.Point.Level),
        ("span", row => row.Point.Span),
        ("whole", row => row.Point.Whole),
        ("new_subtrees", row => row.Point.NewSubtrees),
        ("synonyms", row => row.Point.Synonyms),
        ("rank", row => row.Point.Rank),
        ("trace", row => row.Point.Trace),
        ("target_rank", row => row.Point.TargetRank),
        ("seconds", row => row.Seconds.ToString("0.0", CultureInfo.InvariantCulture)));

    private readonly CsvStore<(EncoderPoint Point, double Seconds)> _store;
    private readonly RunContext _setting;
    private readonly int _width;
    private readonly List<EncoderPoint> _points = [];

    /// <summary>Opens the file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="setting">Its seed belongs to the results.</param>
    /// <param name="width">d_model; L layers of 4 heads.</param>
    public EncoderRuns(string folder, RunContext setting, int width)
    {
        (_setting, _width, Path) = (setting, width, System.IO.Path.Combine(folder, "encoders.csv"));
        string versions = $"transformer version {TransformerTrainer.Version}, {CsvStore.Versions()}";
        _store = new CsvStore<(EncoderPoint, double)>(Path, $"encoders of rhm reproduce, seed {setting.Seed}, d_model {width}, {versions}",
            s_format);
        _points.AddRange(_store.Rows.Select(row => row.Point));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    /// <summary>The points of cells, in the order of cells; trains what is missing.</summary>
    public IReadOnlyList<EncoderPoint> Measure(IReadOnlyList<EncoderCell> cells)
    {
        bool IsMissing(EncoderCell cell) => !Points(cell).Any(point => point.Read == Last(cell) && point.Level == cell.Shape.Depth);
        double Cost(EncoderCell cell) => cell.Objective.Passes * (double)cell.Budget;
        EncoderCell[] missing = [.. cells.Where(IsMissing).OrderByDescending(cell => Cost(cell) * cell.Shape.TokenCount)];
        double total = missing.Sum(Cost), done = 0;
        _setting.ForEach(missing, cell => Train(cell, part =>
        {
            lock (_points) _setting.Progress(Math.Min(1, (done += part * Cost(cell)) / total));
        }));
        return [.. from cell in cells
                   from point in Points(cell).Where(point => point.Read <= Last(cell)).DistinctBy(point => (point.Read, point.Level))
                       .OrderBy(point => point.Read).ThenBy(point => point.Level)
                   select point];
    }

    private IEnumerable<EncoderPoint> Points(EncoderCell cell) => _points.Where(point =>
        (point.Objective, point.Shape, point.Grammar, point.Unique) == (cell.Objective.Name, cell.Shape, cell.Grammar, cell.Unique));

    private static long Last(EncoderCell cell) => Math.Max(1, cell.Budget / Batch(cell)) * Batch(cell);

    private static int Batch(EncoderCell cell) => cell.Unique == 0 ? BatchSize : (int)Math.Min(BatchSize, cell.Unique);

    /// <summary>Trains a cell from its last checkpoint, and measures at the times at which nothing is known yet.</summary>
    private void Train(EncoderCell cell, Action<double> progress)
    {
        var clock = Stopwatch.StartNew();
        GrammarShape shape = cell.Shape;
        ulong seed = GrammarSeeds.OfShape(_setting.Seed, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity,
            cell.Grammar);
        var grammar = Grammar.Draw(shape, seed);
        long steps = Last(cell) / Batch(cell);
        string checkpoint = CheckpointOf(cell, steps);
        HashSet<long> known;
        lock (_points) known = [.. Points(cell).Where(point => point.Level == shape.Depth).Select(point => point.Read)];
        // Times of another budget must be the same: powers of two, and the end. Of strings that are read again and again only the end is
        // looked at.
        IEnumerable<long> between = cell.Unique > 0 ? [] : Enumerable.Range(4, 40).Select(k => 1L << k).Where(step => step < steps);
        long[] times = [0, .. between, steps];
        TransformerTrainer trainer = Untrained(cell, grammar, seed, steps);
        if (File.Exists(checkpoint)) TransformerCheckpoint.Load(checkpoint, trainer);
        if (times.Any(time => time < trainer.Step && !known.Contains(time * Batch(cell)))) trainer = Untrained(cell, grammar, seed, steps);
        progress(trainer.Step / (double)steps);
        foreach (long time in times)
        {
            Advance(trainer, time, checkpoint, () => progress(ProgressSteps / (double)steps));
            if (known.Contains(time * Batch(cell))) continue;
            EncoderPoint[] points = [.. Score(cell, trainer, grammar, seed, time * Batch(cell))];
            lock (_points)
            {
                _points.AddRange(points);
                // The top level last: its row says that the others are there.
                foreach (EncoderPoint point in points) _store.Append((point, clock.Elapsed.TotalSeconds));
            }
        }
        File.Delete(checkpoint);
    }

    private string CheckpointOf(EncoderCell cell, long steps)
    {
        string name = $"{cell.Objective.Name.Replace(' ', '-')}-{cell.Shape.ToString().Replace(' ', '-')}";
        return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!,
            string.Create(CultureInfo.InvariantCulture, $"{name}-{cell.Grammar}-{cell.Unique}-{steps}.safetensors"));
    }

    private TransformerTrainer Untrained(EncoderCell cell, Grammar grammar, ulong seed, long steps)
    {
        GrammarShape shape = cell.Shape;
        var encoder = new TransformerShape(shape.Vocabulary, shape.TokenCount, _width, Heads, shape.Depth);
        return new TransformerTrainer(grammar, encoder, cell.Objective.Training with
        {
            Seed = seed,
            Steps = steps,
            BatchSize = Batch(cell),
            Strings = cell.Unique == 0 ? null : cell.Unique,
            TargetLayers = shape.Depth,
        });
    }

    /// <summary>Trains up to a step; an encoder that diverges stays as it was before, at all later times.</summary>
    private void Advance(TransformerTrainer trainer, long step, string checkpoint, Action progress)
    {
        while (trainer.Step < step)
        {
            if (_setting.Cancellation.IsCancellationRequested)
            {
                TransformerCheckpoint.Save(checkpoint, trainer);
                _setting.Cancellation.ThrowIfCancellationRequested();
            }
            bool diverged = false;
            try
            {
                trainer.Advance();
            }
            catch (TrainingDivergedException)
            {
                diverged = true;
            }
            if (trainer.Step % ProgressSteps == 0) progress();
            if (trainer.Step % CheckpointSteps == 0) TransformerCheckpoint.Save(checkpoint, trainer);
            if (diverged) return;
        }
    }

    private static IEnumerable<EncoderPoint> Score(EncoderCell cell, TransformerTrainer trainer, Grammar grammar, ulong seed, long read)
    {
        var measure = new RepresentationMeasure { Seed = seed, SynonymStrings = SynonymStrings };
        RepresentationScore score = EncoderKnowledge.Measure(trainer.Encoder, grammar, measure);
        TargetKnowledge? targets = EncoderKnowledge.MeasureTargets(trainer, grammar, measure);
        LayerKnowledge last = score.Layers[^1];
        return Enumerable.Range(1, grammar.Shape.Depth).Select(level => new EncoderPoint(cell.Objective.Name, cell.Shape, cell.Grammar,
            cell.Unique, read, level, score.Best(level), last.Levels[level - 1].Whole,
            score.Layers.Max(layer => layer.Levels[level - 1].NewSubtrees), last.Levels[level - 1].Synonyms.Value, last.EffectiveRank,
            targets?.Levels[level - 1] ?? double.NaN, targets?.EffectiveRank ?? double.NaN));
    }
}
