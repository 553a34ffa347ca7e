using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Rhm.Grammars;
using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Parallelism;
using Rhm.Strings;

namespace Rhm.Networks.Transformers;

/// <summary>
/// Trains a <see cref="TransformerEncoder"/> with AdamW, on fresh strings or on P strings again and again.
/// </summary>
public sealed class TransformerTrainer : NetworkTrainer<TransformerStep>
{
    /// <summary>Raised with every change after which the same seed trains another encoder.</summary>
    public const int Version = 1;

    private readonly TransformerLayout _layout;
    private readonly TransformerLoss<float> _loss;
    private readonly float[] _gradient;
    private readonly string _givenTeacher = "";

    /// <summary>
    /// A trainer at step 0 on the strings of a grammar (<see cref="TransformerTraining.Strings"/> says whether they are fresh).
    /// </summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="shape">Sizes of the encoder.</param>
    /// <param name="training">What is minimised, and how.</param>
    /// <param name="teacher">
    /// What the teacher is at first, another encoder of the same sizes; it is copied. Null: the encoder as it is before the first step.
    /// With a <see cref="TransformerTraining.TeacherDecay"/> of 1 it stays.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Strings do not fit the encoder, a setting makes no sense, or there is a teacher of other sizes, or for an objective without one.
    /// </exception>
    public TransformerTrainer(Grammar grammar, TransformerShape shape, TransformerTraining training, TransformerEncoder? teacher = null)
        : this(StringsOf(grammar, training), shape, training, grammar)
    {
        if (teacher is null) return;
        if (Teacher is null) throw new ArgumentException($"a teacher is given, but the objective {training.Objective} has none");
        if (teacher.Shape != shape) throw new ArgumentException($"a teacher of {teacher.Shape} does not fit an encoder of {shape}");
        teacher.Parameters.AsSpan(0, _layout.EncoderCount).CopyTo(Teacher.Parameters);
        _givenTeacher = ", teacher " + TokenHash.Of(MemoryMarshal.Cast<float, ushort>(Teacher.Parameters));
    }

    /// <summary>A trainer at step 0 on given strings, which are read again and again.</summary>
    /// <param name="strings">P strings; all are held in memory, 2 bytes a token.</param>
    /// <param name="shape">Sizes of the encoder.</param>
    /// <param name="training">
    /// What is minimised, and how; the objectives that predict latents or roots need strings that know them, as
    /// <see cref="StoredDerivations"/>.
    /// </param>
    /// <exception cref="ArgumentException">Strings do not fit the encoder, or a setting makes no sense.</exception>
    public TransformerTrainer(IStringSource strings, TransformerShape shape, TransformerTraining training)
        : this(strings, shape, (training ?? throw new ArgumentNullException(nameof(training))) with { Strings = strings?.Count }, null)
    {
    }

