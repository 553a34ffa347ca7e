using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Learning;

/// <summary>What was learned of one level: the tuples that were seen and the label (estimated parent symbol) of each.</summary>
public sealed class LearnedLevel
{
    private readonly ushort[] _table;
    private readonly TupleLookup? _bytes;
    private readonly int _branching;
    private readonly int _childSymbols;

    /// <summary>Takes over the tuples and their labels.</summary>
    /// <param name="tuples">The observed tuples.</param>
    /// <param name="labels">Label of each tuple, below <paramref name="symbols"/>.</param>
    /// <param name="branching">s.</param>
    /// <param name="childSymbols">Number of symbols of the tuples' elements.</param>
    /// <param name="symbols">Number of labels, at most 65535.</param>
    internal LearnedLevel(TupleIndex tuples, ushort[] labels, int branching, int childSymbols, int symbols)
    {
        (Tuples, Labels, _branching, _childSymbols, SymbolCount) = (tuples, labels, branching, childSymbols, symbols);
        ReadOnlySpan<int> numbers = tuples.Table;
        _table = new ushort[numbers.Length];
        for (int code = 0; code < _table.Length; code++)
            _table[code] = numbers[code] == 0 ? LearnedHierarchy.Unresolved : labels[numbers[code] - 1];
        if (symbols > TupleLookup.Absent || !TupleLookup.Fits(branching, childSymbols)) return;
        _bytes = new TupleLookup(branching, childSymbols);
        for (int code = 0; code < _table.Length; code++)
        {
            if (numbers[code] != 0) _bytes.Set(code, (byte)_table[code]);
        }
    }

    /// <summary>Whether symbols and labels fit in bytes.</summary>
    internal bool IsNarrow => _bytes is not null;

    /// <summary>The labels of a plane of children in bytes, where <see cref="IsNarrow"/>; 255 = unresolved.</summary>
    internal void Decode(ReadOnlySpan<byte> children, Span<byte> parents) => _bytes!.Find(children, parents);

    /// <summary>The observed tuples, in ascending order.</summary>
    public TupleIndex Tuples { get; }

    /// <summary>Number of labels: v, or what the learner found.</summary>
    public int SymbolCount { get; }

    /// <summary>How the labels were found; null for a learner that does not iterate.</summary>
    public LevelSearch? Search { get; init; }

    /// <summary>Label of each tuple: its estimated parent symbol, up to a permutation of the symbols.</summary>
    public IReadOnlyList<ushort> Labels { get; }

    /// <summary>The labels of a plane of children: 64 lanes per node, s children per parent; unseen tuples are unresolved.</summary>
    internal void Decode(ReadOnlySpan<ushort> children, Span<ushort> parents)
    {
        const int lanes = StringGroup.Lanes;
        Span<ushort> tuple = stackalloc ushort[_branching];
        Span<int> codes = stackalloc int[lanes];
        for (int start = 0; start < parents.Length; start += lanes)
        {
            ReadOnlySpan<ushort> nodes = children.Slice(start * _branching, lanes * _branching);
            Span<ushort> labels = parents.Slice(start, lanes);
            if (_table.Length > 0)
            {
                Tuples.Codes(nodes, codes);
                for (int lane = 0; lane < labels.Length; lane++)
                    labels[lane] = codes[lane] < 0 ? LearnedHierarchy.Unresolved : _table[codes[lane]];
                continue;
            }
            for (int lane = 0; lane < labels.Length; lane++)
            {
                bool resolved = true;
                for (int i = 0; i < _branching; i++)
                {
                    tuple[i] = nodes[i * lanes + lane];
                    resolved &= tuple[i] < _childSymbols;
                }
                labels[lane] = resolved && Tuples.Find(tuple) is int number and >= 0 ? Labels[number] : LearnedHierarchy.Unresolved;
            }
        }
    }
}
