using System.Text.Json;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Statistics;
using Rhm.Thresholds;

namespace Rhm.Sweeps;

/// <summary>
/// P* of a learner in one grammar, found adaptively: see <see cref="ThresholdMeasurement"/>. Grammars are numbered; the seed of a grammar,
/// its strings and the learner is a function of the seed, L, s, v, m and the number.
/// </summary>
/// <param name="Shape">L, s, v, m and the number of classes.</param>
/// <param name="Grammar">Number of the grammar, from 0.</param>
/// <param name="Seed">That from which all seeds are derived.</param>
/// <param name="HeldOut">Number of held-out strings.</param>
/// <param name="Settings">The learner.</param>
/// <param name="Start">P at which the search starts; v m^3 when 0.</param>
/// <param name="Most">Largest P that is tried.</param>
/// <param name="Threshold">Accuracy that counts as learned; half of the way from chance, 1/v, to 1 when 0.</param>
/// <param name="AllLevels">Whether P* of every level below the root is found, and not that of the top one alone.</param>
/// <param name="Zipf">Exponent of the rule probabilities.</param>
public sealed record ThresholdCell(GrammarShape Shape, long Grammar, long Seed, long HeldOut, LearnerSettings Settings, double Start,
    long Most, double Threshold, bool AllLevels, double Zipf = 0) : LearnerCell(Shape, Zipf, Grammar, Seed, HeldOut, Settings)
{
    /// <summary>Its <see cref="Cell.Kind"/>.</summary>
    public const string KindName = "threshold";

    /// <summary>The parameter that says which hidden level counts.</summary>
    internal const string HiddenLevelName = "hidden_level";

    /// <summary>Hidden level 1..L-1 whose P* is found, instead of that of the top one; null for the top one.</summary>
    public int? HiddenLevel { get; init; }

    // How many times the learner's time at the longest of the runs a search takes in all: measured, 3 to 6.
    private const double SearchFactor = 4;

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>The measurement, without the grammars' number.</summary>
    public ThresholdMeasurement Measurement => new(Settings.Learner, Settings.Options, Shape)
    {
        Grammars = 1,
        Seed = (ulong)Seed,
        Zipf = Zipf,
        Start = Start,
        Most = Most,
        HeldOut = HeldOut,
        Level = Threshold,
        Levels = HiddenLevel is { } level ? [level] : AllLevels ? [.. Enumerable.Range(1, Shape.Depth - 1)] : null,
    };

    private long ExpectedSamples
    {
        get
        {
            double start = Start > 0 ? Start : Shape.Vocabulary * Math.Pow(Shape.Multiplicity, 3);
            return (long)Math.Clamp(2 * start, 1, Most);
        }
    }

    /// <inheritdoc/>
    public override double MemoryBytes => Settings.Learner.MemoryBytes(Shape, ExpectedSamples, Settings.Options);

    /// <inheritdoc/>
    public override double Seconds
    {
        get
        {
            // A search runs on both sides of P*; some learners take longest where there is too little to find.
            double above = Settings.Learner.Seconds(Shape, ExpectedSamples, Settings.Options);
            double below = Settings.Learner.Seconds(Shape, Math.Max(1, ExpectedSamples / 4), Settings.Options);
            return SearchFactor * Math.Max(above, below);
        }
    }

    /// <inheritdoc/>
    public override string Title => $"P* of {Worker} {Shape}";

    /// <inheritdoc/>
    private protected override IEnumerable<(string Name, object Value)> Own =>
    [
        .. base.Own, ("kind", KindName), ("threshold_version", ThresholdMeasurement.SearchVersion), (StartName(Settings.Learner), Start),
        ("most", Most), ("threshold", Threshold), ("all_levels", AllLevels),
        .. HiddenLevel is { } level ? [(HiddenLevelName, (object)level)] : Array.Empty<(string, object)>(),
    ];

    /// <summary>Finds P*. The result has no accuracies; its measures are those of <see cref="ResultOf"/>.</summary>
    /// <inheritdoc/>
    public override LearningResult Run(int threads, CancellationToken cancellation)
    {
        int runs = 0;
        ThresholdMeasurement measurement = Measurement with
        {
            Store = (_, _, measure) =>
            {
                runs++;
                return measure();
            },
        };
        return ResultOf(measurement.Cross((int)Grammar, cancellation), runs);
    }

    /// <summary>
    /// Crossings as measures: <c>p_star_top</c> and <c>side_top</c> (-1: P* is at most that; 0: found; 1: at least), or of the hidden level
    /// that counts <c>p_star_level1</c> and so on, where all levels count the same for each, and the number of runs.
    /// </summary>
    /// <param name="crossings">One for each measured level.</param>
    /// <param name="runs">Runs of the learner that were needed.</param>
    public LearningResult ResultOf(IReadOnlyList<Crossing> crossings, int runs)
    {
        ArgumentNullException.ThrowIfNull(crossings);
        var measures = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["runs"] = runs };
        void Add(string level, Crossing crossing) => (measures[$"p_star_{level}"], measures[$"side_{level}"]) =
            (crossing.Samples, crossing.Side switch { CrossingSide.Below => -1, CrossingSide.Found => 0, _ => 1 });
        Add(HiddenLevel is { } level ? $"level{level}" : "top", crossings[^1]);
        for (int i = 0; AllLevels && i < crossings.Count; i++) Add($"level{i + 1}", crossings[i]);
        return new LearningResult([]) { Measures = measures };
    }

    /// <summary>The crossing that measures tell of.</summary>
    /// <param name="measures">From <see cref="ResultOf"/>.</param>
    /// <param name="level">The level; null for the top one.</param>
    public static Crossing CrossingOf(IReadOnlyDictionary<string, double> measures, int? level = null)
    {
        ArgumentNullException.ThrowIfNull(measures);
        string name = level is { } l ? $"level{l}" : "top";
        CrossingSide side = measures[$"side_{name}"] switch
        {
            < 0 => CrossingSide.Below,
            > 0 => CrossingSide.Beyond,
            _ => CrossingSide.Found,
        };
        return new Crossing(measures[$"p_star_{name}"], side);
    }

    /// <summary>What <see cref="Start"/> is called in sweep files and tables: search_start where the learner has a start of its
    /// own.</summary>
    /// <param name="learner">The learner.</param>
    public static string StartName(Learner learner) =>
        CellBuilder.OfThresholdsOf(learner).Contains(CellBuilder.SearchStart) ? CellBuilder.SearchStart.Name : "start";

    /// <summary>The cell of a canonical form.</summary>
    internal static ThresholdCell Of(JsonElement root, LearnerCatalog learners)
    {
        long Long(string name) => root.GetProperty(name).GetInt64();
        double Number(string name) => root.GetProperty(name).GetDouble();
        LearnerSettings settings = SettingsOf(root, learners);
        return new ThresholdCell(ShapeOf(root), Long("grammar"), Long("seed"), Long("held_out"), settings,
            Number(StartName(settings.Learner)), Long("most"), Number("threshold"), root.GetProperty("all_levels").GetBoolean(),
            Number("zipf"))
        {
            HiddenLevel = root.TryGetProperty(HiddenLevelName, out JsonElement level) ? level.GetInt32() : null,
        };
    }
}
