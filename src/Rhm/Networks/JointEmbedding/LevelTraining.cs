using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Randomness;

namespace Rhm.Networks.JointEmbedding;

/// <summary>The network of a level while it is trained: gradients, and what AdamW keeps.</summary>
internal sealed class LevelTraining(JointEmbeddingNetwork<float> network)
{
    private readonly AdamMoments _encoder = new(network.Encoder.Parameters.Length), _predictors = new(network.Predictors.Length);

    /// <summary>The network.</summary>
    public JointEmbeddingNetwork<float> Network { get; } = network;

    /// <summary>Gradient of the encoder.</summary>
    public float[] Encoder { get; } = new float[network.Encoder.Parameters.Length];

    /// <summary>Gradient of the predictors.</summary>
    public float[] Predictors { get; } = new float[network.Predictors.Length];

    /// <summary>Refuses a loss or gradient that is not finite.</summary>
    /// <exception cref="TrainingDivergedException">One is not.</exception>
    public void RequireFinite(double loss, long step, int level)
    {
        if (!double.IsFinite(loss)) throw new TrainingDivergedException(step, $"the loss of level {level + 1}");
        float size = Reductions.SumOfMagnitudes<float>(Encoder) + Reductions.SumOfMagnitudes<float>(Predictors);
        if (!float.IsFinite(size)) throw new TrainingDivergedException(step, $"the gradient of level {level + 1}");
    }

    /// <summary>A step of AdamW, after which the teacher follows.</summary>
    public void Step(AdamW optimiser, long step, int threads)
    {
        optimiser.Step(Network.Encoder.Parameters, Encoder, _encoder.First, _encoder.Second, step, threads);
        if (Predictors.Length > 0) optimiser.Step(Network.Predictors, Predictors, _predictors.First, _predictors.Second, step, threads);
        Network.FollowTeacher();
    }

    /// <summary>A step of the training of a level by itself.</summary>
    /// <param name="inputs">[tuples, numbers of a tuple].</param>
    /// <param name="pairs">All pairs; where the options say so, a batch of them is drawn.</param>
    /// <param name="step">1 .. Steps.</param>
    /// <param name="level">Of the tuples' elements.</param>
    /// <param name="options">Of the level.</param>
    /// <returns>The loss before it.</returns>
    /// <exception cref="TrainingDivergedException">Loss or gradient is not finite; nothing was changed.</exception>
    public double Advance(float[] inputs, IReadOnlyList<CousinPairs> pairs, long step, int level, JointEmbeddingOptions options)
    {
        ulong seed = RandomStream.DeriveSeed(options.Seed, step);
        IReadOnlyList<CousinPairs> batch = options.Batch == 0 ? pairs
            : [.. pairs.Select((one, p) => one.Draw(options.Batch, StreamOffsets.CousinPairs.Open(seed, (ulong)p)))];
        double loss = Network.Gradient(inputs, batch, step, Encoder, Predictors, options.Threads);
        RequireFinite(loss, step, level);
        Step(OptimiserOf(step, options), step, options.Threads);
        return loss;
    }

    /// <summary>AdamW with the rate of a step: constant over the first half, then along a cosine to 0.</summary>
    public static AdamW OptimiserOf(long step, JointEmbeddingOptions options)
    {
        double half = options.Steps / 2.0;
        double rate = step <= half ? 1 : 0.5 * (1 + Math.Cos(Math.PI * (step - half) / half));
        return new AdamW(options.LearningRate * rate, WeightDecay: options.WeightDecay);
    }

    /// <summary>The state in a checkpoint.</summary>
    public IEnumerable<CheckpointArray> Arrays(string prefix)
    {
        yield return CheckpointArray.Of($"{prefix}.encoder", Network.Encoder.Parameters);
        yield return CheckpointArray.Of($"{prefix}.predictors", Network.Predictors);
        if (Network.TeacherParameters.Length > 0) yield return CheckpointArray.Of($"{prefix}.teacher", Network.TeacherParameters);
        yield return CheckpointArray.Of($"{prefix}.encoder.adam.m", _encoder.First);
        yield return CheckpointArray.Of($"{prefix}.encoder.adam.v", _encoder.Second);
        yield return CheckpointArray.Of($"{prefix}.predictors.adam.m", _predictors.First);
        yield return CheckpointArray.Of($"{prefix}.predictors.adam.v", _predictors.Second);
    }
}
