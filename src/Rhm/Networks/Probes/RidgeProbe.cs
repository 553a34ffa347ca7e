using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using Rhm.Numerics;

namespace Rhm.Networks.Probes;

/// <summary>Linear classifiers on frozen features, by ridge regression of one-hot labels in closed form.</summary>
public static class RidgeProbe
{
    /// <summary>Ridge penalty as a fraction of the mean squared feature: small beside signal.</summary>
    private const double Penalty = 1e-3;

    /// <summary>
    /// The same for each column: a bound of the rounding errors of the inner products, so that the system is positive definite.
    /// </summary>
    private const double Rounding = 1e-5;

    /// <summary>Fits on one set, scores on the other; features are centred on the training set's mean.</summary>
    /// <param name="train">What the weights are fitted to.</param>
    /// <param name="held">What they are scored on, with as many columns.</param>
    /// <param name="symbols">Labels are 0..symbols-1.</param>
    /// <returns>
    /// Share of right labels of the second set; where the features say nothing, that of the commonest label of the first.
    /// </returns>
    /// <exception cref="ArgumentException">The sets have different columns, or features are not finite.</exception>
    /// <remarks>Cost: 2 rows columns^2 + columns^3 / 3 operations.</remarks>
    public static double Accuracy(LabelledFeatures train, LabelledFeatures held, int symbols)
    {
        RequireSameColumns(train, held);
        int d = train.Columns;
        double[] mean = train.Mean();
        float[] x = train.Minus(mean);
        Matrix<double> gram = LabelledFeatures.Moments(x, d, x, d);
        Regularise(gram, d);
        float[] y = OneHot(train.Labels, symbols, out double[] shares);
        Matrix<double> weights = Solve(gram, LabelledFeatures.Moments(x, d, y, symbols));
        return Share(held.Minus(mean), weights, shares, held.Labels);
    }

    /// <summary>The same on all products of one entry of each block of features, in the dual: the inner product of two rows' products is
    /// the product of their blocks' inner products.</summary>
    /// <param name="train">What the weights are fitted to.</param>
    /// <param name="held">What they are scored on, with as many columns.</param>
    /// <param name="block">Columns of a block.</param>
    /// <param name="symbols">Labels are 0..symbols-1.</param>
    /// <exception cref="ArgumentException">The sets have different columns, or these are not whole blocks.</exception>
    /// <remarks>Cost: rows^3 / 3 operations.</remarks>
    public static double TupleAccuracy(LabelledFeatures train, LabelledFeatures held, int block, int symbols)
    {
        RequireSameColumns(train, held);
        if (block < 1 || train.Columns % block != 0)
            throw new ArgumentException($"{train.Columns} features are not whole blocks of {block}");
        float[] products = Products(train, train, block);
        Matrix<double> gram = Matrix<double>.Build.Dense(train.Rows, train.Rows, (i, j) => products[i * train.Rows + j]);
        Regularise(gram, 0);
        float[] y = OneHot(train.Labels, symbols, out double[] shares);
        Matrix<double> dual = Solve(gram, Matrix<double>.Build.Dense(train.Rows, symbols, (i, a) => y[i * symbols + a]));
        return Share(Products(held, train, block), dual, shares, held.Labels);
    }

    private static Matrix<double> Solve(Matrix<double> gram, Matrix<double> moments)
    {
        try
        {
            return gram.Cholesky().Solve(moments);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException("no linear probe can be fitted: the features are not finite or too large, as those of a network "
                + "that has diverged", error);
        }
    }

    private static float[] Products(LabelledFeatures a, LabelledFeatures b, int block)
    {
        float[] product = [], inner = new float[a.Rows * b.Rows];
        for (int start = 0; start < a.Columns; start += block)
        {
            MatrixProduct.MultiplyTransposedB(Columns(a, start, block), Columns(b, start, block), inner, a.Rows, b.Rows, block);
            if (start == 0) product = [.. inner];
            else TensorPrimitives.Multiply(product, inner, product);
        }
        return product;
    }

    private static float[] Columns(LabelledFeatures features, int start, int count)
    {
        var part = new float[features.Rows * count];
        for (int row = 0; row < features.Rows; row++)
            features.Values.AsSpan(row * features.Columns + start, count).CopyTo(part.AsSpan(row * count));
        return part;
    }

    private static void RequireSameColumns(LabelledFeatures train, LabelledFeatures held)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(held);
        if (train.Columns != held.Columns)
            throw new ArgumentException($"a probe of {train.Columns} features cannot be scored on {held.Columns}");
    }

    private static void Regularise(Matrix<double> gram, int summed)
    {
        double penalty = Math.Max(1e-12, (Penalty + Rounding * summed) * gram.Diagonal().Average());
        for (int i = 0; i < gram.RowCount; i++) gram[i, i] += penalty;
    }

    /// <summary>One-hot labels minus the shares of the symbols: rows x symbols.</summary>
    private static float[] OneHot(ushort[] labels, int symbols, out double[] shares)
    {
        shares = new double[symbols];
        foreach (ushort label in labels) shares[label] += 1.0 / labels.Length;
        var y = new float[labels.Length * symbols];
        for (int i = 0; i < y.Length; i++) y[i] = (float)((labels[i / symbols] == i % symbols ? 1 : 0) - shares[i % symbols]);
        return y;
    }

    private static double Share(float[] x, Matrix<double> weights, double[] shares, ushort[] labels)
    {
        int inner = weights.RowCount, symbols = weights.ColumnCount;
        var w = new float[inner * symbols];
        for (int i = 0; i < w.Length; i++) w[i] = (float)weights[i / symbols, i % symbols];
        var scores = new float[labels.Length * symbols];
        MatrixProduct.Multiply(x, w, scores, labels.Length, symbols, inner, [.. shares.Select(share => (float)share)]);
        return MlpProbe.Share(scores, symbols, labels);
    }
}
