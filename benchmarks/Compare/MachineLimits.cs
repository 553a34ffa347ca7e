using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rhm.Parallelism;

namespace Rhm.Benchmarks.Compare;

/// <summary>What this machine can do at best, measured in the same run as the work that is held against it.</summary>
/// <param name="WriteBandwidth">Bytes a second that all threads can write to memory.</param>
/// <param name="MultiplyAdds">Fused multiply-adds of 32-bit floats a second, all threads.</param>
internal sealed record MachineLimits(double WriteBandwidth, double MultiplyAdds)
{
    /// <summary>The best of several attempts of each.</summary>
    public static MachineLimits Measure(int threads) => new(Best(() => Write(threads)), Best(() => MultiplyAdd(threads)));

    private static double Best(Func<double> rate) => Enumerable.Range(0, 5).Max(_ => rate());

    /// <summary>The faster of plain stores and stores past the caches, to 512 MiB.</summary>
    private static unsafe double Write(int threads)
    {
        const long bytes = 1L << 29;
        s_memory ??= new byte[bytes + 64];
        long part = bytes / threads / 64 * 64;
        double plain = Rate(threads, part, i => s_memory.AsSpan((int)(i * part), (int)part).Fill(1));
        double streamed = Rate(threads, part, i =>
        {
            fixed (byte* start = s_memory)
            {
                byte* to = (byte*)(((ulong)start + 63) & ~63UL) + i * part;
                for (long at = 0; at < part; at += 64) Vector512.StoreAlignedNonTemporal(Vector512<byte>.One, to + at);
            }
        });
        return Math.Max(plain, streamed);
    }

    private static double MultiplyAdd(int threads)
    {
        const int rounds = 20_000_000;
        return Rate(threads, (long)rounds * 16 * (Vector512.IsHardwareAccelerated ? 16 : 8), _ =>
        {
            if (Vector512.IsHardwareAccelerated) Chains512(rounds);
            else Chains256(rounds);
        });
    }

    // Sixteen independent chains: latency 4 on two units needs eight.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector512<float> Chains512(int rounds)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(1e-3f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y, m = y, n = y, o = y, p = y;
        for (int round = 0; round < rounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
            m = Vector512.FusedMultiplyAdd(m, x, y);
            n = Vector512.FusedMultiplyAdd(n, x, y);
            o = Vector512.FusedMultiplyAdd(o, x, y);
            p = Vector512.FusedMultiplyAdd(p, x, y);
        }
        return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector256<float> Chains256(int rounds)
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(1e-3f);
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y;
        for (int round = 0; round < 2 * rounds; round++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
        }
        return a + b + c + d + e + f + g + h;
    }

    private static double Rate(int threads, long workOfEach, Action<int> work)
    {
        // New threads that wake together may share a core for as long as the whole measurement takes: waiting ones do not.
        var clock = Stopwatch.StartNew();
        ParallelLoop.Ordered(threads, threads, work);
        return workOfEach * threads / clock.Elapsed.TotalSeconds;
    }

    private static byte[]? s_memory;
}
