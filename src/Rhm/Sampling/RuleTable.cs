using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rhm.Sampling;

/// <summary>
/// The production rules of a level, ready to expand nodes of 64 lanes: each lane draws one of its parent's m rules and writes the
/// rule's s symbols. <see cref="ExpandScalar"/> is the definition, <see cref="ExpandVectors"/> the same in AVX-512.
/// </summary>
/// <remarks>
/// What a draw takes from <see cref="NodeRandom"/> is part of the contract that makes a seed mean the same strings everywhere. The
/// 64 lanes of draw d take numbers of b bits: b = 16 for a uniform choice among at most 256 rules, else b = 32. Words 32 d .. 32 d + b - 1
/// are b/8 sets of 8 words; lane (b/8) i + r takes number i (little-endian) of set r. A uniform choice is the upper half of number times m;
/// when the lower half is below 2^b mod m the lane takes its number from 2^32 counters further on instead (Lemire's rejection,
/// arXiv:1805.10941: exactly uniform). A weighted choice is how many of the cumulative probabilities, in units of 2^-32, the number reaches.
/// </remarks>
internal sealed class RuleTable
{
    private const int Lanes = StringGroup.Lanes;

    // Of the block-wise look-up: 8192 entries are 64 blocks of 128; beyond, plain loads are as fast.
    private const int LargestPacked = 8192;
    private const int Block = 128;

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
        _bits = probabilities is null && alternatives <= 256 ? 16 : 32;
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
    public void Expand<T>(NodeRandom random, int firstDraw, ReadOnlySpan<T> parents, Span<T> children) where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(byte) && IsVectorised)
            ExpandVectors(random, firstDraw, MemoryMarshal.AsBytes(parents), MemoryMarshal.AsBytes(children));
        else
            ExpandScalar(random, firstDraw, parents, children);
    }

    /// <summary>The plain twin: one lane after the other.</summary>
    public void ExpandScalar<T>(NodeRandom random, int firstDraw, ReadOnlySpan<T> parents, Span<T> children) where T : unmanaged, IBinaryInteger<T>
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
    private int Choose(uint number)
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

    // Limit: the vector units. A node costs 18 operations for its random bits, 8 to make choices of them and 3 s (s look-ups in up to
    // 128 entries, loads and stores included), for 64 s symbols; each further 128 entries cost 3 s more. All planes stay in the caches.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ExpandVectors(NodeRandom random, int firstDraw, ReadOnlySpan<byte> parents, Span<byte> children)
    {
        int nodes = parents.Length / Lanes, written = children.Length / parents.Length;
        ArgumentOutOfRangeException.ThrowIfNotEqual(nodes * written * Lanes, children.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(written, Branching);
        ref byte parent = ref MemoryMarshal.GetReference(parents);
        ref byte child = ref MemoryMarshal.GetReference(children);
        ref byte table = ref MemoryMarshal.GetArrayDataReference(_packed);
        nuint stride = (nuint)(_blocks * Block);
        Vector512<ulong> state = random.StateAt((ulong)firstDraw * NodeRandom.WordsPerDraw);
        Vector512<ulong> key = random.Key, nextSet = NodeRandom.Step(8), nextDraw = NodeRandom.Step(NodeRandom.WordsPerDraw);
        Vector512<ushort> m = Vector512.Create((ushort)Alternatives);
        Vector512<ushort> threshold = Vector512.Create((ushort)(65536 % Alternatives));
        Vector512<ushort> shift = Vector512.Create((ushort)_shift), shiftOdd = Vector512.Create((ushort)(_shift + 8)), low = Vector512.Create((ushort)255);
        bool rejects = threshold != Vector512<ushort>.Zero, weighted = _cumulative is not null;
        for (int node = 0; node < nodes; node++)
        {
            // Choices of the even lanes and of the odd ones, 16 bits each.
            Vector512<ushort> even, odd;
            if (weighted)
            {
                (even, odd) = DrawWeighted(state, key, nextSet);
            }
            else
            {
                Vector512<ushort> evenNumbers = NodeRandom.Words(state, key).AsUInt16();
                Vector512<ushort> oddNumbers = NodeRandom.Words(state + nextSet, key).AsUInt16();
                even = Avx512BW.MultiplyHigh(evenNumbers, m);
                odd = Avx512BW.MultiplyHigh(oddNumbers, m);
                if (rejects && Vector512.LessThanAny(Vector512.Min(evenNumbers * m, oddNumbers * m), threshold))
                {
                    even = RedrawRejected(random, firstDraw + node, 0, even, evenNumbers * m, threshold);
                    odd = RedrawRejected(random, firstDraw + node, 1, odd, oddNumbers * m, threshold);
                }
            }
            state += nextDraw;

            Vector512<byte> symbols = Vector512.LoadUnsafe(ref parent);
            if (_blocks <= 2)
            {
                Vector512<byte> entry = (Avx512BW.ShiftLeftLogicalVariable(even, shift) | Avx512BW.ShiftLeftLogicalVariable(odd, shiftOdd)).AsByte() | symbols;
                for (int i = 0; i < written; i++)
                {
                    ref byte entries = ref Unsafe.Add(ref table, (nuint)i * stride);
                    Vector512<byte> found = Lookup(ref entries, entry);
                    if (_blocks == 2)
                        found = Vector512.ConditionalSelect(Vector512.LessThan(entry.AsSByte(), Vector512<sbyte>.Zero).AsByte(), Lookup(ref Unsafe.Add(ref entries, Block), entry), found);
                    found.StoreUnsafe(ref child);
                    child = ref Unsafe.Add(ref child, Lanes);
                }
            }
            else
            {
                even = Avx512BW.ShiftLeftLogicalVariable(even, shift) | (symbols.AsUInt16() & low);
                odd = Avx512BW.ShiftLeftLogicalVariable(odd, shift) | (symbols.AsUInt16() >>> 8);
                Vector512<byte> entry = ((even & low) | (odd << 8)).AsByte();
                Vector512<byte> block = ((even >>> 7) | ((odd >>> 7) << 8)).AsByte();
                for (int i = 0; i < written; i++)
                {
                    ref byte entries = ref Unsafe.Add(ref table, (nuint)i * stride);
                    Vector512<byte> found = Lookup(ref entries, entry);
                    for (int b = 1; b < _blocks; b++)
                    {
                        entries = ref Unsafe.Add(ref entries, Block);
                        found = Vector512.ConditionalSelect(Vector512.Equals(block, Vector512.Create((byte)b)), Lookup(ref entries, entry), found);
                    }
                    found.StoreUnsafe(ref child);
                    child = ref Unsafe.Add(ref child, Lanes);
                }
            }
            parent = ref Unsafe.Add(ref parent, Lanes);
        }
    }

    /// <summary>Entries (index mod 128) of a block of 128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Lookup(ref byte entries, Vector512<byte> index) =>
        Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadUnsafe(ref entries), index, Vector512.LoadUnsafe(ref entries, 64));

    /// <summary>Draws anew for the lanes 2 i + set whose product was too small.</summary>
    private Vector512<ushort> RedrawRejected(NodeRandom random, int draw, int set, Vector512<ushort> choices, Vector512<ushort> products, Vector512<ushort> threshold)
    {
        for (ulong rejected = Vector512.LessThan(products, threshold).ExtractMostSignificantBits(); rejected != 0; rejected &= rejected - 1)
        {
            int i = BitOperations.TrailingZeroCount(rejected);
            choices = choices.WithElement(i, (ushort)Redraw(random, draw, 2 * i + set));
        }
        return choices;
    }

    /// <summary>Compares 64 numbers with each of the m - 1 bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (Vector512<ushort> Even, Vector512<ushort> Odd) DrawWeighted(Vector512<ulong> state, Vector512<ulong> key, Vector512<ulong> nextSet)
    {
        Vector512<uint> n0 = NodeRandom.Words(state, key).AsUInt32(), n1 = NodeRandom.Words(state += nextSet, key).AsUInt32();
        Vector512<uint> n2 = NodeRandom.Words(state += nextSet, key).AsUInt32(), n3 = NodeRandom.Words(state + nextSet, key).AsUInt32();
        Vector512<uint> c0 = default, c1 = default, c2 = default, c3 = default;
        foreach (uint cumulative in _cumulative!)
        {
            // Comparison gives all ones, which is -1.
            Vector512<uint> bound = Vector512.Create(cumulative);
            c0 -= Vector512.GreaterThanOrEqual(n0, bound);
            c1 -= Vector512.GreaterThanOrEqual(n1, bound);
            c2 -= Vector512.GreaterThanOrEqual(n2, bound);
            c3 -= Vector512.GreaterThanOrEqual(n3, bound);
        }
        return ((c0 | (c2 << 16)).AsUInt16(), (c1 | (c3 << 16)).AsUInt16());
    }
}
