using System.Numerics;

namespace Rhm.Grammars;

/// <summary>
/// A set of distinct s-tuples of symbols, numbered 0, 1, 2, ... in the order in which they were added: the map between a tuple
/// and its number. A table of v^s entries where that is small, a hash table otherwise; memory grows with the tuples held, not
/// with v^s, so vocabularies of 65536 and tuples of 16 are fine.
/// </summary>
public sealed class TupleIndex
{
    private const int LargestTable = 1 << 18;

    private readonly int _branching;
    private readonly int _vocabulary;
    private readonly bool _isTable;
    private ushort[] _symbols;
    private int[] _slots;

    /// <summary>An empty set.</summary>
    /// <param name="branching">s, symbols per tuple.</param>
    /// <param name="vocabulary">v, symbols are 0..v-1.</param>
    /// <param name="capacity">Expected number of tuples.</param>
    public TupleIndex(int branching, int vocabulary, int capacity = 16)
    {
        _branching = branching;
        _vocabulary = vocabulary;
        BigInteger all = BigInteger.Pow(vocabulary, branching);
        _isTable = all <= LargestTable;
        _slots = new int[_isTable ? (int)all : checked((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * capacity, 16)))];
        _symbols = new ushort[checked(Math.Max(capacity, 1) * branching)];
    }

    /// <summary>Number of tuples held.</summary>
    public int Count { get; private set; }

    /// <summary>The symbols of a tuple, in order.</summary>
    /// <param name="number">Its number, 0..Count-1.</param>
    public ReadOnlySpan<ushort> this[int number] => _symbols.AsSpan(number * _branching, _branching);

    /// <summary>The number of a tuple, or -1 when it is not held. Symbols must be below v.</summary>
    /// <param name="tuple">s symbols.</param>
    public int Find(ReadOnlySpan<ushort> tuple) => _slots[Slot(tuple)] - 1;

    /// <summary>Adds a tuple unless it is held already; answers whether it was new.</summary>
    /// <param name="tuple">s symbols.</param>
    /// <param name="number">The number of the tuple, old or new.</param>
    public bool Add(ReadOnlySpan<ushort> tuple, out int number)
    {
        int slot = Slot(tuple);
        number = _slots[slot] - 1;
        if (number >= 0) return false;
        number = Count++;
        _slots[slot] = Count;
        if (Count * _branching > _symbols.Length) Array.Resize(ref _symbols, checked(2 * _symbols.Length));
        tuple.CopyTo(_symbols.AsSpan(number * _branching));
        if (!_isTable && 2 * Count > _slots.Length) Rehash();
        return true;
    }

    /// <summary>Where v^s is small, the table from base-v code (first symbol most significant) to number + 1,
    /// 0 = absent; else empty.</summary>
    internal ReadOnlySpan<int> Table => _isTable ? _slots : [];

    /// <summary>The codes by which <see cref="Table"/> is read, for 64 tuples at once: element i of tuple q stands at [64 i + q].</summary>
    /// <param name="elements">s planes of 64 symbols.</param>
    /// <param name="codes">Receives 64 codes; -1 where an element is not below v (unresolved).</param>
    internal void Codes(ReadOnlySpan<ushort> elements, Span<int> codes)
    {
        const int lanes = 64;
        var bound = new Vector<uint>((uint)_vocabulary);
        for (int lane = 0; lane < lanes; lane += Vector<ushort>.Count)
        {
            Vector<uint> low = default, high = default, outsideLow = default, outsideHigh = default;
            for (int i = 0; i < _branching; i++)
            {
                Vector.Widen(new Vector<ushort>(elements[(i * lanes + lane)..]), out Vector<uint> a, out Vector<uint> b);
                low = low * bound + a;
                high = high * bound + b;
                outsideLow |= Vector.GreaterThanOrEqual(a, bound);
                outsideHigh |= Vector.GreaterThanOrEqual(b, bound);
            }
            (low | outsideLow).As<uint, int>().CopyTo(codes[lane..]);
            (high | outsideHigh).As<uint, int>().CopyTo(codes[(lane + Vector<int>.Count)..]);
        }
    }

    private int Slot(ReadOnlySpan<ushort> tuple)
    {
        if (_isTable)
        {
            int code = 0;
            foreach (ushort symbol in tuple[.._branching]) code = code * _vocabulary + symbol;
            return code;
        }
        ulong hash = 0;
        foreach (ushort symbol in tuple[.._branching]) hash = (hash ^ symbol) * 0x9E3779B97F4A7C15 + (hash >> 29);
        int mask = _slots.Length - 1;
        int slot = (int)(hash >> 32) & mask;
        while (_slots[slot] != 0 && !this[_slots[slot] - 1].SequenceEqual(tuple)) slot = (slot + 1) & mask;
        return slot;
    }

    private void Rehash()
    {
        _slots = new int[checked(2 * _slots.Length)];
        for (int number = 0; number < Count; number++) _slots[Slot(this[number])] = number + 1;
    }
}
