using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rhm.Parallelism;

namespace Rhm.Numerics;

/// <summary>
/// softmax(x)_j = exp(x_j) / sum_i exp(x_i), for each row; computed with the row's maximum subtracted, so nothing overflows.
/// </summary>
/// <remarks>
/// Bounded by arithmetic, about 20 vector operations for 16 numbers, and for rows of a few vectors the two reductions of a row, some 40
/// cycles that only the next row can hide. A row stays in the first-level cache between its passes.
/// </remarks>
internal static unsafe class Softmax
{
    /// <summary>y = softmax of each row of x. y may be x.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="y">rows x columns; every row sums to 1.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, int rows, int columns, int threads = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(x), x.Length, rows, columns);
        Sizes.Check(nameof(y), y.Length, rows, columns);
        if (!Floats.Are<T>())
        {
            Reference.Forward(x, y, rows, columns);
            return;
        }
        fixed (float* px = Floats.Of(x), py = Floats.Of(y))
        {
            var matrices = new Matrices { X = px, Y = py, Columns = columns };
            Workers.RunRanges(rows, 4 * columns, threads, &matrices, &ForwardRows);
        }
    }

    /// <summary>dx_j = y_j (dy_j - sum_i y_i dy_i) for each row. dx may be dy.</summary>
    /// <param name="y">The output of the forward pass.</param>
    /// <param name="dy">Gradient with respect to the output.</param>
    /// <param name="dx">Receives the gradient with respect to the input.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Backward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, int rows, int columns, int threads = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(y), y.Length, rows, columns);
        Sizes.Check(nameof(dy), dy.Length, rows, columns);
        Sizes.Check(nameof(dx), dx.Length, rows, columns);
        if (!Floats.Are<T>())
        {
            Reference.Backward(y, dy, dx, rows, columns);
            return;
        }
        fixed (float* py = Floats.Of(y), pdy = Floats.Of(dy), pdx = Floats.Of(dx))
        {
            var matrices = new Matrices { X = pdx, Y = py, Dy = pdy, Columns = columns };
            Workers.RunRanges(rows, 4 * columns, threads, &matrices, &BackwardRows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRows(void* state, int start, int end)
    {
        Matrices m = *(Matrices*)state;
        nint n = m.Columns;
        for (int i = start; i < end; i++)
        {
            float* x = m.X + i * n, y = m.Y + i * n;
            Vector512<float> max = Vector512.Create(Largest(x, n)), sums = Vector512<float>.Zero;
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                Vector512<float> e = VectorMath.Exp(VectorMath.Load(x + j, n - j, float.NegativeInfinity) - max);
                VectorMath.Store(e, y + j, n - j);
                sums += e;
            }
            Vector512<float> scale = Vector512.Create(1 / VectorMath.Sum(sums));
            for (nint j = 0; j < n; j += VectorMath.Width) VectorMath.Store(VectorMath.Load(y + j, n - j) * scale, y + j, n - j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRows(void* state, int start, int end)
    {
        Matrices m = *(Matrices*)state;
        nint n = m.Columns;
        for (int i = start; i < end; i++)
        {
            float* y = m.Y + i * n, dy = m.Dy + i * n, dx = m.X + i * n;
            Vector512<float> mean = Vector512.Create(VectorMath.SumColumns(new VectorMath.Product(y, dy), n));
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                // The next row is on its way while this one is written.
                VectorMath.Prefetch(y + j + n);
                VectorMath.Prefetch(dy + j + n);
                Vector512<float> dx0 = VectorMath.Load(y + j, n - j) * (VectorMath.Load(dy + j, n - j) - mean);
                VectorMath.Store(dx0, dx + j, n - j);
            }
        }
    }

    /// <summary>The largest number of a row, minus infinity if it has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Largest(float* x, nint count)
    {
        const float none = float.NegativeInfinity;
        Vector512<float> a = Vector512.Create(none), b = a;
        for (nint j = 0; j < count; j += 2 * VectorMath.Width)
        {
            a = Vector512.MaxNative(VectorMath.Load(x + j, count - j, none), a);
            nint left = count - j - VectorMath.Width;
            if (left > 0) b = Vector512.MaxNative(VectorMath.Load(x + j + VectorMath.Width, left, none), b);
        }
        return VectorMath.Max(Vector512.MaxNative(a, b));
    }

    /// <summary>The matrices of one call; in a backward pass X is the gradient of the input.</summary>
    internal struct Matrices
    {
        public float* X, Y, Dy;
        public int Columns;
    }

    /// <summary>The reference: in double, rounded once.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="Softmax.Forward"/>
        public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, int rows, int columns)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<T> input = x.Slice(i * columns, columns);
                Span<T> output = y.Slice(i * columns, columns);
                double max = double.NegativeInfinity, sum = 0;
                foreach (T value in input) max = Math.Max(max, double.CreateChecked(value));
                foreach (T value in input) sum += Math.Exp(double.CreateChecked(value) - max);
                for (int j = 0; j < columns; j++) output[j] = T.CreateChecked(Math.Exp(double.CreateChecked(input[j]) - max) / sum);
            }
        }

        /// <inheritdoc cref="Softmax.Backward"/>
        public static void Backward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, int rows, int columns)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<T> output = y.Slice(i * columns, columns), gradient = dy.Slice(i * columns, columns);
                Span<T> result = dx.Slice(i * columns, columns);
                double mean = 0;
                for (int j = 0; j < columns; j++) mean += double.CreateChecked(output[j]) * double.CreateChecked(gradient[j]);
                for (int j = 0; j < columns; j++)
                    result[j] = T.CreateChecked(double.CreateChecked(output[j]) * (double.CreateChecked(gradient[j]) - mean));
            }
        }
    }
}
