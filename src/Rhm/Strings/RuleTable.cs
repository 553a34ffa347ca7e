using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Rhm.Randomness;

namespace Rhm.Strings;

/// <summary>
/// The production rules of a level, ready to expand nodes of 64 lanes: each lane draws one of its parent's m rules and writes the
/// rule's s symbols. <see cref="ExpandScalar"/> is the definition, <see cref="ExpandVectors"/> the same in AVX-512.
/// </summary>
/// <remarks>
/// What a draw takes from <see cref="NodeRandom"/> is part of the contract that makes a seed mean the same strings everywhere. The
/// 64 lanes of draw d take numbers of b bits: for a uniform choice b = 8 when m divides 256 and b = 16 up to m = 256, else b = 32. Words
/// 32 d .. 32 d + b - 1 are b/8 sets of 8 words; lane (b/8) i + r takes number i (little-endian) of set r. A uniform choice is the upper
/// half of number times m; when the lower half is below 2^b mod m the lane takes its number from 2^32 counters further on instead (Lemire's
/// rejection, arXiv:1805.10941: exactly uniform).
/// A weighted choice is how many of the cumulative probabilities, in units of 2^-32, the number reaches.
/// </remarks>
internal sealed class RuleTable
{
    private const int Lanes = StringGroup.Lanes;

    // Of the block-wise look-up: 8192 entries are 64 blocks of 128; beyond, plain loads are as fast.
    private const int LargestPacked = 8192;
    private const int Block = 128;

    // Nodes whose indices are kept between the draw and the look-up: 4 KiB, well within the first-level cache.
    private const int Chunk = 32;

    private readonly ushort[] _rules;
    private readonly uint[]? _cumulative;
    private readonly int _bits;

    // Entry [child][choice << _shift | parent], 0 when the table is not packed.
    private readonly byte[] _packed = [];
    private readonly int _shift;
    private readonly int _blocks;

