namespace Rhm.Randomness;

/// <summary>
/// The table of random streams: which blocks of which purpose every use in this library owns. Nothing else opens a stream, so that no two
/// uses share numbers; <see cref="KnownOverlaps"/> are the exceptions. Published results stand on the first blocks; none may change without
/// raising the version of what uses it.
/// </summary>
internal static class StreamOffsets
{
    private const ulong Short = 1UL << 16;
    private const ulong Int = 1UL << 31;

    /// <summary>Level l has block l.</summary>
    public static StreamRange GrammarLevels { get; } = new("production rules of a level", RandomPurpose.Grammar, 0, Short);

    /// <summary>Each group of 64 strings has a sequence of its own, see <see cref="NodeRandom"/>.</summary>
    public static StreamRange TrainingStrings { get; } = new("strings to learn from", RandomPurpose.Strings, 0, 1);

    /// <summary>As <see cref="TrainingStrings"/>.</summary>
    public static StreamRange HeldOutStrings { get; } = new("held-out strings", RandomPurpose.HeldOut, 0, 1);

    /// <summary>As <see cref="TrainingStrings"/>.</summary>
    public static StreamRange ProbeStrings { get; } = new("strings that probes are fitted to", RandomPurpose.Probe, 0, 1);

    /// <summary>The token of each string whose target is measured.</summary>
    public static StreamRange ProbePositions { get; } = new("positions at which targets are probed", RandomPurpose.HeldOut, 1, 1);

    /// <summary>Level l, from 1, has block l 2^32.</summary>
    public static StreamRange Synonyms { get; } =
        new("exchanged productions of a level", RandomPurpose.HeldOut, 1UL << 32, (ulong)Short << 32);

    /// <summary>For <c>SingleLevelClustering</c>.</summary>
    public static StreamRange SingleLevelCounts { get; } =
        new("counts of a level drawn from their law", RandomPurpose.Strings, 0, 1) { SeedOf = "level and P" };

    /// <summary>Restart r has block r.</summary>
    public static StreamRange Restarts { get; } = new("restarts of k-means", RandomPurpose.Clustering, 0, Int);

    /// <summary>Of the spectral embedding.</summary>
    public static StreamRange StartingVectors { get; } = new("starting vectors of an eigensolver", RandomPurpose.Spectral, 0, 1);

    /// <summary>One for each pair of child positions: the null model of the spectrum.</summary>
    public static StreamRange IndependentPairs { get; } = new("pairs of tuples without correlation", RandomPurpose.Spectral, 1, Short);

    /// <summary>The first codes of own-latent clustering.</summary>
    public static StreamRange RandomCodes { get; } =
        new("random codes of tuples", RandomPurpose.Spectral, 0, 1) { SeedOf = "start of a level" };

    /// <summary>For the law of whole tuples.</summary>
    public static StreamRange DrawnLabels { get; } =
        new("labels of tuples, drawn given the others", RandomPurpose.Spectral, 1UL << 17, 1) { SeedOf = "start of a level" };

    /// <summary>One for each grammar.</summary>
    public static StreamRange ThresholdPhase { get; } = new("place of the grid of P in a search", RandomPurpose.Experiment, 0, 1);

    /// <summary>Numbers that no learner learned.</summary>
    public static StreamRange NullAccuracies { get; } =
        new("accuracies of the null learner", RandomPurpose.Experiment, 0, 1) { SeedOf = "P and a rule" };

    /// <summary>For the interval of a collapse score.</summary>
    public static StreamRange CollapseResamples { get; } = new("resampled curves", RandomPurpose.Bootstrap, 0, 1) { Of = "collapse" };

    /// <summary>One for each string.</summary>
    public static StreamRange StringMask { get; } =
        new("mask of a string whose Bayes-optimal loss is taken", RandomPurpose.Training, 0, 1) { SeedOf = "tokens of the string" };

    /// <summary>One for each string.</summary>
    public static StreamRange NoisyLatents { get; } =
        new("latents of a string that are replaced before they are predicted", RandomPurpose.Training, 1, 1)
        {
            SeedOf = "tokens of the string",
        };

    /// <summary>One for each layer.</summary>
    public static StreamRange ConvolutionWeights { get; } =
        new("initial weights of a convolutional network", RandomPurpose.Training, 0, Int) { Of = "convolution" };

    /// <summary>One for each tensor.</summary>
    public static StreamRange SlcWeights { get; } =
        new("initial weights of a stacked latent clustering network", RandomPurpose.Training, 0, Int) { Of = "slc" };

    /// <summary>One for each tensor.</summary>
    public static StreamRange TransformerWeights { get; } =
        new("initial weights of a transformer", RandomPurpose.Training, 0, Int) { Of = "transformer" };

