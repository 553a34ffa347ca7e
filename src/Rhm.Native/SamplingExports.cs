using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rhm.Grammars;
using Rhm.Parallelism;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Native;

/// <summary>Strings and latents, written into the caller's memory.</summary>
internal static unsafe class SamplingExports
{
    // Within the second-level cache: lines of memory that are written in parts would have to be read first.
    private const int GatheredBytes = 256 << 10;

    /// <summary>
    /// Symbols of one level (0 = tokens, L = root) of strings first .. first + count - 1 of the endless sequence of a seed, [count,
    /// s^(L-level)] in C order; itemSize 1 (v and n_c at most 256) or 2 bytes. first is a multiple of 1024. purpose: 0 training, 1
    /// held-out.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_sample", CallConvs = [typeof(CallConvCdecl)])]
    public static int Sample(long grammar, ulong seed, int purpose, long first, long count, int level, int itemSize, void* symbols,
        long capacity,
        int threads) => Boundary.Run(() =>
    {
        Grammar known = Handles.Get<Grammar>(grammar);
        GrammarShape shape = known.Shape;
        if (level < 0 || level > shape.Depth) throw new ArgumentException($"level {level} is outside 0..{shape.Depth}");
        if (purpose is not (0 or 1)) throw new ArgumentException($"purpose {purpose} is neither 0 (training) nor 1 (held-out)");
        if (first < 0 || first % StringSampler.BlockSize != 0)
            throw new ArgumentException($"first string {first} is not a multiple of {StringSampler.BlockSize}");
        if (count < 0 || first > StringSampler.MaxCount || count > StringSampler.MaxCount - first)
            throw new ArgumentException($"strings {first} .. {first} + {count} are outside 0..{StringSampler.MaxCount}");
        if (itemSize is not (1 or 2)) throw new ArgumentException($"{itemSize} bytes a symbol: there are 1 and 2");
        if (itemSize == 1 && Math.Max(shape.Vocabulary, shape.Classes) > 256)
            throw new ArgumentException($"{Math.Max(shape.Vocabulary, shape.Classes)} symbols do not fit in one byte");
        int nodes = shape.NodeCount(level);
        if (count > long.MaxValue / nodes) throw new ArgumentException($"number of strings {count} is out of range");
        Boundary.Require(symbols, capacity, count * nodes, "symbols");
        var strings = new StringSampler(known, seed, first + count, purpose == 0 ? RandomPurpose.Strings : RandomPurpose.HeldOut);
        if (itemSize == 1) Copy(strings, first, count, level, (byte*)symbols, Boundary.Threads(threads), (group, l) => group.Bytes(l));
        else Copy(strings, first, count, level, (ushort*)symbols, Boundary.Threads(threads), (group, l) => group.Level(l));
    });

    private delegate ReadOnlySpan<T> Planes<T>(StringGroup group, int level);

    private static void Copy<T>(StringSampler strings, long first, long count, int level, T* target, int threads, Planes<T> planes)
        where T : unmanaged
    {
        GrammarShape shape = strings.Grammar.Shape;
        int nodes = shape.NodeCount(level);
        // Strings are gathered to some pages before they are written.
        int together = Math.Max(1, GatheredBytes / (nodes * sizeof(T) * StringGroup.Lanes));
        long firstGroup = first / StringGroup.Lanes, groups = (count + StringGroup.Lanes - 1) / StringGroup.Lanes;
        ParallelLoop.Unordered(threads, (groups + together - 1) / together, turns =>
        {
            using IStringReader reader = strings.OpenReader();
            var group = new StringGroup(level + 1, shape.TokenCount, shape.Branching);
            var rows = new T[(together * nodes + 1) * StringGroup.Lanes];
            foreach (long turn in turns)
            {
                int filled = 0;
                for (long g = turn * together; g < Math.Min(groups, (turn + 1) * together); g++)
                {
                    reader.Read(firstGroup + g, group);
                    Lanewise.Transpose(planes(group, level), rows.AsSpan(filled));
                    filled += group.Count * nodes;
                }
                Span<byte> bytes = MemoryMarshal.AsBytes(rows.AsSpan(0, filled));
                Lanewise.StreamTo(bytes, new Span<byte>((byte*)(target + turn * together * StringGroup.Lanes * nodes), bytes.Length));
            }
        });
    }
}
