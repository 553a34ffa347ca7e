using MathNet.Numerics.LinearAlgebra;
using Rhm.Numerics;

namespace Rhm.Networks.Probes;

/// <summary>Rows of features and what each row stands for.</summary>
public sealed record LabelledFeatures
{
    /// <summary>Rows summed in float32 before their sum is added in float64.</summary>
    private const int Chunk = 128;

    /// <summary>Wraps the arrays; they are not copied.</summary>
    /// <param name="values">rows x columns, row by row.</param>
    /// <param name="columns">At least 1.</param>
    /// <param name="labels">One symbol for each row.</param>
    /// <exception cref="ArgumentException">There are no rows, or the sizes do not fit.</exception>
    public LabelledFeatures(float[] values, int columns, ushort[] labels)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(labels);
        if (columns < 1 || labels.Length == 0 || values.Length != (long)labels.Length * columns)
            throw new ArgumentException($"{values.Length} features are not {labels.Length} labelled rows of {columns}");
        (Values, Columns, Labels) = (values, columns, labels);
    }

    /// <summary>The features, row by row.</summary>
    public float[] Values { get; }

    /// <summary>Features of a row.</summary>
    public int Columns { get; }

    /// <summary>The symbol of each row.</summary>
    public ushort[] Labels { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => Labels.Length;

    /// <summary>Mean row.</summary>
    internal double[] Mean()
    {
        var mean = new double[Columns];
        for (int i = 0; i < Values.Length; i++) mean[i % Columns] += Values[i];
        for (int j = 0; j < Columns; j++) mean[j] /= Rows;
        return mean;
    }

    /// <summary>The rows minus a given one.</summary>
    internal float[] Minus(double[] row)
    {
        var centred = new float[Values.Length];
        for (int i = 0; i < centred.Length; i++) centred[i] = (float)(Values[i] - row[i % Columns]);
        return centred;
    }

    /// <summary>
    /// A^T B of two matrices of equally many rows; A is rows x columns, B is rows x others. Each entry is within 8e-6 |A^T| |B|.
    /// </summary>
    internal static Matrix<double> Moments(ReadOnlySpan<float> a, int columns, ReadOnlySpan<float> b, int others)
    {
        int rows = a.Length / columns;
        var sum = new double[columns * others];
        var part = new float[columns * others];
        for (int from = 0; from < rows; from += Chunk)
        {
            int count = Math.Min(Chunk, rows - from);
            ReadOnlySpan<float> rowsOfA = a.Slice(from * columns, count * columns), rowsOfB = b.Slice(from * others, count * others);
            MatrixProduct.MultiplyTransposedA(rowsOfA, rowsOfB, part, columns, others, count);
            for (int i = 0; i < sum.Length; i++) sum[i] += part[i];
        }
        return Matrix<double>.Build.Dense(columns, others, (i, j) => sum[i * others + j]);
    }
}
