using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Networks.Probes;
using Rhm.Networks.Training;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Statistics;
using ScottPlot;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// Trained encoders and what they know at times of their training (0 and powers of two below the budget; of repeated strings 0 and the end), kept in
/// encoders.csv as they come.
/// </summary>
internal sealed class TransformerRuns : IDisposable
{
    private const int BatchSize = 64;

    private readonly CsvStore _store;
    private readonly RunContext _setting;
    private readonly int _width;
    private readonly List<TransformerPoint> _points = [];

    /// <summary>Opens the file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="setting">Its seed belongs to the results.</param>
    /// <param name="width">d_model; L layers of 4 heads.</param>
    public TransformerRuns(string folder, RunContext setting, int width)
    {
        (_setting, _width, Path) = (setting, width, System.IO.Path.Combine(folder, "encoders.csv"));
        _store = new CsvStore(Path, $"encoders of rhm reproduce, seed {setting.Seed}, d_model {width}, transformer version {TransformerTrainer.Version}, {CsvStore.Versions()}",
            "arm,L,s,v,m,grammar,unique,read,level,span,whole,new_subtrees,synonyms,rank,trace,target_rank,seconds");
        foreach (string[] row in _store.Rows)
        {
            double Number(int column) => double.Parse(row[column], CultureInfo.InvariantCulture);
            var shape = new GrammarShape((int)Number(1), (int)Number(2), (int)Number(3), (int)Number(4));
            _points.Add(new TransformerPoint(row[0], shape, (int)Number(5), (long)Number(6), (long)Number(7), (int)Number(8), Number(9), Number(10), Number(11), Number(12), Number(13), Number(14), Number(15)));
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    public void Dispose() => _store.Dispose();

    /// <summary>The points of cells, in the order of cells; trains what is missing.</summary>
    public IReadOnlyList<TransformerPoint> Measure(IReadOnlyList<TransformerCell> cells)
    {
        TransformerCell[] missing = [.. cells.Where(cell => !Points(cell).Any(point => point.Read == Last(cell) && point.Level == cell.Shape.Depth))
            .OrderByDescending(cell => cell.Arm.Passes * (double)cell.Budget * cell.Shape.TokenCount)];
        double total = missing.Sum(cell => cell.Arm.Passes * (double)cell.Budget), done = 0;
        _setting.ForEach(missing, cell => Train(cell, part =>
        {
            lock (_points) _setting.Progress(Math.Min(1, (done += part * cell.Arm.Passes * cell.Budget) / total));
        }));
        return [.. cells.SelectMany(cell => Points(cell).Where(point => point.Read <= Last(cell)).DistinctBy(point => (point.Read, point.Level)).OrderBy(point => point.Read).ThenBy(point => point.Level))];
    }

    private IEnumerable<TransformerPoint> Points(TransformerCell cell) => _points.Where(point =>
        (point.Arm, point.Shape, point.Grammar, point.Unique) == (cell.Arm.Name, cell.Shape, cell.Grammar, cell.Unique));

    private static long Last(TransformerCell cell) => Math.Max(1, cell.Budget / Batch(cell)) * Batch(cell);

    private static int Batch(TransformerCell cell) => cell.Unique == 0 ? BatchSize : (int)Math.Min(BatchSize, cell.Unique);

    /// <summary>Trains a cell from its last checkpoint, and measures at the times at which nothing is known yet.</summary>
    private void Train(TransformerCell cell, Action<double> progress)
    {
        var clock = Stopwatch.StartNew();
        GrammarShape shape = cell.Shape;
        ulong seed = GrammarSeeds.OfShape(_setting.Seed, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity, cell.Grammar);
        var grammar = Grammar.Draw(shape, seed);
        long steps = Last(cell) / Batch(cell);
        TransformerTrainer Untrained() => new(grammar, new TransformerShape(shape.Vocabulary, shape.TokenCount, _width, 4, shape.Depth), cell.Arm.Training with
        {
            Seed = seed,
            Steps = steps,
            BatchSize = Batch(cell),
            Strings = cell.Unique == 0 ? null : cell.Unique,
            TargetLayers = shape.Depth,
        });
        string checkpoint = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, string.Create(CultureInfo.InvariantCulture,
            $"{cell.Arm.Name.Replace(' ', '-')}-{shape.ToString().Replace(' ', '-')}-{cell.Grammar}-{cell.Unique}-{steps}.safetensors"));
        HashSet<long> known;
        lock (_points) known = [.. Points(cell).Where(point => point.Level == shape.Depth).Select(point => point.Read)];
        // Times of another budget must be the same: powers of two, and the end. Of strings that are read again and again only the end is looked at.
        IEnumerable<long> between = cell.Unique > 0 ? [] : Enumerable.Range(4, 40).Select(k => 1L << k).Where(step => step < steps);
        long[] times = [0, .. between, steps];
        TransformerTrainer trainer = Untrained();
        if (File.Exists(checkpoint)) TransformerCheckpoint.Load(checkpoint, trainer);
        if (times.Any(time => time < trainer.Step && !known.Contains(time * Batch(cell)))) trainer = Untrained();
        progress(trainer.Step / (double)steps);
        foreach (long time in times)
        {
            bool diverged = false;
            while (trainer.Step < time && !diverged)
            {
                if (_setting.Cancellation.IsCancellationRequested)
                {
                    TransformerCheckpoint.Save(checkpoint, trainer);
                    _setting.Cancellation.ThrowIfCancellationRequested();
                }
                try
                {
                    trainer.Advance();
                }
                catch (TrainingDivergedException)
                {
                    // scored as it was before the step, at all later times
                    diverged = true;
                }
                if (trainer.Step % 64 == 0) progress(64 / (double)steps);
                if (trainer.Step % 4096 == 0) TransformerCheckpoint.Save(checkpoint, trainer);
            }
            if (known.Contains(time * Batch(cell))) continue;
            TransformerPoint[] points = [.. Score(cell, trainer, grammar, seed, time * Batch(cell))];
            lock (_points)
            {
                _points.AddRange(points);
                // The top level last: its row says that the others are there.
                foreach (TransformerPoint p in points)
                {
                    _store.Append(string.Create(CultureInfo.InvariantCulture,
                        $"{p.Arm},{p.Shape.Depth},{p.Shape.Branching},{p.Shape.Vocabulary},{p.Shape.Multiplicity},{p.Grammar},{p.Unique},{p.Read},{p.Level},{p.Span:R},{p.Whole:R},{p.NewSubtrees:R},{p.Synonyms:R},{p.Rank:R},{p.Trace:R},{p.TargetRank:R},{clock.Elapsed.TotalSeconds:0.0}"));
                }
            }
        }
        File.Delete(checkpoint);
    }

    private static IEnumerable<TransformerPoint> Score(TransformerCell cell, TransformerTrainer trainer, Grammar grammar, ulong seed, long read)
    {
        var measure = new RepresentationMeasure { Seed = seed, SynonymStrings = 300 };
        RepresentationScore score = EncoderKnowledge.Measure(trainer.Encoder, grammar, measure);
        TargetKnowledge? targets = EncoderKnowledge.MeasureTargets(trainer, grammar, measure);
        LayerKnowledge last = score.Layers[^1];
        return Enumerable.Range(1, grammar.Shape.Depth).Select(level => new TransformerPoint(cell.Arm.Name, cell.Shape, cell.Grammar, cell.Unique, read, level, score.Best(level),
            last.Levels[level - 1].Whole, score.Layers.Max(layer => layer.Levels[level - 1].NewSubtrees), last.Levels[level - 1].Synonyms.Value, last.EffectiveRank,
            targets?.Levels[level - 1] ?? double.NaN, targets?.EffectiveRank ?? double.NaN));
    }

    /// <summary>Mean over grammars of what untrained encoders know.</summary>
    public static double Untrained(IEnumerable<TransformerPoint> points, Func<TransformerPoint, double> value) => points.Where(point => point.Read == 0).Average(value);

    /// <summary>Mean over grammars of what is known at the end.</summary>
    public static double Trained(IReadOnlyCollection<TransformerPoint> points, Func<TransformerPoint, double> value)
    {
        long last = points.Max(point => point.Read);
        return points.Where(point => point.Read == last).Average(value);
    }

    /// <summary>What is known before the training and at its end, of each encoder: the times between are curves of another figure.</summary>
    public static IEnumerable<TransformerPoint> Ends(IEnumerable<TransformerPoint> points) =>
        points.GroupBy(point => (point.Arm, point.Shape, point.Grammar, point.Unique)).SelectMany(encoder =>
        {
            long last = encoder.Max(point => point.Read);
            return encoder.Where(point => point.Read == 0 || point.Read == last);
        });

    /// <summary>P* of points of one arm, shape and level: strings read until the probe is half of the way from the untrained encoder to 1, on average over grammars.</summary>
    /// <param name="points">Points of any number of grammars.</param>
    /// <param name="value">Which probe.</param>
    public static SampleComplexity Threshold(IEnumerable<TransformerPoint> points, Func<TransformerPoint, double> value)
    {
        var grammars = points.GroupBy(point => point.Grammar).Select(grammar => grammar.ToList()).ToList();
        // Encoders with smaller budgets, found in the folder, were also looked at at their ends.
        long[] times = [.. grammars.Select(grammar => grammar.Where(point => point.Read > 0).Select(point => point.Read)).Aggregate((a, b) => a.Intersect(b)).Order()];
        return SampleComplexity.OfMeanCurve([.. times.Select(time => (double)time)], [.. grammars.Select(grammar =>
        {
            double half = (1 + Untrained(grammar, value)) / 2;
            return (IReadOnlyList<double>)[.. times.Select(time => value(grammar.Single(point => point.Read == time)) - half)];
        })], level: 0);
    }

    /// <summary>Curves of a value against the strings read over v m^3, one for each multiplicity; grammars are averaged, the untrained encoders are the dotted lines.</summary>
    public static void Curves(Plot plot, IEnumerable<TransformerPoint> points, Func<TransformerPoint, double> value, string title, string y, Func<TransformerPoint, double>? x = null)
    {
        x ??= point => point.Read / point.Unit;
        var shapes = points.GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key).ToList();
        for (int i = 0; i < shapes.Count; i++)
        {
            Color color = Figures.Ordered(i, shapes.Count);
            double[] untrained = [.. shapes[i].Where(point => point.Read == 0).Select(value).Where(double.IsFinite)];
            if (untrained.Length > 0)
            {
                ScottPlot.Plottables.HorizontalLine line = plot.Add.HorizontalLine(untrained.Average(), 1.5f, color, LinePattern.Dotted);
                line.ExcludeFromLegend = true;
            }
            var means = shapes[i].Where(point => point.Read > 0).GroupBy(x).OrderBy(group => group.Key)
                .Select(group => (X: Math.Log10(group.Key), Y: group.Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average())).Where(point => double.IsFinite(point.Y)).ToList();
            ScottPlot.Plottables.Scatter curve = plot.Add.Scatter(means.Select(point => point.X).ToArray(), means.Select(point => point.Y).ToArray(), color);
            curve.LegendText = string.Create(CultureInfo.InvariantCulture, $"m = {shapes[i].Key}");
            curve.MarkerSize = 6;
        }
        Figures.LogarithmicX(plot);
        plot.Title(title);
        plot.XLabel("strings read / (v m³)");
        plot.YLabel(y);
        plot.ShowLegend(Alignment.LowerRight);
    }

