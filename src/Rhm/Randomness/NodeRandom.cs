using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rhm.Randomness;

/// <summary>
/// The random numbers of a group of 64 strings, addressed by counter and not drawn in sequence: any subtree can be expanded alone,
/// in any order, eight words at a time, and stays the same. Word c is the c-th output of SplitMix64 (Steele, Lea, Flood,
/// doi:10.1145/2660193.2660195) from the group's start, with a second key of the group mixed in between its two multiplications, so
/// that no two groups share a sequence. A bijection of c for fixed keys.
/// </summary>
/// <remarks>Cost: nine vector operations, two of them multiplications, for eight words of 64 bits.</remarks>
internal readonly struct NodeRandom
{
    /// <summary>Words that a draw for 64 lanes may use: draw d owns the counters 32 d ..
    /// 32 d + 31, and those 2^32, 2 * 2^32, .. above them.</summary>
    public const int WordsPerDraw = 32;

    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private const ulong First = 0xBF58476D1CE4E5B9;
    private const ulong Second = 0x94D049BB133111EB;

    private readonly ulong _start, _key;

    /// <summary>The numbers of strings 64 g .. 64 g + 63.</summary>
    /// <param name="sourceKey">Key of the strings: of seed and purpose.</param>
    /// <param name="group">g.</param>
    public NodeRandom(ulong sourceKey, long group)
    {
        ulong state = sourceKey ^ (ulong)group;
        state = RandomStream.SplitMix64(ref state);
        _start = RandomStream.SplitMix64(ref state);
        _key = RandomStream.SplitMix64(ref state);
    }

    /// <summary>Word c; the reference for <see cref="Words"/>.</summary>
    public ulong Word(ulong counter)
    {
        ulong z = _start + counter * Gamma;
        z = (z ^ (z >> 30)) * First;
        z = (z ^ (z >> 27) ^ _key) * Second;
        return z ^ (z >> 31);
    }

    /// <summary>The state from which <see cref="Words"/> makes words c .. c + 7.</summary>
    public Vector512<ulong> StateAt(ulong counter) =>
        Vector512.Create(_start + counter * Gamma)
            + Vector512.Create(0, Gamma, unchecked(2 * Gamma), unchecked(3 * Gamma), unchecked(4 * Gamma), unchecked(5 * Gamma),
            unchecked(6 * Gamma), unchecked(7 * Gamma));

    /// <summary>What a state grows by when its counters do.</summary>
    public static Vector512<ulong> Step(ulong counters) => Vector512.Create(unchecked(counters * Gamma));

    /// <summary>The key, once for all lanes.</summary>
    public Vector512<ulong> Key => Vector512.Create(_key);

    /// <summary>Eight words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Words(Vector512<ulong> state, Vector512<ulong> key)
    {
        Vector512<ulong> z = (state ^ (state >>> 30)) * Vector512.Create(First);
        z = (z ^ (z >>> 27) ^ key) * Vector512.Create(Second);
        return z ^ (z >>> 31);
    }
}
