using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>
/// Layer normalisation (Ba, Kiros and Hinton, arXiv:1607.06450): y_j = (x_j - mean) / sqrt(variance + epsilon) scale_j + shift_j for
/// each row, with the variance divided by the number of columns.
/// </summary>
/// <remarks>
/// Limit: the two reductions of each row (about 40 cycles each, which only the next row can hide) for rows of a few vectors, memory for
/// long ones. A row stays in the first-level cache between its three passes.
/// </remarks>
public static unsafe class LayerNorm
{
    /// <summary>Normalises each row. y may be x if no backward pass follows.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="scale">Empty (all 1), or one number for each column.</param>
    /// <param name="shift">Empty (all 0), or one number for each column.</param>
    /// <param name="y">rows x columns.</param>
    /// <param name="means">Empty, or receives the mean of each row, which the backward pass needs.</param>
    /// <param name="inverseDeviations">Empty, or receives 1 / sqrt(variance + epsilon) of each row, which the backward pass needs.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="epsilon">Positive; 1e-5 is PyTorch's default.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y,
        Span<float> means, Span<float> inverseDeviations, int rows, int columns, float epsilon = 1e-5f, int threads = 1)
    {
        MatrixProduct.Check(nameof(x), x.Length, rows, columns);
        MatrixProduct.Check(nameof(y), y.Length, rows, columns);
        if (!scale.IsEmpty) MatrixProduct.Check(nameof(scale), scale.Length, 1, columns);
        if (!shift.IsEmpty) MatrixProduct.Check(nameof(shift), shift.Length, 1, columns);
        if (!means.IsEmpty) MatrixProduct.Check(nameof(means), means.Length, rows, 1);
        if (!inverseDeviations.IsEmpty) MatrixProduct.Check(nameof(inverseDeviations), inverseDeviations.Length, rows, 1);
        fixed (float* px = x, pScale = scale, pShift = shift, py = y, pMeans = means, pInverse = inverseDeviations)
        {
            var a = new Arguments { X = px, Scale = pScale, Shift = pShift, Y = py, Means = pMeans, InverseDeviations = pInverse, Columns = columns, Epsilon = epsilon };
            Workers.RunRanges(rows, 4 * columns, threads, &a, &ForwardRows);
        }
    }

    /// <summary>
    /// With z the normalised x and g = dy scale: dx = inverseDeviation (g - mean(g) - z mean(g z)) for each row; adds the sums over
    /// rows of dy z to <paramref name="dScale"/> and of dy to <paramref name="dShift"/>. dx may be dy.
    /// </summary>
    /// <param name="x">The input of the forward pass.</param>
    /// <param name="scale">As in the forward pass.</param>
    /// <param name="means">From the forward pass.</param>
    /// <param name="inverseDeviations">From the forward pass.</param>
    /// <param name="dy">Gradient with respect to the output.</param>
    /// <param name="dx">Receives the gradient with respect to the input.</param>
    /// <param name="dScale">Empty, or accumulates the gradient of the scale.</param>
    /// <param name="dShift">Empty, or accumulates the gradient of the shift.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> means,
        ReadOnlySpan<float> inverseDeviations, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dScale, Span<float> dShift, int rows,
        int columns, int threads = 1)
    {
        MatrixProduct.Check(nameof(x), x.Length, rows, columns);
        MatrixProduct.Check(nameof(dy), dy.Length, rows, columns);
        MatrixProduct.Check(nameof(dx), dx.Length, rows, columns);
        MatrixProduct.Check(nameof(means), means.Length, rows, 1);
        MatrixProduct.Check(nameof(inverseDeviations), inverseDeviations.Length, rows, 1);
        if (!scale.IsEmpty) MatrixProduct.Check(nameof(scale), scale.Length, 1, columns);
        if (!dScale.IsEmpty) MatrixProduct.Check(nameof(dScale), dScale.Length, 1, columns);
        if (!dShift.IsEmpty) MatrixProduct.Check(nameof(dShift), dShift.Length, 1, columns);
        fixed (float* px = x, pScale = scale, pMeans = means, pInverse = inverseDeviations, pdy = dy, pdx = dx, pdScale = dScale, pdShift = dShift)
        {
            var a = new Arguments
            {
                X = px,
                Scale = pScale,
                Means = pMeans,
                InverseDeviations = pInverse,
                Y = pdy,
                Dx = pdx,
                DScale = pdScale,
                DShift = pdShift,
                Rows = rows,
                Columns = columns,
            };
            // Before the rows, since dx may be dy.
            if (pdScale is not null || pdShift is not null) Workers.RunRanges(columns, 4 * rows, threads, &a, &BackwardColumns);
            Workers.RunRanges(rows, 4 * columns, threads, &a, &BackwardRows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRows(void* state, int start, int end)
    {
        Arguments a = *(Arguments*)state;
        nint n = a.Columns;
        for (int i = start; i < end; i++)
        {
            float* x = a.X + i * n, y = a.Y + i * n;
            float mean = VectorMath.SumColumns(new VectorMath.Element(x), n) / n;
            float inverse = 1 / MathF.Sqrt(VectorMath.SumColumns(new VectorMath.SquaredDifference(x, mean), n) / n + a.Epsilon);
            if (a.Means is not null) a.Means[i] = mean;
            if (a.InverseDeviations is not null) a.InverseDeviations[i] = inverse;
            Vector512<float> means = Vector512.Create(mean), inverses = Vector512.Create(inverse);
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                Vector512<float> z = (VectorMath.Load(x + j, n - j) - means) * inverses;
                if (a.Scale is not null) z *= VectorMath.Load(a.Scale + j, n - j);
                if (a.Shift is not null) z += VectorMath.Load(a.Shift + j, n - j);
                VectorMath.Store(z, y + j, n - j);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRows(void* state, int start, int end)
    {
        Arguments a = *(Arguments*)state;
        nint n = a.Columns;
        for (int i = start; i < end; i++)
        {
            float* x = a.X + i * n, dy = a.Y + i * n, dx = a.Dx + i * n;
            float mean = a.Means[i];
            Vector512<float> means = Vector512.Create(mean), inverse = Vector512.Create(a.InverseDeviations[i]);
            Vector512<float> sumG = Vector512<float>.Zero, sumGz = Vector512<float>.Zero;
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                Vector512<float> z = (VectorMath.Load(x + j, n - j, mean) - means) * inverse, g = VectorMath.Load(dy + j, n - j);
                if (a.Scale is not null) g *= VectorMath.Load(a.Scale + j, n - j);
                sumG += g;
                sumGz = Vector512.FusedMultiplyAdd(g, z, sumGz);
            }
            Vector512<float> meanG = Vector512.Create(VectorMath.Sum(sumG) / n), meanGz = Vector512.Create(VectorMath.Sum(sumGz) / n);
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                Vector512<float> z = (VectorMath.Load(x + j, n - j, mean) - means) * inverse, g = VectorMath.Load(dy + j, n - j);
                if (a.Scale is not null) g *= VectorMath.Load(a.Scale + j, n - j);
                VectorMath.Store((g - meanG - z * meanGz) * inverse, dx + j, n - j);
            }
        }
    }

    /// <summary>Gradients of scale and shift for a range of columns: rows in order, whatever the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardColumns(void* state, int start, int end)
    {
        Arguments a = *(Arguments*)state;
        nint n = a.Columns;
        for (nint i = 0; i < a.Rows; i++)
        {
            float* x = a.X + i * n, dy = a.Y + i * n;
            Vector512<float> mean = Vector512.Create(a.Means[i]), inverse = Vector512.Create(a.InverseDeviations[i]);
            for (nint j = start; j < end; j += VectorMath.Width)
            {
                nint left = end - j;
                Vector512<float> g = VectorMath.Load(dy + j, left), z = (VectorMath.Load(x + j, left) - mean) * inverse;
                if (a.DScale is not null) VectorMath.Store(Vector512.FusedMultiplyAdd(g, z, VectorMath.Load(a.DScale + j, left)), a.DScale + j, left);
                if (a.DShift is not null) VectorMath.Store(VectorMath.Load(a.DShift + j, left) + g, a.DShift + j, left);
            }
        }
    }

    /// <summary>The matrices of one call; in a backward pass Y is the gradient of the output.</summary>
    private struct Arguments
    {
        public float* X, Scale, Shift, Y, Means, InverseDeviations, Dx, DScale, DShift;
        public int Rows, Columns;
        public float Epsilon;
    }

    /// <summary>The plain twin: in double, rounded once.</summary>
    public static class Plain
    {
        /// <inheritdoc cref="LayerNorm.Forward"/>
        public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y,
            Span<float> means, Span<float> inverseDeviations, int rows, int columns, float epsilon = 1e-5f)
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> input = x.Slice(i * columns, columns);
                double mean = 0, variance = 0;
                foreach (float value in input) mean += value;
                mean /= columns;
                foreach (float value in input) variance += (value - mean) * (value - mean);
                double inverseDeviation = 1 / Math.Sqrt(variance / columns + epsilon);
                if (!means.IsEmpty) means[i] = (float)mean;
                if (!inverseDeviations.IsEmpty) inverseDeviations[i] = (float)inverseDeviation;
                for (int j = 0; j < columns; j++)
                {
                    double z = (input[j] - mean) * inverseDeviation;
                    y[i * columns + j] = (float)(z * (scale.IsEmpty ? 1 : scale[j]) + (shift.IsEmpty ? 0 : shift[j]));
                }
            }
        }

        /// <inheritdoc cref="LayerNorm.Backward"/>
        public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> means,
            ReadOnlySpan<float> inverseDeviations, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dScale, Span<float> dShift, int rows,
            int columns)
        {
            for (int j = 0; j < columns && !(dScale.IsEmpty && dShift.IsEmpty); j++)
            {
                double sum = dScale.IsEmpty ? 0 : dScale[j], shiftSum = dShift.IsEmpty ? 0 : dShift[j];
                for (int i = 0; i < rows; i++)
                {
                    double gradient = dy[i * columns + j];
                    sum += gradient * ((double)x[i * columns + j] - means[i]) * inverseDeviations[i];
                    shiftSum += gradient;
                }
                if (!dScale.IsEmpty) dScale[j] = (float)sum;
                if (!dShift.IsEmpty) dShift[j] = (float)shiftSum;
            }
            for (int i = 0; i < rows; i++)
            {
                double mean = means[i], inverseDeviation = inverseDeviations[i], meanG = 0, meanGz = 0;
                for (int j = 0; j < columns; j++)
                {
                    double z = (x[i * columns + j] - mean) * inverseDeviation;
                    double g = dy[i * columns + j] * (scale.IsEmpty ? 1.0 : scale[j]);
                    meanG += g / columns;
                    meanGz += g * z / columns;
                }
                for (int j = 0; j < columns; j++)
                {
                    double z = (x[i * columns + j] - mean) * inverseDeviation;
                    double g = dy[i * columns + j] * (scale.IsEmpty ? 1.0 : scale[j]);
                    dx[i * columns + j] = (float)(inverseDeviation * (g - meanG - z * meanGz));
                }
            }
        }
    }
}
