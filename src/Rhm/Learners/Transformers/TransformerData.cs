using Rhm.Sampling;

namespace Rhm.Learners;

/// <summary>The strings of each step: a function of the step, whatever was read before.</summary>
internal abstract class TransformerData
{
    /// <summary>Tokens [B, T], and the latents of a level [B, nodes] if one above 0 was asked for.</summary>
    /// <param name="step">From 0.</param>
    public abstract (ushort[] Tokens, ushort[] Latents) BatchOf(long step);

    /// <summary>Tells these strings from others; of fresh ones the first batch.</summary>
    public abstract string Hash { get; }
}

/// <summary>Strings that nobody has seen before: step k reads strings k B .. k B + B - 1 of the endless sequence of the seed.</summary>
internal sealed class FreshStrings : TransformerData
{
    private readonly IStringReader _reader;
    private readonly StringGroup _group;
    private readonly int _batch, _length, _level, _nodes;
    private long _read = -1;

    public FreshStrings(StringSampler strings, int batch, int level)
    {
        (_reader, _group, _batch, _length, _level) = (strings.OpenReader(), strings.CreateGroup(level > 0), batch, strings.TokenCount, level);
        _nodes = level > 0 ? strings.Grammar.Shape.NodeCount(level) : 0;
        if ((double)batch * Math.Max(_length, _nodes) > Array.MaxLength)
            throw new ArgumentException($"a batch of B = {batch} strings of {_length} tokens does not fit in memory");
    }

    public override string Hash => TokenHash.Of(BatchOf(0).Tokens);

    public override (ushort[] Tokens, ushort[] Latents) BatchOf(long step)
    {
        var tokens = new ushort[_batch * _length];
        var latents = new ushort[_batch * _nodes];
        for (int b = 0; b < _batch; b++)
        {
            (long group, long lane) = Math.DivRem(step * _batch + b, StringGroup.Lanes);
            if (group != _read)
            {
                _reader.Read(group, _group);
                _read = group;
            }
            ReadOnlySpan<ushort> lanes = _group.Level(0);
            for (int i = 0; i < _length; i++) tokens[b * _length + i] = lanes[i * StringGroup.Lanes + (int)lane];
            for (int i = 0; i < _nodes; i++) latents[b * _nodes + i] = _group.Level(_level)[i * StringGroup.Lanes + (int)lane];
        }
        return (tokens, latents);
    }
}

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
