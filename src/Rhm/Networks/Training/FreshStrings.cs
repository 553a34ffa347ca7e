using Rhm.Strings;

namespace Rhm.Networks.Training;

/// <summary>Strings that nobody has seen before: step k reads strings k B .. k B + B - 1 of the endless sequence of the seed.</summary>
internal sealed class FreshStrings : TrainingStrings
{
    private readonly IStringReader _reader;
    private readonly StringGroup _group;
    private readonly int _batch, _length, _level, _nodes;
    private long _read = -1;

    /// <param name="strings">The sequence.</param>
    /// <param name="batch">B.</param>
    /// <param name="level">Level of the latents; 0 for none.</param>
    public FreshStrings(StringSampler strings, int batch, int level)
    {
        (_reader, _group, _batch) = (strings.OpenReader(), strings.CreateGroup(level > 0), batch);
        (_length, _level) = (strings.TokenCount, level);
        _nodes = level > 0 ? strings.Grammar.Shape.NodeCount(level) : 0;
        if ((double)batch * Math.Max(_length, _nodes) > Array.MaxLength)
            throw new ArgumentException($"a batch of B = {batch} strings of {_length} tokens does not fit in memory");
    }

    /// <inheritdoc/>
    public override string Hash => TokenHash.Of(BatchOf(0).Tokens);

    /// <inheritdoc/>
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
            CopyLane(_group.Level(0), (int)lane, tokens.AsSpan(b * _length, _length));
            if (_nodes > 0) CopyLane(_group.Level(_level), (int)lane, latents.AsSpan(b * _nodes, _nodes));
        }
        return (tokens, latents);
    }

    private static void CopyLane(ReadOnlySpan<ushort> lanes, int lane, Span<ushort> symbols)
    {
        for (int i = 0; i < symbols.Length; i++) symbols[i] = lanes[i * StringGroup.Lanes + lane];
    }
}
