using Rhm.Networks.Training;
using Rhm.Strings;

namespace Rhm.Networks.Transformers;

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
