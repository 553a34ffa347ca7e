using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rhm.Strings;

/// <summary>Conversions between planes of 64 lanes and other forms.</summary>
internal static class Lanewise
{
    private const int Lanes = StringGroup.Lanes;

    /// <summary>Bytes to 16 bits. Limited by the caches' bandwidth.</summary>
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

    /// <summary>The reference.</summary>
    public static void WidenScalar(ReadOnlySpan<byte> from, Span<ushort> to)
    {
        for (int i = 0; i < from.Length; i++) to[i] = from[i];
    }

    /// <summary>16 bits to bytes; the upper half is cut off.</summary>
    public static void Narrow(ReadOnlySpan<ushort> from, Span<byte> to)
    {
        for (int i = 0; i < from.Length; i++) to[i] = (byte)from[i];
    }

    /// <summary>Planes [node][lane] to rows [lane][node] of strings one after the other.</summary>
    /// <param name="planes">n planes of 64 lanes.</param>
    /// <param name="rows">64 n symbols, and <see cref="Lanes"/> more that are overwritten.</param>
    public static void Transpose<T>(ReadOnlySpan<T> planes, Span<T> rows) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Length, planes.Length + Lanes);
        if (typeof(T) == typeof(byte) && Vector512.IsHardwareAccelerated && Avx512BW.IsSupported)
            TransposeVectors(MemoryMarshal.AsBytes(planes), MemoryMarshal.AsBytes(rows));
        else
            TransposeScalar(planes, rows);
    }

    /// <summary>The reference.</summary>
    public static void TransposeScalar<T>(ReadOnlySpan<T> planes, Span<T> rows) where T : unmanaged
    {
        int nodes = planes.Length / Lanes;
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int node = 0; node < nodes; node++) rows[lane * nodes + node] = planes[node * Lanes + lane];
        }
    }

    // Limited by 6 shuffles a plane of 64 bytes, and stores that mostly cross a cache line (n is seldom a multiple of 64). Tiles of
    // 64 x 64: bytes, then words and double words of 8 planes are interleaved, then the quadruple words of the 8 groups of planes.
    // The last tile comes first: where it is narrower than 64 it spills into the next row, which the first tile writes afterwards.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void TransposeVectors(ReadOnlySpan<byte> planes, Span<byte> rows)
    {
        int nodes = planes.Length / Lanes;
        Vector512<byte>* tile = stackalloc Vector512<byte>[Lanes], narrow = stackalloc Vector512<byte>[Lanes];
        fixed (byte* source = planes, target = rows)
        {
            for (int first = (nodes - 1) / Lanes * Lanes; first >= 0; first -= Lanes)
            {
                for (int g = 0; g < (nodes <= 16 ? 2 : 8); g++)
                {
                    byte* planesOfGroup = source + (first + 8 * g) * Lanes;
                    int count = nodes - first - 8 * g;
                    Vector512<byte> p0 = Plane(planesOfGroup, 0, count), p1 = Plane(planesOfGroup, 1, count),
                        p2 = Plane(planesOfGroup, 2, count), p3 = Plane(planesOfGroup, 3, count);
                    Vector512<byte> p4 = Plane(planesOfGroup, 4, count), p5 = Plane(planesOfGroup, 5, count),
                        p6 = Plane(planesOfGroup, 6, count), p7 = Plane(planesOfGroup, 7, count);
                    Interleave(Avx512BW.UnpackLow(p0, p1), Avx512BW.UnpackLow(p2, p3), Avx512BW.UnpackLow(p4, p5),
                        Avx512BW.UnpackLow(p6, p7), tile + g);
                    Interleave(Avx512BW.UnpackHigh(p0, p1), Avx512BW.UnpackHigh(p2, p3), Avx512BW.UnpackHigh(p4, p5),
                        Avx512BW.UnpackHigh(p6, p7), tile + 32 + g);
                }
                // tile[8 j + g]: lanes 16 b + 2 j and 16 b + 2 j + 1 in the quadruple words 2 b and 2 b + 1, nodes 8 g .. 8 g + 7.
                if (nodes <= 16)
                {
                    for (int j = 0; j < 8; j += 2)
                    {
                        Vector512<ulong>* t = (Vector512<ulong>*)tile + 8 * j;
                        StoreRows(Avx512F.UnpackLow(t[0], t[1]), Avx512F.UnpackHigh(t[0], t[1]), Avx512F.UnpackLow(t[8], t[9]),
                            Avx512F.UnpackHigh(t[8], t[9]), (nodes == 16 ? target : (byte*)narrow) + 2 * j * 16, 16 * 16);
                    }
                    break;
                }
                byte* to = nodes < Lanes ? (byte*)narrow : target + first;
                int pitch = Math.Max(nodes, Lanes);
                for (int j = 0; j < 8; j++)
                {
                    Vector512<ulong>* t = (Vector512<ulong>*)tile + 8 * j;
                    StoreRows(Avx512F.UnpackLow(t[0], t[1]), Avx512F.UnpackLow(t[2], t[3]), Avx512F.UnpackLow(t[4], t[5]),
                        Avx512F.UnpackLow(t[6], t[7]), to + 2 * j * pitch, 16 * pitch);
                    StoreRows(Avx512F.UnpackHigh(t[0], t[1]), Avx512F.UnpackHigh(t[2], t[3]), Avx512F.UnpackHigh(t[4], t[5]),
                        Avx512F.UnpackHigh(t[6], t[7]), to + (2 * j + 1) * pitch, 16 * pitch);
                }
            }
            // Rows shorter than a vector are written in order, each over what the one before spilled.
            if (nodes < 16) for (int lane = 0; lane < Lanes; lane++) Vector128.Load((byte*)narrow + 16 * lane).Store(target + lane * nodes);
            else if (nodes > 16 && nodes < Lanes) for (int lane = 0; lane < Lanes; lane++) narrow[lane].Store(target + lane * nodes);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<byte> Plane(byte* planes, int i, int count) => i < count ? Vector512.Load(planes + i * Lanes) : default;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void StoreRows(Vector512<ulong> q0, Vector512<ulong> q1, Vector512<ulong> q2, Vector512<ulong> q3, byte* to, int pitch)
        {
            Vector512<ulong> r0 = Avx512F.Shuffle4x128(q0, q1, 0x88), r1 = Avx512F.Shuffle4x128(q0, q1, 0xDD);
            Vector512<ulong> r2 = Avx512F.Shuffle4x128(q2, q3, 0x88), r3 = Avx512F.Shuffle4x128(q2, q3, 0xDD);
            Avx512F.Shuffle4x128(r0, r2, 0x88).AsByte().Store(to);
            Avx512F.Shuffle4x128(r1, r3, 0x88).AsByte().Store(to + pitch);
            Avx512F.Shuffle4x128(r0, r2, 0xDD).AsByte().Store(to + 2 * pitch);
            Avx512F.Shuffle4x128(r1, r3, 0xDD).AsByte().Store(to + 3 * pitch);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Interleave(Vector512<byte> p01, Vector512<byte> p23, Vector512<byte> p45, Vector512<byte> p67, Vector512<byte>* to)
        {
            Vector512<ushort> w01 = p01.AsUInt16(), w23 = p23.AsUInt16(), w45 = p45.AsUInt16(), w67 = p67.AsUInt16();
            Vector512<uint> low03 = Avx512BW.UnpackLow(w01, w23).AsUInt32(), low47 = Avx512BW.UnpackLow(w45, w67).AsUInt32();
            Vector512<uint> high03 = Avx512BW.UnpackHigh(w01, w23).AsUInt32(), high47 = Avx512BW.UnpackHigh(w45, w67).AsUInt32();
            to[0] = Avx512F.UnpackLow(low03, low47).AsByte();
            to[8] = Avx512F.UnpackHigh(low03, low47).AsByte();
            to[16] = Avx512F.UnpackLow(high03, high47).AsByte();
            to[24] = Avx512F.UnpackHigh(high03, high47).AsByte();
        }
    }

    /// <summary>Copies to memory that will not be read soon, past the caches:
    /// a store there spares the read of the line that it fills.</summary>
    public static unsafe void StreamTo(ReadOnlySpan<byte> from, Span<byte> to)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from.Length, to.Length);
        fixed (byte* source = from, target = to)
        {
            int head = Vector512.IsHardwareAccelerated ? (int)Math.Min((ulong)from.Length, (0 - (ulong)target) & 63) : from.Length;
            int lines = (from.Length - head) / 64;
            from[..head].CopyTo(to);
            for (int i = 0; i < lines; i++) Vector512.Load(source + head + 64 * i).StoreAlignedNonTemporal(target + head + 64 * i);
            from[(head + 64 * lines)..].CopyTo(to[(head + 64 * lines)..]);
        }
    }
}
