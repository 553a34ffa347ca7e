using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rhm.Strings;

/// <summary>
/// A table from s-tuples of bytes to a byte, read for 64 tuples at once: <see cref="FindScalar"/> is the definition,
/// <see cref="FindVectors"/> the same in AVX-512. What labels and numbers tuples in the learners' passes over the data.
/// </summary>
internal sealed class TupleLookup
{
    /// <summary>What a tuple with an element outside the vocabulary gets, and every tuple that was not set.</summary>
    public const byte Absent = 255;

    // 8192 codes are 64 blocks of 128; beyond, the vectors are no faster than plain loads.
    private const int LargestVectorised = 8192;
    private const int LargestTable = 1 << 18;
    private const int Lanes = StringGroup.Lanes;
    private const int Block = 128;

    private readonly int _branching, _vocabulary, _blocks;
    private readonly byte[] _table;

    /// <summary>A table of absent tuples.</summary>
    /// <param name="branching">s.</param>
    /// <param name="vocabulary">v, at most 255.</param>
    public TupleLookup(int branching, int vocabulary)
    {
        (_branching, _vocabulary) = (branching, vocabulary);
        _blocks = (Codes(branching, vocabulary) + Block - 1) / Block;
        _table = new byte[_blocks * Block];
        Array.Fill(_table, Absent);
    }

    /// <summary>Whether tuples of these sizes have a table: v at most 255 and v^s at most 2^18.</summary>
    public static bool Fits(int branching, int vocabulary) => vocabulary <= 255 && Math.Pow(vocabulary, branching) <= LargestTable;

    /// <summary>Sets what a tuple gets.</summary>
    /// <param name="code">Its symbols as digits in base v, first symbol most significant.</param>
    /// <param name="value">0..255.</param>
    public void Set(int code, byte value) => _table[code] = value;

    /// <summary>Looks up tuples: element k of tuple t in lane q stands at [(s t + k) * 64 + q].</summary>
    /// <param name="elements">s planes for every tuple.</param>
    /// <param name="found">A plane for every tuple.</param>
    public void Find(ReadOnlySpan<byte> elements, Span<byte> found)
    {
        if (Vector512.IsHardwareAccelerated && Avx512Vbmi.IsSupported && _table.Length <= LargestVectorised) FindVectors(elements, found);
        else FindScalar(elements, found);
    }

    /// <summary>The reference.</summary>
    public void FindScalar(ReadOnlySpan<byte> elements, Span<byte> found)
    {
        for (int at = 0; at < found.Length; at++)
        {
            int code = 0, first = at / Lanes * _branching * Lanes + at % Lanes, largest = 0;
            for (int k = 0; k < _branching; k++)
            {
                int symbol = elements[first + k * Lanes];
                code = code * _vocabulary + symbol;
                largest = Math.Max(largest, symbol);
            }
            found[at] = largest < _vocabulary ? _table[code] : Absent;
        }
    }

    // Limited by the vector units, 8 s operations for the codes of 64 tuples and 3 for every 128 codes that exist.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindVectors(ReadOnlySpan<byte> elements, Span<byte> found)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(elements.Length, found.Length * _branching);
        ref byte source = ref MemoryMarshal.GetReference(elements), target = ref MemoryMarshal.GetReference(found);
        ref byte table = ref MemoryMarshal.GetArrayDataReference(_table);
        Vector512<ushort> v = Vector512.Create((ushort)_vocabulary), low = Vector512.Create((ushort)255);
        Vector512<byte> bound = Vector512.Create((byte)_vocabulary);
        nuint from = 0;
        for (nuint to = 0; to < (nuint)found.Length; to += Lanes)
        {
            // Codes of the even lanes and of the odd ones, 16 bits each.
            Vector512<byte> largest = Vector512.LoadUnsafe(ref source, from);
            Vector512<ushort> even = largest.AsUInt16() & low, odd = largest.AsUInt16() >>> 8;
            from += Lanes;
            for (int k = 1; k < _branching; k++, from += Lanes)
            {
                Vector512<byte> symbols = Vector512.LoadUnsafe(ref source, from);
                largest = Vector512.Max(largest, symbols);
                even = even * v + (symbols.AsUInt16() & low);
                odd = odd * v + (symbols.AsUInt16() >>> 8);
            }
            Vector512<byte> entry = ((even & low) | (odd << 8)).AsByte(), number = (((even >>> 7) & low) | ((odd >>> 7) << 8)).AsByte(),
                current = Vector512<byte>.Zero;
            Vector512<byte> result =
                Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadUnsafe(ref table), entry, Vector512.LoadUnsafe(ref table, 64));
            for (int block = 1; block < _blocks; block++)
            {
                current += Vector512<byte>.One;
                ref byte entries = ref Unsafe.Add(ref table, block * Block);
                result = Vector512.ConditionalSelect(Vector512.Equals(number, current),
                    Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadUnsafe(ref entries), entry, Vector512.LoadUnsafe(ref entries, 64)), result);
            }
            Vector512.ConditionalSelect(Vector512.LessThan(largest, bound), result, Vector512<byte>.AllBitsSet).StoreUnsafe(ref target, to);
        }
    }

    private static int Codes(int branching, int vocabulary) => (int)Math.Pow(vocabulary, branching);
}
