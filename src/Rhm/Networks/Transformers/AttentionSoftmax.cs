using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rhm.Numerics;

namespace Rhm.Networks.Transformers;

/// <summary>The softmax of attention in float: one pass for each row of scores, scaled and masked on the way.</summary>
/// <remarks>Limit: as <see cref="Softmax"/>. The loops for double in <see cref="Attention{T}"/> are its plain twin.</remarks>
internal static unsafe class AttentionSoftmax
{
    /// <summary>Probabilities in place of scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(Span<float> scores, float scale, int columns, bool causal)
    {
        Vector512<float> scales = Vector512.Create(scale);
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
                    Vector512<float> score = j < seen ? VectorMath.Load(x + j, seen - j, float.NegativeInfinity) : Vector512.Create(float.NegativeInfinity);
                    Vector512<float> e = VectorMath.Exp((score - max) * scales);
                    VectorMath.Store(e, x + j, columns - j);
                    sum += e;
                }
                Vector512<float> inverse = Vector512.Create(1 / VectorMath.Sum(sum));
                for (nint j = 0; j < columns; j += VectorMath.Width) VectorMath.Store(VectorMath.Load(x + j, columns - j) * inverse, x + j, columns - j);
            }
        }
    }

    /// <summary>scale p (dp - sum p dp), in place of dp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(ReadOnlySpan<float> p, Span<float> dp, float scale, int columns)
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
                    Vector512<float> gradient = VectorMath.Load(x + j, columns - j) * scales * (VectorMath.Load(dx + j, columns - j) - mean);
                    VectorMath.Store(gradient, dx + j, columns - j);
                }
            }
        }
    }
}
