using System.Numerics;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// The tuples of one level of a batch, as rows of the network's matrices. Tuples with the same tokens below them have bitwise the same
/// latents, so one row stands for all of them; at level 0 there are at most v m different ones. Counts make the losses those of the
/// batch, tuple by tuple.
/// </summary>
internal sealed class TupleRows
{
    private readonly int _s;
    private int[] _slots = new int[64];

    public TupleRows(int branching) => _s = branching;

    /// <summary>R.</summary>
    public int Count { get; private set; }

    /// <summary>B T_l, tuples in the batch.</summary>
    public int Tuples { get; private set; }

    /// <summary>Children of each row: s rows of the level below, or tokens. At least R s entries.</summary>
    public int[] Children { get; private set; } = [];

    /// <summary>Row of each tuple, string by string, left to right. At least B T_l entries.</summary>
    public int[] RowOf { get; private set; } = [];

    /// <summary>
    /// Number of the kind of each tuple: equal for equal tuples. The same as <see cref="RowOf"/> when equal tuples share a row.
    /// </summary>
    public int[] KindOf { get; private set; } = [];

    /// <summary>How many tuples each row stands for.</summary>
    public int[] Multiplicity { get; private set; } = [];

    /// <summary>The rows of different tuples, ascending: all of them, or with one row a tuple the first of each kind.</summary>
    public List<int> Distinct { get; } = [];

    /// <summary>Active[i]: the rows met at position i below a grandparent, ascending.</summary>
    public List<int>[] Active { get; private set; } = [];

    /// <summary>Occurrences[i][Start[i][a] .. Start[i][a+1]]: the grandparents below which row Active[i][a] stands at position i.</summary>
    public int[][] Start { get; private set; } = [];

    /// <inheritdoc cref="Start"/>
    public int[][] Occurrences { get; private set; } = [];

    /// <summary>Numbers the tuples of a level.</summary>
    /// <param name="elements">Row (or token) of each element; s consecutive ones are a tuple.</param>
    /// <param name="kinds">Kind (or token) of each element: tuples are equal when their elements' kinds are.</param>
    /// <param name="deduplicate">One row for equal tuples, or one row a tuple.</param>
    public void Collect(ReadOnlySpan<int> elements, ReadOnlySpan<int> kinds, bool deduplicate)
    {
        Tuples = elements.Length / _s;
        RowOf = Grow(RowOf, Tuples);
        KindOf = Grow(KindOf, Tuples);
        Children = Grow(Children, elements.Length);
        Multiplicity = Grow(Multiplicity, Tuples);
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)(2 * Tuples + 2));
        if (_slots.Length < size) _slots = new int[size];
        _slots.AsSpan().Clear();
        int mask = _slots.Length - 1;
        Count = 0;
        Distinct.Clear();
        for (int t = 0; t < Tuples; t++)
        {
            ReadOnlySpan<int> tuple = kinds.Slice(t * _s, _s);
            ulong hash = 0;
            foreach (int kind in tuple) hash = (hash ^ (uint)kind) * 0x9E3779B97F4A7C15 + (hash >> 29);
            int slot = (int)(hash >> 32) & mask;
            // a slot holds the first tuple of its kind, plus 1
            while (_slots[slot] != 0 && !kinds.Slice((_slots[slot] - 1) * _s, _s).SequenceEqual(tuple)) slot = (slot + 1) & mask;
            bool isNew = _slots[slot] == 0;
            if (isNew) _slots[slot] = t + 1;
            int first = _slots[slot] - 1;
            KindOf[t] = isNew ? Distinct.Count : KindOf[first];
            if (isNew || !deduplicate)
            {
                elements.Slice(t * _s, _s).CopyTo(Children.AsSpan(Count * _s));
                Multiplicity[Count] = 0;
                if (isNew) Distinct.Add(Count);
                RowOf[t] = Count++;
            }
            else
            {
                RowOf[t] = RowOf[first];
            }
            Multiplicity[RowOf[t]]++;
        }
        CollectOccurrences();
    }

    private void CollectOccurrences()
    {
        if (Active.Length == 0)
        {
            Active = [.. Enumerable.Range(0, _s).Select(_ => new List<int>())];
            Start = new int[_s][];
            Occurrences = new int[_s][];
            Array.Fill(Start, []);
            Array.Fill(Occurrences, []);
        }
        int grandparents = Tuples / _s;
        Span<int> count = new int[Count + 1];
        for (int i = 0; i < _s; i++)
        {
            count.Clear();
            for (int g = 0; g < grandparents; g++) count[RowOf[g * _s + i]]++;
            Active[i].Clear();
            int[] start = Start[i] = Grow(Start[i], Count + 1), occurrences = Occurrences[i] = Grow(Occurrences[i], grandparents);
            int total = 0;
            for (int row = 0; row < Count; row++)
            {
                int times = count[row];
                if (times == 0) continue;
                start[Active[i].Count] = total;
                Active[i].Add(row);
                count[row] = total;
                total += times;
            }
            start[Active[i].Count] = total;
            for (int g = 0; g < grandparents; g++) occurrences[count[RowOf[g * _s + i]]++] = g;
        }
    }

    /// <summary>Index of the first of ascending rows that is at least <paramref name="row"/>.</summary>
    internal static int FirstFrom(IReadOnlyList<int> rows, int row)
    {
        int low = 0, high = rows.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (rows[middle] < row) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>The array, or a longer one whose content does not matter.</summary>
    /// <exception cref="ArgumentException">A batch needs more numbers than an array can hold.</exception>
    internal static TItem[] Grow<TItem>(TItem[] array, long size)
    {
        if (size > Array.MaxLength)
        {
            throw new ArgumentException(
                $"a batch needs {size} numbers in one array, which holds {Array.MaxLength} at most: take fewer strings");
        }
        return array.Length >= size ? array : new TItem[Math.Min(Array.MaxLength, Math.Max(size, array.Length * 3L / 2))];
    }
}
