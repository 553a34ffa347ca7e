using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Rhm.Learning;
using Rhm.Networks.Training;

namespace Rhm.Networks.Transformers;

/// <summary>
/// How an encoder is trained. The defaults are the published setting (d_model 2048) but for rate, batch and dropout, which suit small
/// networks.
/// </summary>
public sealed record TransformerTraining
{
    /// <summary>What is minimised.</summary>
    public TransformerObjective Objective { get; init; } = TransformerObjective.MaskedTokens;

    /// <summary>Learning rate of AdamW, constant after the warm-up; 1e-4 in the paper.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps over which the learning rate rises from 0; none in the paper.</summary>
    public int WarmUpSteps { get; init; }

    /// <summary>Decay of AdamW's mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of AdamW's mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.98;

    /// <summary>Weight decay of AdamW; not on biases and LayerNorm.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Largest Euclidean norm of the gradient; longer ones are shortened to it.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>
    /// Probability that a number is dropped after the embeddings, in the attention probabilities, and after each half of a block; 0.1 in
    /// the paper.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>Probability, 0.0001 to 1, that a token is masked (data2vec, masked tokens and masked latents).</summary>
    public double MaskShare { get; init; } = 0.15;

    /// <summary>
    /// Neighbouring tokens that are masked together, from positions that are multiples of it; it divides T. 1 in the paper: the siblings of
    /// a masked token are seen then, and with them a token says nearly as much of its cousins as the latent above. With s, whole tuples are
    /// masked, and it does not.
    /// </summary>
    public int MaskSpan { get; init; } = 1;

    /// <summary>
    /// Whether blocks of <see cref="MaskSpan"/> tokens begin at multiples of it, so that with s^k they are constituents: all that a latent
    /// of level k derives. Else they begin at an offset that is drawn for each string.
    /// </summary>
    [Description("Whether masked blocks begin at multiples of their length, as constituents do; else at an offset drawn for each string.")]
    public bool MaskAligned { get; init; } = true;

    /// <summary>Masked blocks in each string, in the place of <see cref="MaskShare"/>; null: each block by that share.</summary>
    [Description("Masked blocks in each string, instead of a share of all.")]
    [Range(1, 4096)]
    public int? MaskBlocks { get; init; }

    /// <summary>
    /// Whether the features of a masked block are averaged, on either side, before they are compared: one target for a constituent
    /// (data2vec). Whitened targets are averaged after whitening.
    /// </summary>
    [Description("Whether data2vec predicts one vector for each masked block, the mean of the targets at its positions.")]
    public bool PoolTargets { get; init; }

    /// <summary>
    /// Whether the teacher sees the masked blocks alone (data2vec): targets then tell nothing of what the network has in sight anyway.
    /// </summary>
    [Description("Whether data2vec's teacher sees the masked blocks alone, and not the string around them.")]
    public bool LocalTargets { get; init; }

    /// <summary>
    /// Probability, 0 to 1, that a true latent is replaced by one drawn evenly from all (masked latents); the same each time a string is
    /// read, as the errors of a teacher are.
    /// </summary>
    [Description("Probability that a predicted latent is replaced by a random one, the same each time its string is read.")]
    [Range(0, 1.0)]
    public double LatentNoise { get; init; }

    /// <summary>The embeddings of masked blocks (block embedding).</summary>
    public BlockEmbeddingOptions Embedding { get; init; } = new();

    /// <summary>Decay of the teacher: teacher = decay teacher + (1 - decay) network after each step (data2vec).</summary>
    public double TeacherDecay { get; init; } = 0.99;

    /// <summary>K, last layers of the teacher whose mean is the target (data2vec); all if there are fewer.</summary>
    public int TargetLayers { get; init; } = 4;

    /// <summary>Level of the latents that are predicted, 1 .. L-1 (masked latents).</summary>
    public int TargetLevel { get; init; } = 1;

    /// <summary>Error at which the smooth L1 loss turns from quadratic to linear (data2vec).</summary>
    public double SmoothL1Beta { get; init; } = 4;

    /// <summary>Added to the eigenvalues of the targets' covariance, as a share of the largest, before whitening.</summary>
    public double WhiteningShare { get; init; } = 0.01;

    /// <summary>P, strings that are read again and again, in a new order each epoch; null for fresh strings in every step.</summary>
    public long? Strings { get; init; }

    /// <summary>B, strings of a batch; 512 in the paper.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Number of steps in all; 262144 in the paper.</summary>
    public long Steps { get; init; } = 1000;

    /// <summary>Seed of the weights, masks, dropout and order of strings.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether a position sees only what is left of it.</summary>
    public bool IsCausal => Objective == TransformerObjective.NextToken;

    /// <summary>Whether there is a teacher.</summary>
    public bool HasTeacher => Objective is TransformerObjective.Data2Vec or TransformerObjective.WhitenedData2Vec;

    /// <summary>Whether tokens are masked.</summary>
    public bool IsMasked => Objective is not (TransformerObjective.NextToken or TransformerObjective.Supervised);

    /// <summary>Whether something reads the masked blocks alone.</summary>
    public bool SeesBlocksAlone => Objective == TransformerObjective.BlockEmbedding || (HasTeacher && LocalTargets);

