using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>
/// The softmax of attention: of scaled scores, with a causal mask over the columns up to the row's own position, which is its number modulo
/// the columns; one pass for each row.
/// </summary>
/// <remarks>Bounded as <see cref="Softmax"/>.</remarks>
internal static unsafe class AttentionSoftmax
{
    /// <summary>Probabilities in place of scores: softmax of scale x over what each position sees, 0 for the rest.</summary>
    public static void Forward<T>(Span<T> scores, T scale, int columns, bool causal) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Floats.Are<T>()) ForwardFloats(Floats.Of(scores), float.CreateChecked(scale), columns, causal);
        else Reference.Forward(scores, scale, columns, causal);
    }

    /// <summary>
    /// The gradient of the scores, scale p (dp - sum p dp), in place of that of the probabilities. Columns that a causal mask hides have
    /// p = 0, hence no gradient.
    /// </summary>
    public static void Backward<T>(ReadOnlySpan<T> p, Span<T> dp, T scale, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Floats.Are<T>()) BackwardFloats(Floats.Of(p), Floats.Of(dp), float.CreateChecked(scale), columns);
        else Reference.Backward(p, dp, scale, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardFloats(Span<float> scores, float scale, int columns, bool causal)
    {
        Vector512<float> scales = Vector512.Create(scale), hidden = Vector512.Create(float.NegativeInfinity);
        fixed (float* first = scores)
        {
            int rows = scores.Length / columns;
            for (nint i = 0, position = 0; i < rows; i++, position = position + 1 == columns ? 0 : position + 1)
            {
                float* x = first + i * columns;
                nint seen = causal ? position + 1 : columns;
                Vector512<float> max = Vector512.Create(Softmax.Largest(x, seen)), sum = Vector512<float>.Zero;
                for (nint j = 0; j < columns; j += VectorMath.Width)
                {
                    Vector512<float> score = j < seen ? VectorMath.Load(x + j, seen - j, float.NegativeInfinity) : hidden;
                    Vector512<float> e = VectorMath.Exp((score - max) * scales);
                    VectorMath.Store(e, x + j, columns - j);
                    sum += e;
                }
                Vector512<float> inverse = Vector512.Create(1 / VectorMath.Sum(sum));
                for (nint j = 0; j < columns; j += VectorMath.Width)
                    VectorMath.Store(VectorMath.Load(x + j, columns - j) * inverse, x + j, columns - j);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardFloats(ReadOnlySpan<float> p, Span<float> dp, float scale, int columns)
    {
        Vector512<float> scales = Vector512.Create(scale);
        fixed (float* firstP = p, firstDp = dp)
        {
            int rows = p.Length / columns;
            for (nint i = 0; i < rows; i++)
            {
                float* x = firstP + i * columns, dx = firstDp + i * columns;
                Vector512<float> mean = Vector512.Create(VectorMath.SumColumns(new VectorMath.Product(x, dx), columns));
                for (nint j = 0; j < columns; j += VectorMath.Width)
                {
                    nint left = columns - j;
                    Vector512<float> gradient = VectorMath.Load(x + j, left) * scales * (VectorMath.Load(dx + j, left) - mean);
                    VectorMath.Store(gradient, dx + j, left);
                }
            }
        }
    }

    /// <summary>The reference: one row after the other, in T.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="AttentionSoftmax.Forward"/>
        public static void Forward<T>(Span<T> scores, T scale, int columns, bool causal) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int row = 0; row < scores.Length / columns; row++)
            {
                Span<T> all = scores.Slice(row * columns, columns), seen = causal ? all[..(row % columns + 1)] : all;
                T max = T.NegativeInfinity, sum = T.Zero;
                foreach (T value in seen) max = T.Max(max, value);
                foreach (ref T value in seen) sum += value = T.Exp((value - max) * scale);
                foreach (ref T value in seen) value /= sum;
                all[seen.Length..].Clear();
            }
        }

        /// <inheritdoc cref="AttentionSoftmax.Backward"/>
        public static void Backward<T>(ReadOnlySpan<T> p, Span<T> dp, T scale, int columns)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < p.Length / columns; i++)
            {
                ReadOnlySpan<T> probabilities = p.Slice(i * columns, columns);
                Span<T> gradient = dp.Slice(i * columns, columns);
                T mean = T.Zero;
                for (int j = 0; j < columns; j++) mean += probabilities[j] * gradient[j];
                for (int j = 0; j < columns; j++) gradient[j] = probabilities[j] * (gradient[j] - mean) * scale;
            }
        }
    }
}
