using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rhm.Sampling;

/// <summary>Conversions of whole planes of 64 lanes.</summary>
internal static class Lanewise
{
    /// <summary>Bytes to 16 bits. Limit: the caches' bandwidth.</summary>
    public static void Widen(ReadOnlySpan<byte> from, Span<ushort> to)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            WidenScalar(from, to);
            return;
        }
        ArgumentOutOfRangeException.ThrowIfNotEqual(to.Length, from.Length);
        ref byte source = ref MemoryMarshal.GetReference(from);
        ref ushort target = ref MemoryMarshal.GetReference(to);
        for (nuint i = 0; i < (nuint)from.Length; i += 32)
        {
            (Vector256<ushort> lower, Vector256<ushort> upper) = Vector256.Widen(Vector256.LoadUnsafe(ref source, i));
            lower.StoreUnsafe(ref target, i);
            upper.StoreUnsafe(ref target, i + 16);
        }
    }

    /// <summary>The plain twin.</summary>
    public static void WidenScalar(ReadOnlySpan<byte> from, Span<ushort> to)
    {
        for (int i = 0; i < from.Length; i++) to[i] = from[i];
    }
}
