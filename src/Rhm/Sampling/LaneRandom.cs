using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rhm.Sampling;

/// <summary>
/// Eight xoshiro256++ generators side by side. One step gives 512 random bits, read as 32 numbers of 16 bits or 16 numbers of 32
/// bits (little-endian, lane 0 first). The portable vector type makes the same bits on every machine; <see cref="Scalar"/> is
/// its plain twin.
/// </summary>
internal sealed class LaneRandom
{
    private Vector512<ulong> _s0, _s1, _s2, _s3;

    /// <summary>The 32 state words are the first 32 outputs of SplitMix64 from the key: eight for s0, eight for s1, and so on.</summary>
    public void Seed(ulong key)
    {
        Span<ulong> words = stackalloc ulong[32];
        FillWords(key, words);
        _s0 = Vector512.Create<ulong>(words);
        _s1 = Vector512.Create<ulong>(words[8..]);
        _s2 = Vector512.Create<ulong>(words[16..]);
        _s3 = Vector512.Create<ulong>(words[24..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<ulong> Next()
    {
        Vector512<ulong> result = RotateLeft(_s0 + _s3, 23) + _s0;
        Vector512<ulong> t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = RotateLeft(_s3, 45);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> RotateLeft(Vector512<ulong> x, int bits) => (x << bits) | (x >>> (64 - bits));

    private static void FillWords(ulong key, Span<ulong> words)
    {
        for (int i = 0; i < words.Length; i++) words[i] = RandomStream.SplitMix64(ref key);
    }

    /// <summary>The plain twin: eight scalar generators stepped one after the other.</summary>
    internal sealed class Scalar
    {
        private readonly ulong[] _words = new ulong[32];
        private readonly ulong[] _out = new ulong[8];

        public void Seed(ulong key) => FillWords(key, _words);

        public ReadOnlySpan<ushort> Next16() => MemoryMarshal.Cast<ulong, ushort>(Step());

        public ReadOnlySpan<uint> Next32() => MemoryMarshal.Cast<ulong, uint>(Step());

        private ReadOnlySpan<ulong> Step()
        {
            for (int j = 0; j < 8; j++)
            {
                ref ulong s0 = ref _words[j], s1 = ref _words[8 + j], s2 = ref _words[16 + j], s3 = ref _words[24 + j];
                _out[j] = BitOperations.RotateLeft(s0 + s3, 23) + s0;
                ulong t = s1 << 17;
                s2 ^= s0;
                s3 ^= s1;
                s1 ^= s2;
                s0 ^= s3;
                s2 ^= t;
                s3 = BitOperations.RotateLeft(s3, 45);
            }
            return _out;
        }
    }
}
