using System.Globalization;
using System.Runtime.InteropServices;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Networks.Probes;
using Rhm.Networks.Training;
using Rhm.Strings;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// Trains encoders of tuples with AdamW: at each level an encoder predicts the embedding of cousin tuples, a variable of the level that is
/// being learned; k-means on the embeddings gives the codes of the next level. In the population the optimum of the whitened objectives is
/// the span of the parents' indicators; from samples it is found from about v m^2/(1-f) strings, whatever the depth, where elements as
/// targets (the paper's) need v m^3. Levels are learned one after the other, or all at once.
/// </summary>
/// <remarks>Cost: one pass over the strings for each level; each step, the pairs that occur times d, and the encoder forward and backward
/// on as many tuples as there are, at most v m where the level below is right.</remarks>
public sealed class JointEmbeddingTrainer : NetworkTrainer<IReadOnlyList<double>>
{
    private readonly IStringSource _data;
    private readonly int _branching;
    private readonly EmbeddingStack? _stack;
    private EmbeddedHierarchy _hierarchy;
    private TupleProblem? _problem;
    private LevelTraining? _level;
    private float[] _inputs = [];
    private string? _hash;

    /// <summary>A trainer at step 0.</summary>
    /// <param name="data">The strings; read once for each level, held in memory where gradients go through all levels.</param>
    /// <param name="branching">s; the depth follows from the length of the strings.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1, symbols outside the vocabulary, or
    /// settings out of range.</exception>
    public JointEmbeddingTrainer(IStringSource data, int branching, JointEmbeddingOptions? options = null)
        : base(StepsOf(data, branching, options ??= new JointEmbeddingOptions()))
    {
        (_data, _branching, Options) = (data, branching, options);
        _hierarchy = new EmbeddedHierarchy(data, branching, options);
        if (options.Gradients == JointEmbeddingGradients.EndToEnd) _stack = new EmbeddingStack(data, branching, _hierarchy, options);
    }

    /// <summary>Settings.</summary>
    public JointEmbeddingOptions Options { get; }

    /// <summary>What was learned: the levels that are finished, all of them after the last step.</summary>
    public LearnedHierarchy Learned => _hierarchy.Learned;

    /// <summary>Number of parameters of the encoders and predictors that are trained now.</summary>
    public int ParameterCount => Parameters.Length;

    /// <summary>The embeddings of every node of the levels that are finished, for probes; those of unseen tuples are zero.</summary>
    /// <param name="tokens">[strings, s^L].</param>
    public IReadOnlyList<LayerStates> Hidden(ReadOnlySpan<ushort> tokens) => _hierarchy.Hidden(tokens);

    /// <summary>Effective ranks of the embeddings of the levels that are finished.</summary>
    public IReadOnlyList<JointEmbeddingRank> Ranks =>
        [.. _hierarchy.Levels.Select((level, l) => new JointEmbeddingRank(l + 1, level.Rank, level.Dimension))];

    /// <summary>Stops within a pass over the strings.</summary>
    internal CancellationToken Cancellation { get; set; }

    private int LossCount => _stack?.Levels.Count ?? 1;

    private protected override float[] Parameters =>
        [.. Trained.SelectMany(level => (float[])[.. level.Network.Encoder.Parameters, .. level.Network.Predictors])];

    private IEnumerable<LevelTraining> Trained => _stack?.Levels ?? (_level is null ? [] : [_level]);

    internal override CheckpointContent Content => new("rhm-joint-embedding 1",
        $"L={_hierarchy.Depth} s={_branching} v={_data.Vocabulary}", [new("options", Options with { Threads = 1 })],
        _data.Count.ToString(CultureInfo.InvariantCulture), Hash, LossCount,
        [
            .. _stack is null ? _hierarchy.Levels.SelectMany((level, l) => JointEmbeddingCheckpoint.Arrays(level, l)) : [],
            .. _stack?.Levels.SelectMany((level, l) => level.Arrays($"training.{l}")) ?? [],
            .. _level is not null && !IsBetweenLevels ? _level.Arrays("training") : [],
        ]);

    private bool IsBetweenLevels => Step % Options.Steps == 0;

    /// <summary>Tells these strings from others, by what is counted of them at the lowest level.</summary>
    private string Hash => _hash ??= _stack?.Hash ?? HashOf(new EmbeddedHierarchy(_data, _branching, Options).Open(Cancellation).Counts);

