using MathNet.Numerics.LinearAlgebra;

namespace Rhm.Learners;

/// <summary>Linear classifiers on frozen features, by ridge regression of one-hot labels in closed form.</summary>
internal static class RidgeProbe
{
    /// <summary>Ridge penalty as a fraction of the mean squared feature: small beside signal, large beside rounding.</summary>
    private const double Penalty = 1e-3;

    /// <summary>Features, one row each, and their labels.</summary>
    public readonly record struct Data(Matrix<double> Features, ushort[] Labels);

    /// <summary>Fits on one set, scores on the other; features are centred on the training set's mean.</summary>
    public static double Accuracy(Data train, Data held, int symbols)
    {
        Vector<double> mean = train.Features.ColumnSums() / train.Features.RowCount;
        Matrix<double> x = Centre(train.Features, mean), gram = x.TransposeThisAndMultiply(x);
        Regularise(gram);
        Matrix<double> weights = gram.Cholesky().Solve(x.TransposeThisAndMultiply(OneHot(train.Labels, symbols, out Vector<double> shares)));
        return Share(Centre(held.Features, mean) * weights, shares, held.Labels);
    }

    /// <summary>The same on all products of one entry of each of the s blocks of features, in the dual: the inner product of two strings'
    /// products is the product of their blocks' inner products.</summary>
    public static double TupleAccuracy(Data train, Data held, int block, int symbols)
    {
        Matrix<double> gram = Products(train.Features, train.Features, block);
        Regularise(gram);
        Matrix<double> dual = gram.Cholesky().Solve(OneHot(train.Labels, symbols, out Vector<double> shares));
        return Share(Products(held.Features, train.Features, block) * dual, shares, held.Labels);
    }

    private static Matrix<double> Products(Matrix<double> a, Matrix<double> b, int block)
    {
        Matrix<double>? product = null;
        for (int start = 0; start < a.ColumnCount; start += block)
        {
            Matrix<double> inner = a.SubMatrix(0, a.RowCount, start, block).TransposeAndMultiply(b.SubMatrix(0, b.RowCount, start, block));
            product = product is null ? inner : product.PointwiseMultiply(inner);
        }
        return product!;
    }

    private static void Regularise(Matrix<double> gram)
    {
        double penalty = Math.Max(1e-12, Penalty * gram.Diagonal().Average());
        for (int i = 0; i < gram.RowCount; i++) gram[i, i] += penalty;
    }

    private static Matrix<double> Centre(Matrix<double> features, Vector<double> mean) =>
        Matrix<double>.Build.Dense(features.RowCount, features.ColumnCount, (i, j) => features[i, j] - mean[j]);

    /// <summary>One-hot labels minus the shares of the symbols.</summary>
    private static Matrix<double> OneHot(ushort[] labels, int symbols, out Vector<double> shares)
    {
        Matrix<double> y = Matrix<double>.Build.Dense(labels.Length, symbols, (i, a) => labels[i] == a ? 1 : 0);
        Vector<double> share = shares = y.ColumnSums() / labels.Length;
        return Matrix<double>.Build.Dense(labels.Length, symbols, (i, a) => y[i, a] - share[a]);
    }

    private static double Share(Matrix<double> scores, Vector<double> shares, ushort[] labels)
    {
        int right = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if ((scores.Row(i) + shares).MaximumIndex() == labels[i]) right++;
        }
        return (double)right / labels.Length;
    }
}
