using System.Numerics;
using System.Numerics.Tensors;

namespace Rhm.Numerics;

/// <summary>Sums of vectors times numbers.</summary>
internal static class ScaledSum
{
    /// <summary>target += factor x.</summary>
    public static void Add<T>(ReadOnlySpan<T> x, T factor, Span<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TensorPrimitives.MultiplyAdd<T>(x, factor, target, target);
}
