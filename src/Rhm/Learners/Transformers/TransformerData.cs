using Rhm.Sampling;

namespace Rhm.Learners;

/// <summary>The strings of each step: a function of the step, whatever was read before.</summary>
internal abstract class TransformerData
{
    /// <summary>Tokens [B, T], and roots [B] if these were asked for.</summary>
    /// <param name="step">From 0.</param>
    public abstract (ushort[] Tokens, ushort[] Roots) BatchOf(long step);
}

/// <summary>Strings that nobody has seen before: step k reads strings k B .. k B + B - 1 of the endless sequence of the seed.</summary>
internal sealed class FreshStrings : TransformerData
{
    private readonly IStringReader _reader;
    private readonly StringGroup _group;
    private readonly int _batch, _length;
    private readonly bool _withRoots;
    private long _read = -1;

    public FreshStrings(StringSampler strings, int batch, bool withRoots)
    {
        (_reader, _group, _batch, _length, _withRoots) = (strings.OpenReader(), strings.CreateGroup(withRoots), batch, strings.TokenCount, withRoots);
    }

    public override (ushort[] Tokens, ushort[] Roots) BatchOf(long step)
    {
        var tokens = new ushort[_batch * _length];
        var roots = new ushort[_withRoots ? _batch : 0];
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
            if (_withRoots) roots[b] = _group.Level(_group.LevelCount - 1)[(int)lane];
        }
        return (tokens, roots);
    }
}

/// <summary>P strings, held in memory, in a new random order each epoch.</summary>
internal sealed class RepeatedStrings : TransformerData
{
    private readonly EpochOrder _order;
    private readonly ushort[] _tokens, _roots;
    private readonly int _batch, _length;

    public RepeatedStrings(IStringSource strings, int batch, bool withRoots, ulong seed)
    {
        (_batch, _length) = (batch, strings.TokenCount);
        if ((double)strings.Count * _length > Array.MaxLength)
            throw new ArgumentException($"{strings.Count} strings of {_length} tokens do not fit in memory: training holds at most 2^31 tokens");
        int levels = withRoots ? ((StringSampler)strings).Grammar.Shape.Depth + 1 : 1;
        _tokens = SlcEvaluation.ReadTokens(strings, levels, out ushort[][] latents);
        _roots = withRoots ? latents[^1] : [];
        _order = new EpochOrder(strings.Count, batch, seed);
    }

    public override (ushort[] Tokens, ushort[] Roots) BatchOf(long step)
    {
        var tokens = new ushort[_batch * _length];
        ReadOnlySpan<long> chosen = _order.BatchOf(step);
        for (int b = 0; b < _batch; b++) _tokens.AsSpan(checked((int)(chosen[b] * _length)), _length).CopyTo(tokens.AsSpan(b * _length));
        return (tokens, _roots.Length == 0 ? [] : [.. chosen.ToArray().Select(i => _roots[i])]);
    }
}
