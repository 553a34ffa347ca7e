using System.Numerics.Tensors;
using Rhm.Networks.Dense;
using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Randomness;

namespace Rhm.Networks.Probes;

/// <summary>
/// Classifiers of one hidden layer on frozen features: d -> 2d -> symbols, GELU, dropout 0.1, trained by Adam at rate 1e-3 (appendix of
/// arXiv:2605.27734). What is ours: batches of 256 rows, and features centred and scaled, as a whole, to mean square 1.
/// </summary>
public static class MlpProbe
{
    private const int BatchSize = 256;

    /// <summary>Trains on one set, scores on the other.</summary>
    /// <param name="train">What the probe is trained on.</param>
    /// <param name="held">What it is scored on, with as many columns.</param>
    /// <param name="symbols">Labels are 0..symbols-1.</param>
    /// <param name="seed">Of the initial weights, the batches and the dropped units.</param>
    /// <param name="steps">2000 in the paper.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <returns>Share of right labels of the second set.</returns>
    /// <exception cref="ArgumentException">The sets have different columns.</exception>
    /// <remarks>Cost: 1536 steps (2 d^2 + 2 d symbols) operations: 28 GFLOP for 2000 steps at d = 64 and 8 symbols.</remarks>
    public static double Accuracy(LabelledFeatures train, LabelledFeatures held, int symbols, ulong seed, int steps = 2000, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(held);
        if (train.Columns != held.Columns)
            throw new ArgumentException($"a probe of {train.Columns} features cannot be scored on {held.Columns}");
        int d = train.Columns;
        double[] mean = train.Mean();
        float[] x = train.Minus(mean), y = held.Minus(mean);
        float scale = 1 / MathF.Max(1e-12f, MathF.Sqrt(Reductions.SumOfSquares<float>(x) / x.Length));
        TensorPrimitives.Multiply(x, scale, x);
        TensorPrimitives.Multiply(y, scale, y);

        DenseLayer[] layers = [new(1, d, 2 * d), new(1, 2 * d, symbols)];
        var network = new DenseNetwork<float>(layers, DenseActivation.Gelu, StreamOffsets.ProbeWeights, seed, dropout: 0.1);
        int size = network.Parameters.Length, count = Math.Min(BatchSize, train.Rows);
        var (gradient, moments) = (new float[size], new AdamMoments(size));
        var (batch, labels) = (new float[count * d], new ushort[count]);
        var adam = new AdamW(1e-3, WeightDecay: 0);
        var random = StreamOffsets.ProbeBatches.Open(seed);
        for (int step = 1; step <= steps; step++)
        {
            for (int b = 0; b < count; b++)
            {
                int row = (int)random.NextBelow((ulong)train.Rows);
                x.AsSpan(row * d, d).CopyTo(batch.AsSpan(b * d));
                labels[b] = train.Labels[row];
            }
            network.Gradient(batch, labels, gradient, random.NextUInt64(), threads);
            adam.Step(network.Parameters, gradient, moments.First, moments.Second, step);
        }
        return Share(network.Forward(y, held.Rows, threads)[^1], symbols, held.Labels);
    }

    /// <summary>Share of rows whose largest entry stands at the label.</summary>
    internal static double Share(float[] logits, int symbols, ushort[] labels)
    {
        int right = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (TensorPrimitives.IndexOfMax(logits.AsSpan(i * symbols, symbols)) == labels[i]) right++;
        }
        return (double)right / labels.Length;
    }
}