    /// <summary>Takes over the rules of a level.</summary>
    /// <param name="parents">Number of parent symbols.</param>
    /// <param name="alternatives">m.</param>
    /// <param name="branching">s.</param>
    /// <param name="rules">The tuples, rule parent * m + k at (parent * m + k) * s.</param>
    /// <param name="probabilities">Of the m rules; null for equal ones.</param>
    public RuleTable(int parents, int alternatives, int branching, ushort[] rules, IReadOnlyList<double>? probabilities)
    {
        (Alternatives, Branching, _rules) = (alternatives, branching, rules);
        _cumulative = probabilities is null ? null : Cumulative(probabilities);
        _bits = probabilities is not null || alternatives > 256 ? 32 : 256 % alternatives == 0 ? 8 : 16;
        _shift = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)parents));
        int entries = checked((int)Math.Min((long)alternatives << _shift, int.MaxValue));
        if (parents > 256 || alternatives > 256 || entries > LargestPacked || rules.Any(symbol => symbol > 255)) return;
        _blocks = (entries + Block - 1) / Block;
        _packed = new byte[branching * _blocks * Block];
        for (int rule = 0; rule < parents * alternatives; rule++)
        {
            int entry = ((rule % alternatives) << _shift) | (rule / alternatives);
            for (int i = 0; i < branching; i++) _packed[i * _blocks * Block + entry] = (byte)rules[rule * branching + i];
        }
    }

    /// <summary>m.</summary>
    public int Alternatives { get; }

    /// <summary>s.</summary>
    public int Branching { get; }

    /// <summary>Whether this machine and this table allow <see cref="ExpandVectors"/>.</summary>
    public bool IsVectorised => Vector512.IsHardwareAccelerated && Avx512Vbmi.IsSupported && Avx512BW.IsSupported && _blocks > 0;

    private static uint[] Cumulative(IReadOnlyList<double> probabilities)
    {
        var cumulative = new uint[probabilities.Count - 1];
        double sum = 0;
        for (int k = 0; k < cumulative.Length; k++)
        {
            sum += probabilities[k];
            cumulative[k] = (uint)Math.Min(uint.MaxValue, Math.Round(sum * 4294967296.0));
        }
        return cumulative;
    }

    /// <summary>Expands nodes whose draws are numbered from <paramref name="firstDraw"/> on; where there is no room for all children
    /// of a node, only the first.</summary>
    /// <param name="random">The numbers of the group.</param>
    /// <param name="firstDraw">Draw of the first node.</param>
    /// <param name="parents">Planes of 64 symbols, one a node.</param>
    /// <param name="children">The same number of child planes for every node.</param>
    public void Expand<T>(NodeRandom random, int firstDraw, ReadOnlySpan<T> parents, Span<T> children)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) != typeof(byte) || !IsVectorised)
            ExpandScalar(random, firstDraw, parents, children);
        else if (_blocks == 1 && _bits == 8)
            ExpandBlock(random, firstDraw, MemoryMarshal.AsBytes(parents), MemoryMarshal.AsBytes(children));
        else
            ExpandVectors(random, firstDraw, MemoryMarshal.AsBytes(parents), MemoryMarshal.AsBytes(children));
    }

    /// <summary>The reference: one lane after the other.</summary>
    public void ExpandScalar<T>(NodeRandom random, int firstDraw, ReadOnlySpan<T> parents, Span<T> children)
        where T : unmanaged, IBinaryInteger<T>
    {
        int nodes = parents.Length / Lanes, written = children.Length / parents.Length;
        Span<int> choices = stackalloc int[Lanes];
        for (int node = 0; node < nodes; node++)
        {
            DrawScalar(random, firstDraw + node, choices);
            for (int lane = 0; lane < Lanes; lane++)
            {
                int rule = (int.CreateTruncating(parents[node * Lanes + lane]) * Alternatives + choices[lane]) * Branching;
                for (int i = 0; i < written; i++) children[(node * written + i) * Lanes + lane] = T.CreateTruncating(_rules[rule + i]);
            }
        }
    }

    private void DrawScalar(NodeRandom random, int draw, Span<int> choices)
    {
        if (Alternatives == 1)
        {
            choices.Clear();
            return;
        }
        int perWord = 64 / _bits, sets = _bits / 8;
        for (int word = 0; word < _bits; word++)
        {
            ulong numbers = random.Word(((ulong)draw * NodeRandom.WordsPerDraw) + (ulong)word);
            for (int i = 0; i < perWord; i++)
            {
                int lane = sets * (word % 8 * perWord + i) + word / 8;
                int choice = Choose(Number(numbers, i));
                choices[lane] = choice >= 0 ? choice : Redraw(random, draw, lane);
            }
        }
    }

    private uint Number(ulong word, int i) => (uint)(word >> (_bits * i)) & (uint.MaxValue >> (32 - _bits));

    /// <summary>The choice that a number stands for, or -1 when it is rejected.</summary>
    internal int Choose(uint number)
    {
        if (_cumulative is not null)
        {
            int reached = 0;
            foreach (uint bound in _cumulative) reached += bound <= number ? 1 : 0;
            return reached;
        }
        ulong m = (ulong)Alternatives, product = number * m, mask = (1UL << _bits) - 1;
        return (product & mask) < (mask + 1) % m ? -1 : (int)(product >> _bits);
    }

    /// <summary>The choice of a lane whose first number was rejected.</summary>
    private int Redraw(NodeRandom random, int draw, int lane)
    {
        int perWord = 64 / _bits, sets = _bits / 8, i = lane / sets;
        ulong counter = ((ulong)draw * NodeRandom.WordsPerDraw) + (ulong)(lane % sets * 8 + i / perWord);
        while (true)
        {
            counter += 1UL << 32;
            int choice = Choose(Number(random.Word(counter), i % perWord));
            if (choice >= 0) return choice;
        }
    }

    // Limited by the vector units. A node costs 9 operations for each 8 words of random bits and 3 to 8 to make indices of them, and every
    // child 3 (load, look-up in up to 128 entries, store; 3 more for each further 128 entries). All planes stay in the caches.
    [SkipLocalsInit]
    private void ExpandVectors(NodeRandom random, int firstDraw, ReadOnlySpan<byte> parents, Span<byte> children)
    {
        int nodes = parents.Length / Lanes, written = children.Length / parents.Length;
        Span<byte> entries = stackalloc byte[Chunk * Lanes], blocks = stackalloc byte[_blocks > 2 ? Chunk * Lanes : 0];
        for (int node = 0; node < nodes; node += Chunk)
        {
            int count = Math.Min(Chunk, nodes - node);
            ReadOnlySpan<byte> parent = parents.Slice(node * Lanes, count * Lanes);
            Span<byte> chosen = entries[..parent.Length];
            if (_cumulative is not null) DrawWeighted(random, firstDraw + node, chosen);
            else if (_bits == 8) Draw8(random, firstDraw + node, chosen);
            else Draw16(random, firstDraw + node, chosen);
            Span<byte> target = children.Slice(node * written * Lanes, parent.Length * written);
            if (_blocks > 2) LookUpMany(parent, chosen, blocks, target, written);
            else LookUp(parent, chosen, target, written);
        }
    }

    /// <summary>
    /// Draw and look-up in one loop where m = 2^t and the table is one block: three children's tables stay in registers. A node costs 13
    /// operations and two for each child, and a call little more than its nodes, which is what short strings are made of.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ExpandBlock(NodeRandom random, int firstDraw, ReadOnlySpan<byte> parents, Span<byte> children)
    {
        int written = children.Length / parents.Length;
        ref byte parent = ref MemoryMarshal.GetReference(parents), child = ref MemoryMarshal.GetReference(children);
        ref byte table = ref MemoryMarshal.GetArrayDataReference(_packed);
        nuint second = written > 1 ? (nuint)Block : 0, third = written > 2 ? 2 * (nuint)Block : 0;
        Vector512<byte> t0 = Vector512.LoadUnsafe(ref table), t1 = Vector512.LoadUnsafe(ref table, 64);
        Vector512<byte> t2 = Vector512.LoadUnsafe(ref table, second), t3 = Vector512.LoadUnsafe(ref table, second + 64);
        Vector512<byte> t4 = Vector512.LoadUnsafe(ref table, third), t5 = Vector512.LoadUnsafe(ref table, third + 64);
        Vector512<ulong> state = random.StateAt((ulong)firstDraw * NodeRandom.WordsPerDraw), key = random.Key,
            next = NodeRandom.Step(NodeRandom.WordsPerDraw);
        // The upper t bits of each byte, then shifted to where the choice stands in an entry.
        int bits = BitOperations.Log2((uint)Alternatives);
        Vector512<ushort> right = Vector512.Create((ushort)(8 - bits)), left = Vector512.Create((ushort)_shift);
        Vector512<byte> mask = Vector512.Create((byte)(Alternatives - 1));
        nuint to = 0;
        for (nuint at = 0; at < (nuint)parents.Length; at += Lanes, state += next)
        {
            Vector512<byte> choice = Avx512BW.ShiftRightLogicalVariable(NodeRandom.Words(state, key).AsUInt16(), right).AsByte() & mask;
            Vector512<byte> entry = Avx512BW.ShiftLeftLogicalVariable(choice.AsUInt16(), left)
                .AsByte() | Vector512.LoadUnsafe(ref parent, at);
            Avx512Vbmi.PermuteVar64x8x2(t0, entry, t1).StoreUnsafe(ref child, to);
            to += Lanes;
            if (written == 1) continue;
            Avx512Vbmi.PermuteVar64x8x2(t2, entry, t3).StoreUnsafe(ref child, to);
            to += Lanes;
            if (written == 2) continue;
            Avx512Vbmi.PermuteVar64x8x2(t4, entry, t5).StoreUnsafe(ref child, to);
            to += Lanes;
            for (nuint i = 3; i < (nuint)written; i++, to += Lanes)
                Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadUnsafe(ref table, i * Block), entry,
                    Vector512.LoadUnsafe(ref table, (i * Block) + 64)).StoreUnsafe(ref child, to);
        }
    }

    /// <summary>Choices among m = 2^t: the upper t bits of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Draw8(NodeRandom random, int firstDraw, Span<byte> choices)
    {
        ref byte target = ref MemoryMarshal.GetReference(choices);
        Vector512<ulong> state = random.StateAt((ulong)firstDraw * NodeRandom.WordsPerDraw), key = random.Key,
            next = NodeRandom.Step(NodeRandom.WordsPerDraw);
        Vector512<ushort> shift = Vector512.Create((ushort)(8 - BitOperations.Log2((uint)Alternatives)));
        Vector512<byte> mask = Vector512.Create((byte)(Alternatives - 1));
        for (nuint at = 0; at < (nuint)choices.Length; at += Lanes, state += next)
            (Avx512BW.ShiftRightLogicalVariable(NodeRandom.Words(state, key).AsUInt16(), shift).AsByte() & mask)
                .StoreUnsafe(ref target, at);
    }

    /// <summary>Choices among m: even lanes from the first set of words, odd ones from the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Draw16(NodeRandom random, int firstDraw, Span<byte> choices)
    {
        ref byte target = ref MemoryMarshal.GetReference(choices);
        Vector512<ulong> state = random.StateAt((ulong)firstDraw * NodeRandom.WordsPerDraw), key = random.Key;
        Vector512<ulong> nextSet = NodeRandom.Step(8), next = NodeRandom.Step(NodeRandom.WordsPerDraw);
        Vector512<ushort> m = Vector512.Create((ushort)Alternatives), threshold = Vector512.Create((ushort)(65536 % Alternatives));
        ulong rejected = 0;
        for (int node = 0; node < choices.Length / Lanes; node++, state += next)
        {
            Vector512<ushort> even = NodeRandom.Words(state, key).AsUInt16(), odd = NodeRandom.Words(state + nextSet, key).AsUInt16();
            (Avx512BW.MultiplyHigh(even, m) | (Avx512BW.MultiplyHigh(odd, m) << 8)).AsByte().StoreUnsafe(ref target, (nuint)(node * Lanes));
            if (Vector512.LessThanAny(Vector512.Min(even * m, odd * m), threshold)) rejected |= 1UL << node;
        }
        // A call within the loop would cost it its registers.
        RedrawRejected(random, firstDraw, rejected, choices);
    }

    private void RedrawRejected(NodeRandom random, int firstDraw, ulong rejected, Span<byte> choices)
    {
        Span<int> redrawn = stackalloc int[Lanes];
        for (; rejected != 0; rejected &= rejected - 1)
        {
            int node = BitOperations.TrailingZeroCount(rejected);
            DrawScalar(random, firstDraw + node, redrawn);
            for (int lane = 0; lane < Lanes; lane++) choices[node * Lanes + lane] = (byte)redrawn[lane];
        }
    }

    /// <summary>Compares 64 numbers with each of the m - 1 bounds; 4 m operations a node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DrawWeighted(NodeRandom random, int firstDraw, Span<byte> choices)
    {
        ref byte target = ref MemoryMarshal.GetReference(choices);
        Vector512<ulong> state = random.StateAt((ulong)firstDraw * NodeRandom.WordsPerDraw), key = random.Key;
        Vector512<ulong> nextSet = NodeRandom.Step(8), next = NodeRandom.Step(NodeRandom.WordsPerDraw);
        for (nuint at = 0; at < (nuint)choices.Length; at += Lanes, state += next)
        {
            Vector512<uint> n0 = NodeRandom.Words(state, key).AsUInt32(), n1 = NodeRandom.Words(state + nextSet, key).AsUInt32();
            Vector512<uint> n2 = NodeRandom.Words(state + nextSet + nextSet, key).AsUInt32(),
                n3 = NodeRandom.Words(state + nextSet + nextSet + nextSet, key).AsUInt32();
            Vector512<uint> c0 = default, c1 = default, c2 = default, c3 = default;
            foreach (uint cumulative in _cumulative!)
            {
                // A comparison that holds gives all ones, which is -1.
                Vector512<uint> bound = Vector512.Create(cumulative);
                c0 -= Vector512.GreaterThanOrEqual(n0, bound);
                c1 -= Vector512.GreaterThanOrEqual(n1, bound);
                c2 -= Vector512.GreaterThanOrEqual(n2, bound);
                c3 -= Vector512.GreaterThanOrEqual(n3, bound);
            }
            (c0 | (c1 << 8) | (c2 << 16) | (c3 << 24)).AsByte().StoreUnsafe(ref target, at);
        }
    }

    /// <summary>Up to 256 entries: one block, or two of which the upper bit of the index chooses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LookUp(ReadOnlySpan<byte> parents, Span<byte> choices, Span<byte> children, int written)
    {
        ref byte parent = ref MemoryMarshal.GetReference(parents), entry = ref MemoryMarshal.GetReference(choices),
            child = ref MemoryMarshal.GetReference(children);
        nuint end = (nuint)choices.Length, stride = (nuint)(written * Lanes);
        Vector512<ushort> shift = Vector512.Create((ushort)_shift);
        for (nuint at = 0; at < end; at += Lanes)
        {
            (Avx512BW.ShiftLeftLogicalVariable(Vector512.LoadUnsafe(ref entry, at).AsUInt16(), shift)
                .AsByte() | Vector512.LoadUnsafe(ref parent, at)).StoreUnsafe(ref entry, at);
        }
        for (int i = 0; i < written; i++)
        {
            ref byte table = ref _packed[i * _blocks * Block];
            Vector512<byte> t0 = Vector512.LoadUnsafe(ref table), t1 = Vector512.LoadUnsafe(ref table, 64);
            nuint to = (nuint)(i * Lanes);
            if (_blocks == 1)
            {
                for (nuint at = 0; at < end; at += Lanes, to += stride)
                    Avx512Vbmi.PermuteVar64x8x2(t0, Vector512.LoadUnsafe(ref entry, at), t1).StoreUnsafe(ref child, to);
                continue;
            }
            Vector512<byte> t2 = Vector512.LoadUnsafe(ref table, 128), t3 = Vector512.LoadUnsafe(ref table, 192);
            for (nuint at = 0; at < end; at += Lanes, to += stride)
            {
                Vector512<byte> index = Vector512.LoadUnsafe(ref entry, at);
                Vector512<byte> upper = Vector512.LessThan(index.AsSByte(), Vector512<sbyte>.Zero).AsByte();
                Vector512.ConditionalSelect(upper, Avx512Vbmi.PermuteVar64x8x2(t2, index, t3), Avx512Vbmi.PermuteVar64x8x2(t0, index, t1))
                    .StoreUnsafe(ref child, to);
            }
        }
    }

    /// <summary>More entries: every block is looked up, and the one that the index falls into is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LookUpMany(ReadOnlySpan<byte> parents, Span<byte> choices, Span<byte> blocks, Span<byte> children, int written)
    {
        ref byte parent = ref MemoryMarshal.GetReference(parents), entry = ref MemoryMarshal.GetReference(choices);
        ref byte block = ref MemoryMarshal.GetReference(blocks), child = ref MemoryMarshal.GetReference(children);
        nuint end = (nuint)choices.Length, stride = (nuint)(written * Lanes);
        Vector512<ushort> shift = Vector512.Create((ushort)_shift), low = Vector512.Create((ushort)255);
        for (nuint at = 0; at < end; at += Lanes)
        {
            Vector512<ushort> choice = Vector512.LoadUnsafe(ref entry, at).AsUInt16(),
                symbol = Vector512.LoadUnsafe(ref parent, at).AsUInt16();
            Vector512<ushort> even = Avx512BW.ShiftLeftLogicalVariable(choice & low, shift) | (symbol & low);
            Vector512<ushort> odd = Avx512BW.ShiftLeftLogicalVariable(choice >>> 8, shift) | (symbol >>> 8);
            ((even & low) | (odd << 8)).AsByte().StoreUnsafe(ref entry, at);
            ((even >>> 7) | ((odd >>> 7) << 8)).AsByte().StoreUnsafe(ref block, at);
        }
        for (int i = 0; i < written; i++)
        {
            nuint to = (nuint)(i * Lanes);
            for (nuint at = 0; at < end; at += Lanes, to += stride)
            {
                ref byte table = ref _packed[i * _blocks * Block];
                Vector512<byte> index = Vector512.LoadUnsafe(ref entry, at), number = Vector512.LoadUnsafe(ref block, at),
                    current = Vector512<byte>.Zero;
                Vector512<byte> found = Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadUnsafe(ref table), index,
                    Vector512.LoadUnsafe(ref table, 64));
                for (int b = 1; b < _blocks; b++)
                {
                    table = ref Unsafe.Add(ref table, Block);
                    current += Vector512<byte>.One;
                    found = Vector512.ConditionalSelect(Vector512.Equals(number, current),
                        Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadUnsafe(ref table), index, Vector512.LoadUnsafe(ref table, 64)), found);
                }
                found.StoreUnsafe(ref child, to);
            }
        }
    }
}