    /// <summary>P* against m of one arm.</summary>
    public static void Thresholds(Plot plot, IEnumerable<(int M, SampleComplexity P)> thresholds, Color color, string name) =>
        Plots.Thresholds(plot, thresholds.Select(point => (Math.Log10(point.M), point.P, 1.0)), color, name);

    /// <summary>Grid of the figures of data2vec alone, of which all parameters but these are fixed.</summary>
    public static IReadOnlyList<TransformerCell> Data2VecGrid(RunContext setting, ExperimentParameters parameters, double paperUnits = 10_000, double quickUnits = 600)
    {
        bool paper = setting.Scale == Scale.Paper;
        double units = parameters.Budget ?? (paper ? paperUnits : quickUnits);
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException($"{parameters.Depths.Count} depths: this figure has one");
        return [.. from m in parameters.Multiplicities ?? (paper ? [3, 4, 5] : [2, 3])
                   from grammar in Enumerable.Range(0, parameters.Grammars ?? (paper ? 2 : 1))
                   let shape = Learnable(new GrammarShape(parameters.Depths?[0] ?? (paper ? 4 : 3), parameters.Branching ?? 2, parameters.Vocabulary ?? (paper ? 16 : 8), m))
                   select new TransformerCell(TransformerArm.Data2Vec, shape, grammar, 0, Budget(shape, units))];
    }

