using System.Numerics;
using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Native;

/// <summary>Strings in the caller's memory, [P, s^L] of uint8 or uint16 in C order; it must stay until the call returns.</summary>
internal sealed unsafe class CallerStrings : IStringSource
{
    private readonly byte* _tokens;
    private readonly int _itemSize;

    public CallerStrings(byte* tokens, int itemSize, long count, int length, int vocabulary)
    {
        if (vocabulary is < 2 or > GrammarShape.MaxVocabulary)
            throw new ArgumentException($"vocabulary v = {vocabulary} is outside 2..{GrammarShape.MaxVocabulary}");
        _tokens = tokens;
        (_itemSize, Count, TokenCount, Vocabulary) = (itemSize, count, length, vocabulary);
    }

    public long Count { get; }

    public int TokenCount { get; }

    public int Vocabulary { get; }

    public IStringReader OpenReader() => new Reader(this);

    private sealed class Reader(CallerStrings strings) : IStringReader
    {
        public void Read(long group, StringGroup destination)
        {
            long first = group * StringGroup.Lanes;
            destination.Count = (int)Math.Min(StringGroup.Lanes, strings.Count - first);
            byte* start = strings._tokens + first * strings.TokenCount * strings._itemSize;
            if (strings._itemSize == 1) Scatter(start, first, destination);
            else Scatter((ushort*)start, first, destination);
        }

        private void Scatter<T>(T* rows, long first, StringGroup destination) where T : unmanaged, IBinaryInteger<T>
        {
            Span<ushort> planes = destination.Level(0);
            for (int lane = 0; lane < destination.Count; lane++)
            {
                T* row = rows + (long)lane * strings.TokenCount;
                for (int token = 0; token < destination.NodeCount(0); token++)
                {
                    ushort symbol = ushort.CreateTruncating(row[token]);
                    if (symbol >= strings.Vocabulary)
                    {
                        throw new ArgumentException(
                            $"string {first + lane}, token {token} is {symbol}, outside the vocabulary 0..{strings.Vocabulary - 1}");
                    }
                    planes[token * StringGroup.Lanes + lane] = symbol;
                }
            }
        }

        public void Dispose()
        {
        }
    }
}