    internal override double[] NumbersOf(IReadOnlyList<double> losses) => [.. losses];

    /// <inheritdoc/>
    /// <returns>Of each level that was trained in this step, from the lowest up, the loss before it.</returns>
    public override IReadOnlyList<double> Advance()
    {
        if (_stack is not null)
        {
            double[] losses = _stack.Advance(Step + 1, LevelTraining.OptimiserOf(Step + 1, Options));
            Step++;
            if (Step == Steps) _stack.ReadOff(_hierarchy, Cancellation);
            return losses;
        }
        if (IsBetweenLevels) Begin();
        if (_level is null)
        {
            Close(new EmbeddedLevel(_problem!.Known!.Labels, _problem.Known.Symbols, [], 0, 0));
            Step += Options.Steps;
            return [0];
        }
        int number = _hierarchy.Levels.Count;
        double loss = _level.Advance(_inputs, _problem!.Pairs, (Step % Options.Steps) + 1, number, _hierarchy.OptionsOf(number));
        Step++;
        if (IsBetweenLevels) Close(_hierarchy.Cluster(_problem!, _level.Network.Embed(_inputs, Options.Threads)));
        return [loss];
    }

    /// <summary>Effective ranks of the embeddings of the levels in training, each with the number of the level of its tuples' elements.
    /// </summary>
    internal IEnumerable<(int Level, double Rank)> RanksInTraining()
    {
        if (_stack is not null) return _stack.Ranks.Select((rank, level) => (level, rank));
        if (IsBetweenLevels) return Step == 0 ? [] : [(_hierarchy.Levels.Count - 1, _hierarchy.Levels[^1].Rank)];
        double[] z = _level!.Network.Embed(_inputs, Options.Threads);
        return [(_hierarchy.Levels.Count, EmbeddedLevel.RankOf(EmbeddedLevel.Covariance(_problem!.Pairs, z)))];
    }

    /// <summary>A trainer of the same strings with some levels finished and the next one begun.</summary>
    internal JointEmbeddingTrainer At(long step, IReadOnlyList<EmbeddedLevel> finished)
    {
        var trainer = new JointEmbeddingTrainer(_data, _branching, Options) { Cancellation = Cancellation };
        foreach (EmbeddedLevel level in finished)
        {
            trainer._problem = trainer._hierarchy.Open(Cancellation);
            if (trainer._problem.Counts.Tuples.Count != level.Labels.Length)
                throw new ArgumentException($"a level of {level.Labels.Length} tuples does not fit these strings");
            trainer.Close(level);
        }
        trainer.Step = step;
        if (trainer is { _stack: null, IsBetweenLevels: false }) trainer.Begin();
        return trainer;
    }

    /// <summary>Takes over the state of a trainer of the same strings.</summary>
    internal void Take(JointEmbeddingTrainer other)
    {
        (_hierarchy, _problem, _level, _inputs, Step) = (other._hierarchy, other._problem, other._level, other._inputs, other.Step);
        Losses.Load(other.Losses);
    }

    internal override void Resume(long step)
    {
        base.Resume(step);
        if (_stack is not null && step == Steps && _hierarchy.Levels.Count == 0) _stack.ReadOff(_hierarchy, Cancellation);
    }

    private static long StepsOf(IStringSource data, int branching, JointEmbeddingOptions options)
    {
        LevelwiseLearning.Require(data, branching);
        options.Validate();
        return options.Gradients == JointEmbeddingGradients.Local ? options.Steps * (data.Depth(branching) - 1) : options.Steps;
    }

    private static string HashOf(LevelCounts counts)
    {
        var all = new List<long>();
        for (int i = 0; i < counts.Branching; i++)
        {
            for (int j = i + 1; j < counts.Branching; j++) all.AddRange(counts.Pairs(i, j).Counts);
        }
        return TokenHash.Of(MemoryMarshal.Cast<long, ushort>(CollectionsMarshal.AsSpan(all)));
    }

    private void Begin()
    {
        // A mean of losses is of one level.
        Losses.Clear();
        _problem = _hierarchy.Open(Cancellation);
        _level = null;
        if (_problem.Known is not null) return;
        _inputs = _problem.OneHot();
        _level = _hierarchy.NewTraining(_problem, _inputs);
    }

    private void Close(EmbeddedLevel level) => _hierarchy.Close(_problem!, level);
}