    /// <summary>One for each layer of the encoder.</summary>
    public static StreamRange JointEmbeddingWeights { get; } =
        new("initial weights of an encoder of tuples", RandomPurpose.Training, 0, Int) { SeedOf = "level" };

    /// <summary>One for each pair of child positions.</summary>
    public static StreamRange CousinPairs { get; } =
        new("pairs of cousin tuples in a batch", RandomPurpose.Training, 0, Short) { SeedOf = "level and step" };

    /// <summary>Step t has block t.</summary>
    public static StreamRange Projections { get; } =
        new("projections whose law is compared with a Gaussian", RandomPurpose.Spectral, 0, Int) { SeedOf = "level" };

    /// <summary>One for each layer.</summary>
    public static StreamRange ProbeWeights { get; } = new("initial weights of a probe", RandomPurpose.Training, 0, Int);

    /// <summary>And the seeds of what it drops.</summary>
    public static StreamRange ProbeBatches { get; } = new("batches of a probe", RandomPurpose.Training, 1UL << 32, 1);

    /// <summary>One for each chunk of a batch.</summary>
    public static StreamRange DroppedUnits { get; } =
        new("units that a dense network drops in a step", RandomPurpose.Training, 0, Int) { SeedOf = "step of a probe" };

    /// <summary>Epoch e has block e of the range.</summary>
    public static StreamRange EpochOrder { get; } =
        new("order of the strings in an epoch", RandomPurpose.Training, 1UL << 32, (1UL << 40) - (1UL << 32));

    /// <summary>Step t has block t of the range.</summary>
    public static StreamRange Masks { get; } =
        new("masked tokens of a step", RandomPurpose.Training, 1UL << 40, (1UL << 48) - (1UL << 40)) { Of = "transformer" };

    /// <summary>For the least loss of any predictor; the last block that a number of a step could reach.</summary>
    public static StreamRange HeldOutMasks { get; } =
        new("masked tokens of held-out strings", RandomPurpose.Training, (1UL << 40) + long.MaxValue, 1) { Of = "transformer" };

    /// <summary>One for each place of the network; each step has a sequence of its own.</summary>
    public static StreamRange DroppedNumbers { get; } =
        new("numbers that a transformer drops", RandomPurpose.Training, 1UL << 48, Int) { Of = "transformer" };

    /// <summary>Level l of step t has block t (L-1) + l of the range.</summary>
    public static StreamRange ComparedTuples { get; } =
        new("tuples that a clustering loss compares in a step", RandomPurpose.Training, 1UL << 48, 1UL << 62) { Of = "slc" };

    /// <summary>Every row.</summary>
    public static IReadOnlyList<StreamRange> All { get; } =
    [
        GrammarLevels, TrainingStrings, HeldOutStrings, ProbeStrings, ProbePositions, Synonyms, SingleLevelCounts, Restarts,
        StartingVectors, IndependentPairs, RandomCodes, DrawnLabels, ThresholdPhase, NullAccuracies, CollapseResamples,
        StringMask, NoisyLatents, ConvolutionWeights, SlcWeights, TransformerWeights, JointEmbeddingWeights, CousinPairs, Projections,
        ProbeWeights, ProbeBatches, DroppedUnits, EpochOrder, Masks, HeldOutMasks, DroppedNumbers, ComparedTuples,
    ];

    /// <summary>
    /// Rows that give the same numbers where a probe has the seed of the network that it probes: the probe's weights are those of the
    /// network's first layers, up to a factor, and its batches follow the order of the first epoch.
    /// To be mended when the versions of the networks are raised.
    /// </summary>
    public static IReadOnlyList<(StreamRange, StreamRange)> KnownOverlaps { get; } =
    [
        (ConvolutionWeights, ProbeWeights), (SlcWeights, ProbeWeights), (TransformerWeights, ProbeWeights), (ProbeBatches, EpochOrder),
    ];

    /// <summary>The row of strings of a purpose.</summary>
    /// <param name="purpose">To learn from, held out, or for a probe.</param>
    /// <exception cref="ArgumentException">Another purpose.</exception>
    public static StreamRange StringsFor(RandomPurpose purpose) => purpose switch
    {
        RandomPurpose.Strings => TrainingStrings,
        RandomPurpose.HeldOut => HeldOutStrings,
        RandomPurpose.Probe => ProbeStrings,
        _ => throw new ArgumentException($"strings are drawn for {RandomPurpose.Strings}, {RandomPurpose.HeldOut} or "
            + $"{RandomPurpose.Probe}, not for {purpose}"),
    };
}
