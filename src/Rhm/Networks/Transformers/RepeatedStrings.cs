using Rhm.Networks.StackedLatentClustering;
using Rhm.Networks.Training;
using Rhm.Strings;

namespace Rhm.Networks.Transformers;

/// <summary>P strings, held in memory, in a new random order each epoch.</summary>
internal sealed class RepeatedStrings : TransformerData
{
    private readonly EpochOrder _order;
    private readonly ushort[] _tokens, _latents;
    private readonly int _length, _nodes;

    public RepeatedStrings(IStringSource strings, int batch, int level, ulong seed)
    {
        _length = strings.TokenCount;
        if ((double)strings.Count * _length > Array.MaxLength)
            throw new ArgumentException($"{strings.Count} strings of {_length} tokens do not fit in memory: training holds at most 2^31 tokens");
        _tokens = SlcEvaluation.ReadTokens(strings, level + 1, out ushort[][] latents);
        (_latents, _nodes) = level > 0 ? (latents[^1], ((StringSampler)strings).Grammar.Shape.NodeCount(level)) : ([], 0);
        _order = new EpochOrder(strings.Count, batch, seed);
        Hash = TokenHash.Of(_tokens);
    }

    public override string Hash { get; }

    public override (ushort[] Tokens, ushort[] Latents) BatchOf(long step)
    {
        ReadOnlySpan<long> chosen = _order.BatchOf(step);
        return (Rows(_tokens, _length, chosen), Rows(_latents, _nodes, chosen));
    }

    private static ushort[] Rows(ushort[] all, int length, ReadOnlySpan<long> chosen)
    {
        var rows = new ushort[chosen.Length * length];
        for (int b = 0; b < chosen.Length; b++) all.AsSpan(checked((int)(chosen[b] * length)), length).CopyTo(rows.AsSpan(b * length));
        return rows;
    }
}
