using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rhm.Parallelism;

namespace Rhm.Numerics;

/// <summary>log softmax(x)_j = x_j - log sum_i exp(x_i), for each row.</summary>
/// <remarks>Bounded as <see cref="Softmax"/>, and one scalar logarithm a row.</remarks>
internal static unsafe class LogSoftmax
{
    /// <summary>y = log softmax of each row of x. y may be x.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="y">rows x columns.</param>
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
            var matrices = new Softmax.Matrices { X = px, Y = py, Columns = columns };
            Workers.RunRanges(rows, 4 * columns, threads, &matrices, &ForwardRows);
        }
    }

    /// <summary>Log softmax of each row, in place, and its exponential.</summary>
    /// <param name="x">rows x columns; receives the log softmax.</param>
    /// <param name="probabilities">rows x columns.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    public static void ForwardWithSoftmax<T>(Span<T> x, Span<T> probabilities, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Forward(x, x, rows, columns);
        Exponential.Compute<T>(x, probabilities);
    }

    /// <summary>dx_j = dy_j - exp(y_j) sum_i dy_i for each row. dx may be dy.</summary>
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
            var matrices = new Softmax.Matrices { X = pdx, Y = py, Dy = pdy, Columns = columns };
            Workers.RunRanges(rows, 4 * columns, threads, &matrices, &BackwardRows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRows(void* state, int start, int end)
    {
        Softmax.Matrices m = *(Softmax.Matrices*)state;
        nint n = m.Columns;
        for (int i = start; i < end; i++)
        {
            float* x = m.X + i * n, y = m.Y + i * n;
            Vector512<float> max = Vector512.Create(Softmax.Largest(x, n)), sums = Vector512<float>.Zero;
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                sums += VectorMath.Exp(VectorMath.Load(x + j, n - j, float.NegativeInfinity) - max);
            }
            Vector512<float> logSum = Vector512.Create((float)Math.Log(VectorMath.Sum(sums)));
            for (nint j = 0; j < n; j += VectorMath.Width) VectorMath.Store(VectorMath.Load(x + j, n - j) - max - logSum, y + j, n - j);
        }
    }

    /// <summary>
    /// Log softmax of groups of numbers side by side in the rows of a matrix, their softmax, and weighted sums over the rows of both: all
    /// while a row is in the first-level cache.
    /// </summary>
    /// <param name="x">Rows, each of which begins with the groups; replaced by the log softmax.</param>
    /// <param name="y">The same places; receives the softmax.</param>
    /// <param name="stride">From row to row, at least groups x columns.</param>
    /// <param name="weights">One for each row.</param>
    /// <param name="groups">At least 1.</param>
    /// <param name="columns">Numbers of a group, at least 1.</param>
    /// <param name="sums">groups x columns; receives the sums over rows of weight x log softmax, in the order of rows.</param>
    /// <param name="ySums">The same of the softmax.</param>
    public static void ForwardGroups<T>(Span<T> x, Span<T> y, int stride, ReadOnlySpan<T> weights, int groups, int columns, Span<T> sums,
        Span<T> ySums) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (weights.IsEmpty) return;
        int used = groups * columns, last = (weights.Length - 1) * stride + used;
        x = x[..last];
        y = y[..last];
        sums = sums[..used];
        ySums = ySums[..used];
        sums.Clear();
        ySums.Clear();
        if (!Floats.Are<T>())
        {
            Reference.AddGroups(x, y, stride, weights, groups, columns, sums, ySums);
            return;
        }
        fixed (float* px = Floats.Of(x), py = Floats.Of(y), pSums = Floats.Of(sums), pYSums = Floats.Of(ySums))
        {
            ReadOnlySpan<float> rows = Floats.Of(weights);
            for (int row = 0; row < rows.Length; row++)
                ForwardGroups(px + (nint)row * stride, py + (nint)row * stride, rows[row], groups, columns, pSums, pYSums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardGroups(float* x, float* y, float weight, int groups, nint n, float* sums, float* ySums)
    {
        Vector512<float> w = Vector512.Create(weight);
        for (int group = 0; group < groups; group++, x += n, y += n, sums += n, ySums += n)
        {
            Vector512<float> max = Vector512.Create(Softmax.Largest(x, n)), total = Vector512<float>.Zero;
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                Vector512<float> e = VectorMath.Exp(VectorMath.Load(x + j, n - j, float.NegativeInfinity) - max);
                VectorMath.Store(e, y + j, n - j);
                total += e;
            }
            float sum = VectorMath.Sum(total);
            Vector512<float> logSum = Vector512.Create((float)Math.Log(sum)), scale = Vector512.Create(1 / sum);
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                nint left = n - j;
                Vector512<float> log = VectorMath.Load(x + j, left) - max - logSum, p = VectorMath.Load(y + j, left) * scale;
                VectorMath.Store(log, x + j, left);
                VectorMath.Store(p, y + j, left);
                VectorMath.Store(Vector512.FusedMultiplyAdd(w, log, VectorMath.Load(sums + j, left)), sums + j, left);
                VectorMath.Store(Vector512.FusedMultiplyAdd(w, p, VectorMath.Load(ySums + j, left)), ySums + j, left);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRows(void* state, int start, int end)
    {
        Softmax.Matrices m = *(Softmax.Matrices*)state;
        nint n = m.Columns;
        for (int i = start; i < end; i++)
        {
            float* y = m.Y + i * n, dy = m.Dy + i * n, dx = m.X + i * n;
            Vector512<float> total = Vector512.Create(-VectorMath.SumColumns(new VectorMath.Element(dy), n));
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                Vector512<float> e = VectorMath.Exp(VectorMath.Load(y + j, n - j));
                VectorMath.Store(Vector512.FusedMultiplyAdd(e, total, VectorMath.Load(dy + j, n - j)), dx + j, n - j);
            }
        }
    }

    /// <summary>The reference: in double, rounded once.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="LogSoftmax.Forward"/>
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
                double logSum = Math.Log(sum);
                for (int j = 0; j < columns; j++) output[j] = T.CreateChecked(double.CreateChecked(input[j]) - max - logSum);
            }
        }

        /// <summary>What <see cref="ForwardGroups"/> does after its sums are 0.</summary>
        public static void AddGroups<T>(Span<T> x, Span<T> y, int stride, ReadOnlySpan<T> weights, int groups, int columns, Span<T> sums,
            Span<T> ySums) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < weights.Length; i++)
            {
                Span<T> row = x.Slice(i * stride, groups * columns), p = y.Slice(i * stride, groups * columns);
                Forward(row, row, groups, columns);
                for (int j = 0; j < row.Length; j++)
                {
                    p[j] = T.Exp(row[j]);
                    sums[j] += weights[i] * row[j];
                    ySums[j] += weights[i] * p[j];
                }
            }
        }

        /// <inheritdoc cref="LogSoftmax.Backward"/>
        public static void Backward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, int rows, int columns)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<T> output = y.Slice(i * columns, columns), gradient = dy.Slice(i * columns, columns);
                Span<T> result = dx.Slice(i * columns, columns);
                double total = 0;
                foreach (T value in gradient) total += double.CreateChecked(value);
                for (int j = 0; j < columns; j++)
                    result[j] = T.CreateChecked(double.CreateChecked(gradient[j]) - Math.Exp(double.CreateChecked(output[j])) * total);
            }
        }
    }
}
