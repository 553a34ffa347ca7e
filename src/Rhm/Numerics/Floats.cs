using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rhm.Numerics;

/// <summary>
/// Kernels are written for float and take any floating-point type: numbers of another type, those in which gradients are checked, go to the
/// reference of the operation.
/// </summary>
internal static class Floats
{
    /// <summary>Whether T is float; known when the code of a T is compiled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Are<T>() => typeof(T) == typeof(float);

    /// <summary>The same memory, where T is float.</summary>
    public static ReadOnlySpan<float> Of<T>(ReadOnlySpan<T> x) where T : unmanaged => MemoryMarshal.Cast<T, float>(x);

    /// <inheritdoc cref="Of{T}(ReadOnlySpan{T})"/>
    public static Span<float> Of<T>(Span<T> x) where T : unmanaged => MemoryMarshal.Cast<T, float>(x);
}
