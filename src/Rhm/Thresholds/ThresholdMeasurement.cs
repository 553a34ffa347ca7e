using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Parallelism;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Statistics;

namespace Rhm.Thresholds;

/// <summary>
/// Measures P* of a learner at a setting, adaptively, in several random grammars. The grammars and their strings are a function of
/// (seed, L, s, v, m, number of the grammar): learners measured with one seed see the same grammars and the same strings.
/// </summary>
/// <param name="Learner">The learner.</param>
/// <param name="Options">Its options, from <see cref="Learner.Options"/> or of its type.</param>
/// <param name="Shape">The setting.</param>
public sealed record ThresholdMeasurement(Learner Learner, object Options, GrammarShape Shape)
{
    /// <summary>Version of the search for P*; raised with a change that makes it find other numbers.</summary>
    public const int SearchVersion = 1;

    /// <summary>Number of random grammars.</summary>
    public int Grammars { get; init; } = 8;

    /// <summary>Seed of everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Zipf exponent of the grammars' rule probabilities; 0 = uniform.</summary>
    public double Zipf { get; init; }

    /// <summary>P at which the search starts, best a little below P*; v m^3 when 0.</summary>
    public double Start { get; init; }

    /// <summary>See <see cref="ThresholdSearch.Stride"/>.</summary>
    public int Stride { get; init; } = 4;

    /// <summary>Largest P that is tried.</summary>
    public long Most { get; init; } = 1L << 26;

    /// <summary>Number of held-out strings on which accuracy is measured.</summary>
    public long HeldOut { get; init; } = 1000;

    /// <summary>Accuracy that counts as learned; half of the way from chance, 1/v, to 1 when 0.</summary>
    public double Level { get; init; }

    /// <summary>The levels 1..L-1 whose thresholds are wanted; the top one alone when null.
    /// Level l depends on all levels below it.</summary>
    public IReadOnlyList<int>? Levels { get; init; }

    /// <summary>
    /// Where accuracies are kept: receives the number of the grammar, P and the way to measure, and answers with the accuracies of
    /// levels 1..L-1. By default nothing is kept.
    /// </summary>
    public Func<int, long, Func<IReadOnlyList<double>>, IReadOnlyList<double>> Store { get; init; } = (_, _, measure) => measure();

    /// <summary>The levels measured.</summary>
    public IReadOnlyList<int> MeasuredLevels => Levels ?? [Shape.Depth - 1];

    private double FirstSamples => Start > 0 ? Start : SampleScales.Latents(Shape);

    /// <summary>Accuracies of levels 1..L-1 in one grammar.</summary>
    /// <param name="number">Which grammar.</param>
    /// <param name="samples">P.</param>
    /// <param name="cancellation">Stops the learner.</param>
    public IReadOnlyList<double> Accuracy(int number, long samples, CancellationToken cancellation = default) =>
        Store(number, samples, () =>
    {
        ulong seed = SeedOf(number);
        var problem = new LearningProblem(Grammar.Draw(Shape, seed, Zipf), samples)
        {
            Seed = seed,
            HeldOut = HeldOut,
            Cancellation = cancellation,
        };
        return Learner.Learn(problem, Options).Accuracy;
    });

    /// <summary>The crossing of each measured level in one grammar.</summary>
    /// <param name="number">Which grammar.</param>
    /// <param name="cancellation">Stops the learner.</param>
    public IReadOnlyList<Crossing> Cross(int number, CancellationToken cancellation = default)
    {
        var curve = new LearningCurve(samples => Accuracy(number, samples, cancellation));
        ulong seed = SeedOf(number);
        double phase = StreamOffsets.ThresholdPhase.Open(seed).NextDouble();
        var search = new ThresholdSearch(Math.Min(FirstSamples, Most), 1, Most) { Phase = phase, Stride = Stride };
        double level = Level > 0 ? Level : SampleComplexity.HalfWay(Shape.Vocabulary);
        // The top level first: it needs the largest P, and the searches of lower levels start from its evaluations' grid.
        Crossing[] crossings = new Crossing[MeasuredLevels.Count];
        for (int i = crossings.Length - 1; i >= 0; i--) crossings[i] = curve.Cross(level, search, MeasuredLevels[i] - 1);
        return crossings;
    }

    /// <summary>Measures several settings on several threads, the most expensive grammars first.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="threads">Grammars measured at a time; no result depends on it.</param>
    /// <param name="alpha">Probability, about, that an interval misses the truth.</param>
    /// <param name="progress">Receives the fraction done, 0..1.</param>
    /// <param name="cancellation">Stops everything.</param>
    /// <returns>result[i][j]: P* of measured level j of setting i.</returns>
    public static IReadOnlyList<IReadOnlyList<SampleComplexity>> Measure(IReadOnlyList<ThresholdMeasurement> settings, int threads,
        double alpha = 0.05, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        foreach (ThresholdMeasurement setting in settings) setting.Require();
        var jobs = (from i in Enumerable.Range(0, settings.Count)
                    from g in Enumerable.Range(0, settings[i].Grammars)
                    orderby settings[i].Cost descending
                    select (Setting: i, Grammar: g)).ToList();
        IReadOnlyList<Crossing>[][] crossings = [.. settings.Select(setting => new IReadOnlyList<Crossing>[setting.Grammars])];
        double total = jobs.Sum(job => settings[job.Setting].Cost), done = 0;
        ParallelLoop.Ordered(threads, jobs.Count, j =>
        {
            (int i, int g) = jobs[j];
            crossings[i][g] = settings[i].Cross(g, cancellation);
            lock (jobs) progress?.Invoke(Math.Min(1, (done += settings[i].Cost) / total));
        }, cancellation);
        return [.. settings.Select((setting, i) => (IReadOnlyList<SampleComplexity>)[.. setting.MeasuredLevels.Select((_, level) =>
            SampleComplexity.Of([.. crossings[i].Select(grammar => grammar[level])], alpha))])];
    }

    private ulong SeedOf(int number) =>
        GrammarSeeds.OfShape(Seed, Shape.Depth, Shape.Branching, Shape.Vocabulary, Shape.Multiplicity, number);

    private double Cost => FirstSamples * (double)Shape.StringLength * Shape.Depth + 1e6;

    private void Require()
    {
        if (Grammars < 1) throw new ArgumentException($"number of grammars {Grammars} must be at least 1");
        if (Shape.Multiplicity == 1)
            throw new ArgumentException($"multiplicity m = 1 ({Shape}): every symbol has one production rule, there are no synonyms to "
                + "group and there is no P*");
        if (MeasuredLevels.Any(level => level < 1 || level > Shape.Depth - 1))
            throw new ArgumentException($"levels {string.Join(", ", MeasuredLevels)} of {Shape}: hidden levels below the root are "
                + $"1..{Shape.Depth - 1}");
        Learner.Require(Shape, Most, Options);
    }
}
