using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rhm.Parallelism;

namespace Rhm.Numerics;

/// <summary>
/// Layer normalisation (Ba, Kiros and Hinton, arXiv:1607.06450): y_j = (x_j - mean) / sqrt(variance + epsilon) scale_j + shift_j for
/// each row, with the variance divided by the number of columns.
/// </summary>
/// <remarks>
/// Bounded by the two reductions of each row (about 40 cycles each, which only the next row can hide) for rows of a few vectors, memory for
/// long ones: each matrix is read or written once. A row stays in the first-level cache between its passes, as do the sums over the rows.
/// </remarks>
internal static unsafe class LayerNorm
{
    // The gradients of scale and shift are sums over blocks of so many rows, added in order: no thread shares a sum with another.
    private const int BlockRows = 64;

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
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, ReadOnlySpan<T> shift, Span<T> y, Span<T> means,
        Span<T> inverseDeviations, int rows, int columns, double epsilon = 1e-5, int threads = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(x), x.Length, rows, columns);
        Sizes.Check(nameof(y), y.Length, rows, columns);
        if (!scale.IsEmpty) Sizes.Check(nameof(scale), scale.Length, 1, columns);
        if (!shift.IsEmpty) Sizes.Check(nameof(shift), shift.Length, 1, columns);
        if (!means.IsEmpty) Sizes.Check(nameof(means), means.Length, rows, 1);
        if (!inverseDeviations.IsEmpty) Sizes.Check(nameof(inverseDeviations), inverseDeviations.Length, rows, 1);
        if (!Floats.Are<T>())
        {
            Reference.Forward(x, scale, shift, y, means, inverseDeviations, rows, columns, epsilon);
            return;
        }
        fixed (float* px = Floats.Of(x), py = Floats.Of(y), pScale = Floats.Of(scale), pShift = Floats.Of(shift))
        fixed (float* pMeans = Floats.Of(means), pInverse = Floats.Of(inverseDeviations))
        {
            var a = new Arguments
            {
                X = px,
                Scale = pScale,
                Shift = pShift,
                Y = py,
                Means = pMeans,
                InverseDeviations = pInverse,
                Columns = columns,
                Epsilon = (float)epsilon,
            };
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
    public static void Backward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, ReadOnlySpan<T> means, ReadOnlySpan<T> inverseDeviations,
        ReadOnlySpan<T> dy, Span<T> dx, Span<T> dScale, Span<T> dShift, int rows, int columns, int threads = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(x), x.Length, rows, columns);
        Sizes.Check(nameof(dy), dy.Length, rows, columns);
        Sizes.Check(nameof(dx), dx.Length, rows, columns);
        Sizes.Check(nameof(means), means.Length, rows, 1);
        Sizes.Check(nameof(inverseDeviations), inverseDeviations.Length, rows, 1);
        if (!scale.IsEmpty) Sizes.Check(nameof(scale), scale.Length, 1, columns);
        if (!dScale.IsEmpty) Sizes.Check(nameof(dScale), dScale.Length, 1, columns);
        if (!dShift.IsEmpty) Sizes.Check(nameof(dShift), dShift.Length, 1, columns);
        if (!Floats.Are<T>())
        {
            Reference.Backward(x, scale, means, inverseDeviations, dy, dx, dScale, dShift, rows, columns);
            return;
        }
        fixed (float* px = Floats.Of(x), pScale = Floats.Of(scale), pMeans = Floats.Of(means), pInverse = Floats.Of(inverseDeviations))
        fixed (float* pdy = Floats.Of(dy), pdx = Floats.Of(dx), pdScale = Floats.Of(dScale), pdShift = Floats.Of(dShift))
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
            Backward(a, threads);
        }
    }

    private static void Backward(Arguments a, int threads)
    {
        int columns = a.Columns, blocks = (a.Rows + BlockRows - 1) / BlockRows;
        bool sums = a.DScale is not null || a.DShift is not null;
        float[] partial = sums && blocks > 1 ? ArrayPool<float>.Shared.Rent(2 * columns * (blocks - 1)) : [];
        fixed (float* pPartial = partial)
        {
            a.Partial = pPartial;
            int parts = Workers.AreWorthSharing(a.Rows, 8 * columns) ? Math.Clamp(threads, 1, Math.Max(1, blocks)) : 1;
            Workers.Run(parts, &a, &BackwardBlocks);
            for (nint i = 0; i < blocks - 1 && sums; i++)
            {
                if (a.DScale is not null) AddTo(a.DScale, pPartial + 2 * i * columns, columns);
                if (a.DShift is not null) AddTo(a.DShift, pPartial + (2 * i + 1) * columns, columns);
            }
        }
        if (partial.Length > 0) ArrayPool<float>.Shared.Return(partial);
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

    /// <summary>
    /// A part of the blocks: their rows, and the sums over their rows. The first block adds to the sums that were there before.
    /// </summary>
    private static void BackwardBlocks(void* state, int part, int parts)
    {
        Arguments a = *(Arguments*)state;
        long blocks = (a.Rows + BlockRows - 1) / BlockRows;
        for (long block = blocks * part / parts; block < blocks * (part + 1) / parts; block++)
        {
            if (block > 0)
            {
                float* sums = a.Partial + 2 * (block - 1) * a.Columns;
                if (a.DScale is not null || a.DShift is not null) new Span<float>(sums, 2 * a.Columns).Clear();
                if (a.DScale is not null) a.DScale = sums;
                if (a.DShift is not null) a.DShift = sums + a.Columns;
            }
            BackwardRows(a, (nint)block * BlockRows, (nint)Math.Min(a.Rows, (block + 1) * BlockRows));
        }
    }

    /// <summary>
    /// Rows four at a time: their sums over the columns are chains of their own, and what is summed over the rows is loaded and stored
    /// once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRows(Arguments a, nint start, nint end)
    {
        nint n = a.Columns, whole = n - n % VectorMath.Width;
        float* scale = a.Scale, dScale = a.DScale, dShift = a.DShift;
        for (nint i = start; i < end; i += 4)
        {
            nint rows = Math.Min(4, end - i);
            Row r0 = new(a, i), r1 = new(a, i + Math.Min(1, rows - 1)), r2 = new(a, i + Math.Min(2, rows - 1)), r3 = new(a, i + rows - 1);
            for (nint j = 0; j < whole; j += VectorMath.Width)
                AddColumns(ref r0, ref r1, ref r2, ref r3, rows, scale, dScale, dShift, j, VectorMath.Width);
            if (whole < n) AddColumns(ref r0, ref r1, ref r2, ref r3, rows, scale, dScale, dShift, whole, n - whole);
            r0.Write(scale, n);
            if (rows > 1) r1.Write(scale, n);
            if (rows > 2) r2.Write(scale, n);
            if (rows > 3) r3.Write(scale, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns(ref Row r0, ref Row r1, ref Row r2, ref Row r3, nint rows, float* scale, float* dScale, float* dShift,
        nint j, nint left)
    {
        Vector512<float> s = scale is null ? Vector512<float>.One : VectorMath.Load(scale + j, left);
        Vector512<float> ds = dScale is null ? default : VectorMath.Load(dScale + j, left);
        Vector512<float> dh = dShift is null ? default : VectorMath.Load(dShift + j, left);
        r0.Add(j, left, s, ref ds, ref dh);
        if (rows > 1) r1.Add(j, left, s, ref ds, ref dh);
        if (rows > 2) r2.Add(j, left, s, ref ds, ref dh);
        if (rows > 3) r3.Add(j, left, s, ref ds, ref dh);
        if (dScale is not null) VectorMath.Store(ds, dScale + j, left);
        if (dShift is not null) VectorMath.Store(dh, dShift + j, left);
    }

    /// <summary>A row of a backward pass and its sums of g and of g z.</summary>
    private struct Row(Arguments a, nint i)
    {
        private readonly float* _x = a.X + i * a.Columns, _dy = a.Y + i * a.Columns, _dx = a.Dx + i * a.Columns;
        private readonly nint _fourth = 4 * a.Columns;
        private readonly float _mean = a.Means[i];
        private readonly Vector512<float> _means = Vector512.Create(a.Means[i]), _inverse = Vector512.Create(a.InverseDeviations[i]);
        private Vector512<float> _sumG = Vector512<float>.Zero, _sumGz = Vector512<float>.Zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(nint j, nint left, Vector512<float> scale, ref Vector512<float> dScale, ref Vector512<float> dShift)
        {
            VectorMath.Prefetch(_x + _fourth + j);
            VectorMath.Prefetch(_dy + _fourth + j);
            Vector512<float> z = (VectorMath.Load(_x + j, left, _mean) - _means) * _inverse, g = VectorMath.Load(_dy + j, left);
            dScale = Vector512.FusedMultiplyAdd(g, z, dScale);
            dShift += g;
            g *= scale;
            _sumG += g;
            _sumGz = Vector512.FusedMultiplyAdd(g, z, _sumGz);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Write(float* scale, nint n)
        {
            Vector512<float> meanG = Vector512.Create(VectorMath.Sum(_sumG) / n), meanGz = Vector512.Create(VectorMath.Sum(_sumGz) / n);
            for (nint j = 0; j < n; j += VectorMath.Width)
            {
                Vector512<float> z = (VectorMath.Load(_x + j, n - j, _mean) - _means) * _inverse, g = VectorMath.Load(_dy + j, n - j);
                if (scale is not null) g *= VectorMath.Load(scale + j, n - j);
                VectorMath.Store((g - meanG - z * meanGz) * _inverse, _dx + j, n - j);
            }
        }
    }

    private static void AddTo(float* sums, float* more, int count)
    {
        var to = new Span<float>(sums, count);
        TensorPrimitives.Add(to, new ReadOnlySpan<float>(more, count), to);
    }

    /// <summary>The matrices of one call; in a backward pass Y is the gradient of the output.</summary>
    private struct Arguments
    {
        public float* X, Scale, Shift, Y, Means, InverseDeviations, Dx, DScale, DShift, Partial;
        public int Rows, Columns;
        public float Epsilon;
    }

    /// <summary>The reference: in double, rounded once.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="LayerNorm.Forward"/>
        public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, ReadOnlySpan<T> shift, Span<T> y, Span<T> means,
            Span<T> inverseDeviations, int rows, int columns, double epsilon = 1e-5) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<T> input = x.Slice(i * columns, columns);
                double mean = 0, variance = 0;
                foreach (T value in input) mean += double.CreateChecked(value);
                mean /= columns;
                foreach (T value in input) variance += (double.CreateChecked(value) - mean) * (double.CreateChecked(value) - mean);
                double inverseDeviation = 1 / Math.Sqrt(variance / columns + epsilon);
                if (!means.IsEmpty) means[i] = T.CreateChecked(mean);
                if (!inverseDeviations.IsEmpty) inverseDeviations[i] = T.CreateChecked(inverseDeviation);
                for (int j = 0; j < columns; j++)
                {
                    double z = (double.CreateChecked(input[j]) - mean) * inverseDeviation;
                    y[i * columns + j] = T.CreateChecked(z * At(scale, j, 1) + At(shift, j, 0));
                }
            }
        }

        /// <inheritdoc cref="LayerNorm.Backward"/>
        public static void Backward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, ReadOnlySpan<T> means, ReadOnlySpan<T> inverseDeviations,
            ReadOnlySpan<T> dy, Span<T> dx, Span<T> dScale, Span<T> dShift, int rows, int columns)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int j = 0; j < columns && !(dScale.IsEmpty && dShift.IsEmpty); j++)
            {
                double sum = At(dScale, j, 0), shiftSum = At(dShift, j, 0);
                for (int i = 0; i < rows; i++)
                {
                    double gradient = double.CreateChecked(dy[i * columns + j]);
                    sum += gradient * (At(x, i * columns + j, 0) - At(means, i, 0)) * At(inverseDeviations, i, 0);
                    shiftSum += gradient;
                }
                if (!dScale.IsEmpty) dScale[j] = T.CreateChecked(sum);
                if (!dShift.IsEmpty) dShift[j] = T.CreateChecked(shiftSum);
            }
            for (int i = 0; i < rows; i++)
            {
                double mean = At(means, i, 0), inverseDeviation = At(inverseDeviations, i, 0), meanG = 0, meanGz = 0;
                for (int j = 0; j < columns; j++)
                {
                    double z = (At(x, i * columns + j, 0) - mean) * inverseDeviation;
                    double g = At(dy, i * columns + j, 0) * At(scale, j, 1);
                    meanG += g / columns;
                    meanGz += g * z / columns;
                }
                for (int j = 0; j < columns; j++)
                {
                    double z = (At(x, i * columns + j, 0) - mean) * inverseDeviation;
                    double g = At(dy, i * columns + j, 0) * At(scale, j, 1);
                    dx[i * columns + j] = T.CreateChecked(inverseDeviation * (g - meanG - z * meanGz));
                }
            }
        }

        private static double At<T>(ReadOnlySpan<T> x, int i, double none) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            x.IsEmpty ? none : double.CreateChecked(x[i]);
    }
}
