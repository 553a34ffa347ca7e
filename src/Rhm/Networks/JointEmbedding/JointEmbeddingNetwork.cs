using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Rhm.Networks.Dense;
using Rhm.Randomness;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// The network of one level: an encoder of tuples, z = f(elements side by side), and linear predictors W_ij for each ordered pair of child
/// positions. Every distinct tuple is encoded once; losses are sums over the pairs of cousin tuples that were counted.
/// </summary>
/// <typeparam name="T">float; double for checking gradients.</typeparam>
internal sealed class JointEmbeddingNetwork<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly JointEmbeddingOptions _options;
    private readonly int _targetWidth;
    private readonly DenseNetwork<T>? _teacher;

    /// <summary>A network with initial weights.</summary>
    /// <param name="inputs">Numbers of a tuple: s symbols where its elements are one-hot, s times their embedding's where they are not.
    /// </param>
    /// <param name="positions">s, child positions.</param>
    /// <param name="dimension">d.</param>
    /// <param name="options">Settings.</param>
    public JointEmbeddingNetwork(int inputs, int positions, int dimension, JointEmbeddingOptions options)
    {
        (Inputs, Dimension, _options) = (inputs, dimension, options);
        int w = options.Width;
        _targetWidth = options.Objective == JointEmbeddingObjective.Elements ? inputs : dimension;
        DenseLayer[] layers = [new(1, inputs, w), new(1, w, w), new(1, w, dimension)];
        Encoder = new DenseNetwork<T>(layers, DenseActivation.Gelu, StreamOffsets.JointEmbeddingWeights, options.Seed);
        if (options.Objective is JointEmbeddingObjective.Teacher or JointEmbeddingObjective.WhitenedTeacher)
            _teacher = new DenseNetwork<T>(layers, DenseActivation.Gelu, StreamOffsets.JointEmbeddingWeights, options.Seed);
        Predictors = new T[positions * (positions - 1) * dimension * _targetWidth];
        if (_targetWidth != dimension) return;
        for (int p = 0; p < Predictors.Length; p += dimension * dimension)
        {
            for (int k = 0; k < dimension; k++) Predictors[p + k * dimension + k] = T.One;
        }
    }

    /// <summary>Numbers of a tuple.</summary>
    public int Inputs { get; }

    /// <summary>d.</summary>
    public int Dimension { get; }

    /// <summary>The encoder.</summary>
    public DenseNetwork<T> Encoder { get; }

    /// <summary>W_ij in the order (0,1), (1,0), (0,2), .., each d x targets.</summary>
    public T[] Predictors { get; }

    /// <summary>Parameters of the teacher; empty where there is none.</summary>
    public T[] TeacherParameters => _teacher?.Parameters ?? [];

    /// <summary>Embeddings of tuples, [tuples, d].</summary>
    /// <param name="inputs">[tuples, Inputs].</param>
    /// <param name="threads">At least 1.</param>
    public double[] Embed(T[] inputs, int threads) =>
        [.. Encoder.Forward(inputs, inputs.Length / Inputs, threads)[^1].Select(double.CreateChecked)];

    /// <summary>The loss of a step and its gradient.</summary>
    /// <param name="inputs">[tuples, Inputs].</param>
    /// <param name="pairs">One for each pair of positions i &lt; j, in order.</param>
    /// <param name="step">Number of the step, from 1: of the projections.</param>
    /// <param name="encoder">Receives the gradient with respect to the encoder's parameters.</param>
    /// <param name="predictors">Receives that with respect to the predictors.</param>
    /// <param name="threads">At least 1; no result depends on it.</param>
    public double Gradient(T[] inputs, IReadOnlyList<CousinPairs> pairs, long step, T[] encoder, T[] predictors, int threads)
    {
        double[] z = Embed(inputs, threads), gradient = new double[z.Length];
        double loss = Loss(inputs, z, pairs, step, gradient, predictors, threads);
        Backward(inputs, gradient, encoder, [], threads);
        return loss;
    }

    /// <summary>The loss of embeddings, and its gradient with respect to them and to the predictors.</summary>
    /// <param name="inputs">[tuples, Inputs].</param>
    /// <param name="z">What <see cref="Embed"/> made of them.</param>
    /// <param name="pairs">One for each pair of positions i &lt; j, in order.</param>
    /// <param name="step">Number of the step, from 1: of the projections.</param>
    /// <param name="gradient">[tuples, d], added to.</param>
    /// <param name="predictors">Receives the gradient with respect to the predictors.</param>
    /// <param name="threads">At least 1; no result depends on it.</param>
    public double Loss(T[] inputs, double[] z, IReadOnlyList<CousinPairs> pairs, long step, double[] gradient, T[] predictors, int threads)
    {
        predictors.AsSpan().Clear();
        double[] targets = Targets(inputs, z, pairs, threads);
        double loss = 0, share = 1.0 / (pairs.Count * 2);
        for (int p = 0; p < pairs.Count; p++)
        {
            if (_options.Objective == JointEmbeddingObjective.Vamp)
            {
                loss += Vamp(pairs[p], z, gradient, 2 * share, threads);
                continue;
            }
            // Either tuple predicts the other.
            loss += Directed(pairs[p], 2 * p, z, targets, gradient, predictors, share, threads);
            loss += Directed(pairs[p].Reversed, 2 * p + 1, z, targets, gradient, predictors, share, threads);
        }
        if (_options.Objective == JointEmbeddingObjective.SigReg)
        {
            RandomStream random = StreamOffsets.Projections.Open(_options.Seed, (ulong)step);
            loss += GaussianDistance.Add(z, Shares(pairs), random, _options.SpreadWeight, gradient);
        }
        return loss;
    }

    /// <summary>From the gradient of embeddings to that of the encoder, right after <see cref="Embed"/> of the same tuples.</summary>
    /// <param name="inputs">[tuples, Inputs].</param>
    /// <param name="gradient">[tuples, d].</param>
    /// <param name="encoder">Receives the gradient with respect to the encoder's parameters.</param>
    /// <param name="ofInputs">Empty, or receives that with respect to the inputs.</param>
    /// <param name="threads">At least 1; no result depends on it.</param>
    public void Backward(T[] inputs, double[] gradient, T[] encoder, T[] ofInputs, int threads) =>
        Encoder.Backward([.. gradient.Select(T.CreateChecked)], inputs.Length / Inputs, encoder, inputs, threads, ofInputs);

    /// <summary>Moves the teacher a little towards the encoder.</summary>
    public void FollowTeacher()
    {
        if (_teacher is null) return;
        var rate = T.CreateChecked(_options.TeacherRate);
        T[] own = Encoder.Parameters, teacher = _teacher.Parameters;
        for (int i = 0; i < own.Length; i++) teacher[i] += rate * (own[i] - teacher[i]);
    }

    /// <summary>Share of each tuple over all positions.</summary>
    public static double[] Shares(IReadOnlyList<CousinPairs> pairs)
    {
        var shares = new double[pairs[0].Tuples];
        foreach (CousinPairs one in pairs)
        {
            for (int a = 0; a < shares.Length; a++) shares[a] += (one.FirstWeight[a] + one.SecondWeight[a]) / (2 * pairs.Count);
        }
        return shares;
    }

    private double Vamp(CousinPairs pairs, double[] z, double[] gradient, double share, int threads)
    {
        bool isWhole = _options is { Batch: 0, Gradients: JointEmbeddingGradients.Local };
        int half = pairs.First.Length / 2;
        PairMoments one = Of(isWhole ? pairs : pairs.Part(0, half)), other = isWhole ? one : Of(pairs.Part(half, half));
        (PairObjective first, PairObjective second) = PairObjective.Vamp(one, other);
        foreach ((PairMoments moments, PairObjective value) in ((PairMoments, PairObjective)[])[(one, first), (other, second)])
        {
            moments.AddToFirst(value.First * share, value.Cross * share, gradient);
            moments.AddToSecond(value.Second * share, value.Cross * share, gradient);
        }
        return first.Loss * share;

        PairMoments Of(CousinPairs part) => new(part, z, z, threads);
    }

    private double Directed(CousinPairs pairs, int predictor, double[] z, double[] targets, double[] gradient, T[] predictors, double share,
        int threads)
    {
        int size = Dimension * _targetWidth, start = predictor * size;
        Matrix<double> w = Matrix<double>.Build.Dense(Dimension, _targetWidth,
            (k, l) => double.CreateChecked(Predictors[start + k * _targetWidth + l]));
        var moments = new PairMoments(pairs, z, targets, threads);
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
    private double[] Targets(T[] inputs, double[] z, IReadOnlyList<CousinPairs> pairs, int threads)
    {
        return _options.Objective switch
        {
            JointEmbeddingObjective.Elements => [.. inputs.Select(double.CreateChecked)],
            JointEmbeddingObjective.Teacher => Teacher(),
            JointEmbeddingObjective.WhitenedTeacher => Whitened(Teacher()),
            _ => z,
        };

        double[] Teacher() => [.. _teacher!.Forward(inputs, inputs.Length / Inputs, threads)[^1].Select(double.CreateChecked)];

        double[] Whitened(double[] t)
        {
            Matrix<double> root = PairObjective.InverseRoot(new PairMoments(CousinPairs.Alone(Shares(pairs)), t, t, threads).First);
            return (Matrix<double>.Build.Dense(t.Length / Dimension, Dimension, (a, k) => t[a * Dimension + k]) * root).ToRowMajorArray();
        }
    }
}