    /// <summary>Level of the latents that are predicted, for strings of depth L; 0 where tokens or a teacher's states are.</summary>
    /// <param name="depth">L.</param>
    public int AnswerLevel(int depth) => Objective switch
    {
        TransformerObjective.Supervised => depth,
        TransformerObjective.MaskedLatents => TargetLevel,
        _ => 0,
    };

    /// <summary>
    /// About how much memory a training takes at most, in bytes: parameters with their moments, a gradient for each of up to eight slots
    /// and a teacher; the states of 256 tokens on each thread; the tokens of a batch, and targets that are whitened over it.
    /// </summary>
    /// <param name="shape">Sizes of the encoder.</param>
    public double MemoryBytes(TransformerShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        const double most = 1L << 28, slots = 8, others = 1L << 27;
        double d = shape.Width, f = shape.FeedForward, tokens = BatchSize * (double)shape.Length;
        double parameters = d * (shape.Symbols + shape.Length + shape.Vocabulary) + shape.Layers * (4 * d * d + 2 * d * f + 9 * d + f);
        double chunk = Math.Max(256, shape.Length), chunks = Math.Ceiling(tokens / chunk), rows = Math.Min(tokens, chunk);
        double gradients = Math.Min(Math.Clamp(most / parameters, 2, slots), chunks), copies = 4 + gradients + (HasTeacher ? 1 : 0);
        double block = 9 * d + 2 * f + shape.Heads * (double)shape.Length;
        double states = rows * ((shape.Layers + 1) * block + 12 * d + 2 * shape.Vocabulary);
        double whitened = Objective == TransformerObjective.WhitenedData2Vec ? tokens * d + chunks * d * d : 0;
        // Tokens, symbols, what is revealed, and rows that meet the head, each several times over while they are drawn.
        return others + 4 * (copies * parameters + Math.Min(Threads, slots) * states + whitened) + 32 * tokens;
    }

    /// <summary>Refuses settings that make no sense.</summary>
    /// <param name="length">T.</param>
    /// <exception cref="ArgumentException">One sentence says which and why.</exception>
    public void Validate(int length)
    {
        Bounds.RequireTraining(BatchSize, Strings, Steps, WarmUpSteps, LearningRate, WeightDecay, Threads);
        Bounds.Require("beta1", Beta1, beta => beta is >= 0 and < 1, "in [0, 1)");
        Bounds.Require("beta2", Beta2, beta => beta is >= 0 and < 1, "in [0, 1)");
        Bounds.Require("clip norm", ClipNorm, norm => norm > 0, "positive");
        Bounds.Require("dropout", Dropout, share => share is >= 0 and < 1, "in [0, 1)");
        Bounds.Require("masked share", MaskShare, share => share is >= 1e-4 and <= 1,
            "in [0.0001, 1]: masks are drawn until a token of the batch is masked");
        Bounds.Require("teacher decay", TeacherDecay, decay => decay is >= 0 and <= 1, "in [0, 1]");
        Bounds.Require("beta of the smooth L1 loss", SmoothL1Beta, beta => beta > 0, "positive");
        Bounds.Require("whitening share", WhiteningShare, share => share > 0, "positive");
        LearnerParameter.RequireAll(this);
        RequireBlocks(length);
        RequireMeant(HasTeacher || !PoolTargets, "targets averaged over masked blocks", "data2vec");
        RequireMeant(HasTeacher || !LocalTargets, "targets from masked blocks alone", "data2vec");
        RequireMeant(Objective == TransformerObjective.MaskedLatents || LatentNoise == 0, "noise of latents", "masked latents");
        Embedding.Validate();
        Bounds.RequireAtLeast("number of target layers K =", TargetLayers);
        if (TargetLevel < 1) throw new ArgumentException($"level {TargetLevel} of the latents to predict must be at least 1");
    }

    private void RequireBlocks(int length)
    {
        if (MaskSpan < 1 || (MaskAligned && length % MaskSpan != 0))
            throw new ArgumentException($"{MaskSpan} tokens masked together do not divide strings of T = {length}");
        // A block that begins anywhere may leave that many tokens before it.
        int before = MaskAligned ? 0 : MaskSpan - 1;
        if (!MaskAligned && before + MaskSpan > length)
        {
            throw new ArgumentException($"blocks of {MaskSpan} tokens that begin at any of {MaskSpan} offsets do not fit in strings of "
                + $"T = {length}");
        }
        if (MaskBlocks is { } blocks && ((long)blocks * MaskSpan + before > length || (long)blocks * MaskSpan == length))
        {
            throw new ArgumentException(
                $"{blocks} masked blocks of {MaskSpan} tokens leave nothing in sight, or do not fit, in strings of T = {length}");
        }
    }

    private void RequireMeant(bool meant, string what, string whose)
    {
        if (!meant) throw new ArgumentException($"{what} belong to {whose}: the objective {Objective} has none");
    }

    /// <summary>Learning rate of a step.</summary>
    /// <param name="step">1 .. Steps.</param>
    public double RateOf(long step) => LearningRate * Math.Min(1, (double)step / Math.Max(1, WarmUpSteps));
}