    private TransformerTrainer(IStringSource strings, TransformerShape shape, TransformerTraining training, Grammar? grammar)
        : base(training.Steps)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(strings);
        training.Validate(shape.Length);
        Training = training;
        if (strings.TokenCount != shape.Length)
            throw new ArgumentException($"strings of {strings.TokenCount} tokens do not fit an encoder for T = {shape.Length}");
        if (strings.Vocabulary > shape.Vocabulary)
            throw new ArgumentException($"strings over {strings.Vocabulary} symbols do not fit an encoder for v = {shape.Vocabulary}");
        var stored = strings as StoredDerivations;
        int depth = grammar?.Shape.Depth ?? stored?.Depth(stored.Branching) ?? 0, level = training.AnswerLevel(depth);
        if (grammar is null && training.Objective is TransformerObjective.Supervised or TransformerObjective.MaskedLatents)
            RequireKnown(stored, level, training.Objective, shape.Vocabulary);
        if (training.Objective == TransformerObjective.MaskedLatents && level >= depth)
            throw new ArgumentException($"level {level} of the latents to predict must be at most L - 1 = {depth - 1}");
        TrainingStrings data = training.Strings is null
            ? new FreshStrings((StringSampler)strings, training.BatchSize, level)
            : new RepeatedStrings(strings, training.BatchSize, training.Seed, level);
        Batches = step =>
        {
            (ushort[] tokens, ushort[] latents) = data.BatchOf(step);
            return TransformerBatch.Create(tokens, latents, shape, training, step);
        };
        TokensHash = data.Hash;
        _layout = new TransformerLayout(shape, training.Objective switch
        {
            TransformerObjective.Data2Vec or TransformerObjective.WhitenedData2Vec => shape.Width,
            TransformerObjective.Supervised => grammar?.Shape.Classes ?? stored!.SymbolCounts[depth],
            TransformerObjective.BlockEmbedding => training.Embedding.EmbeddingWidth,
            _ => shape.Vocabulary,
        }, training.Objective == TransformerObjective.BlockEmbedding);
        Encoder = new TransformerEncoder(_layout, training.IsCausal, _layout.Initial<float>(training.Seed));
        if (training.HasTeacher) Teacher = new TransformerEncoder(_layout, training.IsCausal, Encoder.Parameters[.._layout.EncoderCount]);
        (_gradient, Moments) = (new float[_layout.Count], new AdamMoments(_layout.Count));
        _loss = new TransformerLoss<float>(_layout, training);
    }

    private static void RequireKnown(StoredDerivations? strings, int level, TransformerObjective objective, int vocabulary)
    {
        string what = objective == TransformerObjective.Supervised ? "labels" : $"latents of level {level}";
        int symbols = strings is not null && level < strings.SymbolCounts.Count ? strings.SymbolCounts[level] : 0;
        if (symbols == 0) throw new ArgumentException($"{what} of these strings are not known: the objective needs them, or a grammar");
        if (objective == TransformerObjective.MaskedLatents && symbols > vocabulary)
            throw new ArgumentException($"{what} up to {symbols - 1} are outside the vocabulary 0..{vocabulary - 1}");
    }

    private static StringSampler StringsOf(Grammar grammar, TransformerTraining training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new StringSampler(grammar, training.Seed, training.Strings ?? StringSampler.MaxCount);
    }

    /// <summary>The encoder that is trained, as it is after <see cref="NetworkTrainer{TLosses}.Step"/> steps.</summary>
    public TransformerEncoder Encoder { get; }

    /// <summary>The moving average of the encoder that makes the targets of data2vec; null for other objectives.</summary>
    public TransformerEncoder? Teacher { get; }

    /// <summary>Settings.</summary>
    public TransformerTraining Training { get; }

    /// <summary>Strings read so far, repetitions included.</summary>
    public long StringsRead => Step * Training.BatchSize;

    internal AdamMoments Moments { get; }

    private protected override float[] Parameters => Encoder.Parameters;

    internal override CheckpointContent Content => TransformerCheckpoint.ContentOf(this);

    internal override double[] NumbersOf(TransformerStep losses) => [losses.Loss, losses.GradientNorm];

    internal TransformerLayout Layout => _layout;

    /// <summary>Tells these strings from others: all of those that are read again and again, the first batch of fresh ones.</summary>
    internal string TokensHash { get; }

    /// <summary>Tells strings of another grammar, seed or number: how many, and a hash (FNV-1a) of the tokens of the first batch.</summary>
    internal string Fingerprint => string.Create(CultureInfo.InvariantCulture,
        $"{Training.Strings?.ToString(CultureInfo.InvariantCulture) ?? "fresh"}, {TokenHash.Of(Batches(0).Tokens)}{_givenTeacher}");

    /// <summary>The strings and masks of a step, from 0: a function of the step. Tests put their own here.</summary>
    internal Func<long, TransformerBatch> Batches { get; set; }

    /// <inheritdoc/>
    public override TransformerStep Advance()
    {
        long step = Step + 1;
        (double loss, double squaredNorm) = _loss.Gradient(Encoder.Parameters, Teacher?.Parameters ?? [], Batches(Step), _gradient,
            new TransformerDropout(Training.Dropout, Training.Seed, step));
        if (!double.IsFinite(loss)) throw new TrainingDivergedException(step, "the loss");
        double norm = Math.Sqrt(squaredNorm);
        if (!double.IsFinite(norm)) throw new TrainingDivergedException(step, "the gradient");
        float clip = norm > Training.ClipNorm ? (float)(Training.ClipNorm / norm) : 1;
        var plain = new AdamW(Training.RateOf(step), Training.Beta1, Training.Beta2, WeightDecay: 0);
        AdamW decaying = plain with { WeightDecay = Training.WeightDecay };
        ParallelLoop.Ordered(Training.Threads, _loss.Blocks.Count, i =>
        {
            (int start, int length, bool decays) = _loss.Blocks[i];
            Span<float> gradient = _gradient.AsSpan(start, length), parameters = Encoder.Parameters.AsSpan(start, length);
            Span<float> first = Moments.First.AsSpan(start, length), second = Moments.Second.AsSpan(start, length);
            if (clip != 1) TensorPrimitives.Multiply(gradient, clip, gradient);
            (decays ? decaying : plain).Step(parameters, gradient, first, second, step);
            if (Teacher is null || start >= _layout.EncoderCount) return;
            Span<float> teacher = Teacher.Parameters.AsSpan(start, length);
            Interpolation.MoveTowards<float>(teacher, parameters, (float)(1 - Training.TeacherDecay));
        });
        Step = step;
        return new TransformerStep(loss, norm);
    }

    /// <summary>Whether what is predicted is made by a network: a teacher, or the encoder itself that sees the blocks alone.</summary>
    internal bool HasTargets => Teacher is not null || Training.Objective == TransformerObjective.BlockEmbedding;

    /// <summary>
    /// The targets before whitening [N T, k]. Of a teacher the mean over its last K layers of their hidden states, each LayerNormed, k =
    /// d_model; of the objective that embeds blocks their embeddings. Where masked blocks are seen alone, each is here the block of
    /// <see cref="TransformerTraining.MaskSpan"/> tokens at a multiple of it; where a block has one target, all its positions have it.
    /// </summary>
    /// <param name="tokens">N strings.</param>
    /// <exception cref="InvalidOperationException">The objective predicts nothing that a network makes.</exception>
    public float[] Targets(ReadOnlyMemory<ushort> tokens)
    {
        if (!HasTargets) throw new InvalidOperationException($"the objective {Training.Objective} has no teacher");
        int span = Training.MaskSpan, length = Encoder.Shape.Length;
        if (!Training.SeesBlocksAlone) return Pooled(Features(tokens));
        float[] targets = [];
        for (int start = 0; start + span <= length; start += span)
        {
            int first = start;
            ushort[] alone = [.. tokens.ToArray().Select((token, row) => row % length - first is >= 0 and var at && at < span
                ? token : Encoder.Shape.Mask)];
            float[] features = Pooled(Features(alone));
            int k = features.Length / tokens.Length;
            if (targets.Length == 0) targets = new float[features.Length];
            for (int row = start; row < tokens.Length; row += length)
                features.AsSpan(row * k, span * k).CopyTo(targets.AsSpan(row * k));
        }
        return targets;
    }

    private float[] Features(ReadOnlyMemory<ushort> symbols)
    {
        int d = Encoder.Shape.Width, averaged = Math.Min(Training.TargetLayers, Encoder.Shape.Layers);
        if (Teacher is null) return Encoder.Forward(symbols, Training.Threads).Final;
        IReadOnlyList<float[]> layers = Teacher.Forward(symbols, Training.Threads).Layers;
        var targets = new float[layers[0].Length];
        foreach (float[] hidden in layers.Skip(layers.Count - averaged))
        {
            LayerNorm.Forward<float>(hidden, default, default, hidden, default, default, hidden.Length / d, d);
            TensorPrimitives.MultiplyAdd<float>(hidden, 1f / averaged, targets, targets);
        }
        return targets;
    }

    /// <summary>What a block predicts, at each of its positions; single features where they are predicted one by one.</summary>
    private float[] Pooled(float[] features)
    {
        int d = Encoder.Shape.Width, span = Training.MaskSpan, k = _layout.BlockHead?.Columns ?? d;
        if (Teacher is not null && !Training.PoolTargets) return features;
        float[] means = new float[features.Length / span], embeddings = means;
        RowMeans.Forward(features, span, means.AsSpan(), d);
        int blocks = means.Length / d;
        if (_layout.BlockHead is { } head)
        {
            embeddings = new float[blocks * k];
            MatrixProduct.Multiply<float>(means, head.Of(Encoder.Parameters), embeddings, blocks, k, d,
                _layout.BlockHeadBias!.Of(Encoder.Parameters));
        }
        var all = new float[blocks * span * k];
        for (int row = 0; row < blocks * span; row++) embeddings.AsSpan(row / span * k, k).CopyTo(all.AsSpan(row * k));
        return all;
    }
}
