using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Rhm.Networks.Dense;
using Rhm.Randomness;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// The network of one level: an encoder of tuples, z = f(one-hot elements), and linear predictors W_ij for each ordered pair of child
/// positions.
/// Every distinct tuple is encoded once; losses are sums over the pairs of cousin tuples that were counted.
/// </summary>
/// <typeparam name="T">float; double for checking gradients.</typeparam>
internal sealed class JointEmbeddingNetwork<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly JointEmbeddingOptions _options;
    private readonly int _targetWidth;
    private readonly T[] _inputs;
    private readonly double[] _elements;
    private readonly DenseNetwork<T> _teacher;

    /// <summary>A network with initial weights.</summary>
    /// <param name="elements">One-hot elements of every tuple, [tuples, s symbols].</param>
    /// <param name="tuples">Number of tuples.</param>
    /// <param name="positions">s, child positions.</param>
    /// <param name="dimension">d.</param>
    /// <param name="options">Settings.</param>
    public JointEmbeddingNetwork(double[] elements, int tuples, int positions, int dimension, JointEmbeddingOptions options)
    {
        (_elements, Tuples, Dimension, _options) = (elements, tuples, dimension, options);
        int inputs = elements.Length / tuples, w = options.Width;
        _inputs = [.. elements.Select(T.CreateChecked)];
        _targetWidth = options.Objective == JointEmbeddingObjective.Elements ? inputs : dimension;
        DenseLayer[] layers = [new(1, inputs, w), new(1, w, w), new(1, w, dimension)];
        Encoder = new DenseNetwork<T>(layers, DenseActivation.Gelu, StreamOffsets.JointEmbeddingWeights, options.Seed);
        _teacher = new DenseNetwork<T>(layers, DenseActivation.Gelu, StreamOffsets.JointEmbeddingWeights, options.Seed);
        Predictors = new T[positions * (positions - 1) * dimension * _targetWidth];
        if (_targetWidth != dimension) return;
        for (int p = 0; p < Predictors.Length; p += dimension * dimension)
        {
            for (int k = 0; k < dimension; k++) Predictors[p + k * dimension + k] = T.One;
        }
    }

    /// <summary>Number of tuples.</summary>
    public int Tuples { get; }

    /// <summary>d.</summary>
    public int Dimension { get; }

    /// <summary>The encoder.</summary>
    public DenseNetwork<T> Encoder { get; }

    /// <summary>W_ij in the order (0,1), (1,0), (0,2), .., each d x targets.</summary>
    public T[] Predictors { get; }

    /// <summary>Embeddings of all tuples, [tuples, d].</summary>
    /// <param name="threads">At least 1.</param>
    public double[] Embed(int threads) => [.. Encoder.Forward(_inputs, Tuples, threads)[^1].Select(double.CreateChecked)];

    /// <summary>The loss of a step and its gradient.</summary>
    /// <param name="pairs">One for each pair of positions i &lt; j, in order.</param>
    /// <param name="step">Number of the step, from 1: of the projections.</param>
    /// <param name="encoder">Receives the gradient with respect to the encoder's parameters.</param>
    /// <param name="predictors">Receives that with respect to the predictors.</param>
    /// <param name="threads">At least 1; no result depends on it.</param>
    public double Gradient(IReadOnlyList<CousinPairs> pairs, long step, T[] encoder, T[] predictors, int threads)
    {
        double[] z = Embed(threads), gradient = new double[z.Length];
        predictors.AsSpan().Clear();
        double[] targets = Targets(z, pairs, threads);
        double loss = 0, share = 1.0 / (pairs.Count * 2);
        for (int p = 0; p < pairs.Count; p++)
        {
            if (_options.Objective == JointEmbeddingObjective.Vamp)
            {
                loss += Vamp(pairs[p], z, gradient, 2 * share);
                continue;
            }
            // Either tuple predicts the other.
            var reversed = pairs[p] with { First = pairs[p].Second, Second = pairs[p].First };
            loss += Directed(pairs[p], 2 * p, z, targets, gradient, predictors, share);
            loss += Directed(reversed, 2 * p + 1, z, targets, gradient, predictors, share);
        }
        if (_options.Objective == JointEmbeddingObjective.SigReg)
        {
            RandomStream random = StreamOffsets.Projections.Open(_options.Seed, (ulong)step);
            loss += GaussianDistance.Add(z, Shares(pairs), random, _options.SpreadWeight, gradient);
        }
        Encoder.Backward([.. gradient.Select(T.CreateChecked)], Tuples, encoder, _inputs, threads);
        return loss;
    }

    /// <summary>Moves the teacher a little towards the encoder.</summary>
    public void FollowTeacher()
    {
        var rate = T.CreateChecked(_options.TeacherRate);
        T[] own = Encoder.Parameters, teacher = _teacher.Parameters;
        for (int i = 0; i < own.Length; i++) teacher[i] += rate * (own[i] - teacher[i]);
    }

    /// <summary>Share of each tuple over all positions.</summary>
    public double[] Shares(IReadOnlyList<CousinPairs> pairs)
    {
        var shares = new double[Tuples];
        foreach (CousinPairs one in pairs)
        {
            for (int t = 0; t < one.Weight.Length; t++)
            {
                shares[one.First[t]] += one.Weight[t] / (2 * pairs.Count);
                shares[one.Second[t]] += one.Weight[t] / (2 * pairs.Count);
            }
        }
        return shares;
    }

    private double Vamp(CousinPairs pairs, double[] z, double[] gradient, double share)
    {
        PairMoments one, other;
        if (_options.Batch == 0) one = other = new PairMoments(pairs, z, z, Tuples);
        else
        {
            int half = pairs.First.Length / 2;
            (one, other) = (new PairMoments(pairs.Part(0, half), z, z, Tuples), new PairMoments(pairs.Part(half, half), z, z, Tuples));
        }
        (PairObjective first, PairObjective second) = PairObjective.Vamp(one, other);
        foreach ((PairMoments moments, PairObjective value) in ((PairMoments, PairObjective)[])[(one, first), (other, second)])
        {
            moments.AddToFirst(value.First * share, value.Cross * share, gradient);
            moments.AddToSecond(value.Second * share, value.Cross * share, gradient);
        }
        return first.Loss * share;
    }

    private double Directed(CousinPairs pairs, int predictor, double[] z, double[] targets, double[] gradient, T[] predictors, double share)
    {
        int size = Dimension * _targetWidth, start = predictor * size;
        Matrix<double> w = Matrix<double>.Build.Dense(Dimension, _targetWidth,
            (k, l) => double.CreateChecked(Predictors[start + k * _targetWidth + l]));
        var moments = new PairMoments(pairs, z, targets, Tuples);
        PairObjective value = _options.Objective switch
        {
            JointEmbeddingObjective.SpectralContrastive => PairObjective.SpectralContrastive(moments, w),
            JointEmbeddingObjective.VicReg => PairObjective.VicReg(moments, w, _options),
            JointEmbeddingObjective.BarlowTwins => PairObjective.BarlowTwins(moments, w, _options.CovarianceWeight),
            JointEmbeddingObjective.SigReg => PairObjective.Prediction(moments, w, _options.PredictionWeight / Dimension),
            _ => PairObjective.Prediction(moments, w, 1.0 / _targetWidth),
        };
        moments.AddToFirst(value.First * share, value.Cross * share, gradient);
        if (ReferenceEquals(targets, z)) moments.AddToSecond(value.Second * share, value.Cross * share, gradient);
        for (int k = 0; k < Dimension; k++)
        {
            Span<T> row = predictors.AsSpan(start + k * _targetWidth, _targetWidth);
            for (int l = 0; l < _targetWidth; l++) row[l] += T.CreateChecked(value.Predictor[k, l] * share);
        }
        return value.Loss * share;
    }

    /// <summary>What is predicted of the cousin tuple: the encoder's own embedding (z itself), the teacher's, or the elements.</summary>
    private double[] Targets(double[] z, IReadOnlyList<CousinPairs> pairs, int threads)
    {
        switch (_options.Objective)
        {
            case JointEmbeddingObjective.Elements: return _elements;
            case JointEmbeddingObjective.Teacher: return Teacher();
            case JointEmbeddingObjective.WhitenedTeacher: return Whitened(Teacher());
            default: return z;
        }

        double[] Teacher() => [.. _teacher.Forward(_inputs, Tuples, threads)[^1].Select(double.CreateChecked)];

        double[] Whitened(double[] t)
        {
            var everywhere = new CousinPairs([.. Enumerable.Range(0, Tuples)], [.. Enumerable.Range(0, Tuples)], Shares(pairs));
            Matrix<double> root = PairObjective.InverseRoot(new PairMoments(everywhere, t, t, Tuples).First);
            return (Matrix<double>.Build.Dense(Tuples, Dimension, (a, k) => t[a * Dimension + k]) * root).ToRowMajorArray();
        }
    }
}