    /// <summary>Each cell at several P, strings that are read again and again: factors times v m^3, at least 16.</summary>
    /// <exception cref="ArgumentException">An encoder would not read all of its strings.</exception>
    public static IEnumerable<TransformerCell> Repeated(IEnumerable<TransformerCell> cells, IReadOnlyList<double> factors) =>
        from cell in cells
        from factor in factors
        let strings = Math.Max(16, (long)Math.Round(factor * SampleScales.Latents(cell.Shape)))
        select strings <= cell.Budget ? cell with { Unique = strings }
            : throw new ArgumentException($"an encoder that reads {cell.Budget} strings in all cannot read P = {strings} different ones: a larger --budget is needed");

    /// <summary>Strings to read: so many v m^3, up to the next power of two.</summary>
    /// <exception cref="ArgumentException">None at all, or more than there will ever be time for.</exception>
    private static long Budget(GrammarShape shape, double units)
    {
        double unit = SampleScales.Latents(shape), strings = units * unit;
        return strings is >= BatchSize and <= 1L << 40 ? (long)BitOperations.RoundUpToPowerOf2((ulong)strings)
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"budget {units} v m^3: an encoder of {shape} reads {BatchSize} to 2^40 strings, that is, {BatchSize / unit:G3} to {(1L << 40) / unit:G3} v m^3"));
    }

    /// <summary>The same shape, if there is something to learn.</summary>
    public static GrammarShape Learnable(GrammarShape shape)
    {
        Unlearnable.Refuse(shape);
        return shape;
    }
}
