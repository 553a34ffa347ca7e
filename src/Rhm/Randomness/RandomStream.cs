using System.Numerics;

namespace Rhm.Randomness;

/// <summary>
/// A deterministic stream of random numbers: the generator xoshiro256++ 1.0 of Blackman and Vigna (doi:10.1145/3460772), its
/// state filled by SplitMix64 (Steele, Lea, Flood, doi:10.1145/2660193.2660195) from a key made of (seed, purpose, block).
/// Period 2^256 - 1. One stream per block of work makes results independent of the number of threads. Not for cryptography.
/// </summary>
public sealed class RandomStream
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>The stream of a block of work.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="block">Number of the block, from 0.</param>
    public RandomStream(ulong seed, RandomPurpose purpose, ulong block = 0)
    {
        ulong state = Key(seed, purpose, block);
        (_s0, _s1, _s2, _s3) = (SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state));
    }

    /// <summary>A stream with the given state, as the reference implementation starts; not all words may be 0.</summary>
    internal RandomStream(ulong s0, ulong s1, ulong s2, ulong s3) => (_s0, _s1, _s2, _s3) = (s0, s1, s2, s3);

    /// <summary>A 64-bit key for (seed, purpose, block): three rounds of SplitMix64, each absorbing one word.</summary>
    internal static ulong Key(ulong seed, RandomPurpose purpose, ulong block)
    {
        ulong state = seed;
        state = SplitMix64(ref state) ^ (ulong)purpose;
        state = SplitMix64(ref state) ^ block;
        return SplitMix64(ref state);
    }

    /// <summary>A seed for a part of an experiment, a function of the seed of the whole and the parts' numbers.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="parts">What tells this part from the others, in order.</param>
    public static ulong DeriveSeed(ulong seed, params ReadOnlySpan<long> parts)
    {
        foreach (long part in parts) seed = Key(seed, RandomPurpose.Experiment, (ulong)part);
        return seed;
    }

    /// <summary>One step of SplitMix64: advances the state and returns the next output.</summary>
    /// <param name="state">The 64-bit state.</param>
    public static ulong SplitMix64(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s0 + _s3, 23) + _s0;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A uniform integer in 0..bound-1, exactly uniform (Lemire's rejection method, arXiv:1805.10941).</summary>
    /// <param name="bound">At least 1.</param>
    public ulong NextBelow(ulong bound)
    {
        ulong high = Math.BigMul(NextUInt64(), bound, out ulong low);
        if (low < bound)
        {
            ulong threshold = (0 - bound) % bound;
            while (low < threshold) high = Math.BigMul(NextUInt64(), bound, out low);
        }
        return high;
    }

    /// <summary>A uniform double in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A standard normal number (Box-Muller, the cosine branch; two uniforms a call).</summary>
    public double NextGaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
}
