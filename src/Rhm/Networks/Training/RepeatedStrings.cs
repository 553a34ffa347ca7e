using Rhm.Strings;

namespace Rhm.Networks.Training;

/// <summary>P strings, held in memory, in a new random order each epoch: see <see cref="EpochOrder"/>.</summary>
internal sealed class RepeatedStrings : TrainingStrings
{
    private readonly EpochOrder _order;
    private readonly ushort[] _tokens, _latents;
    private readonly int _length, _nodes;

    /// <param name="strings">P strings, of a <see cref="StringSampler"/> where latents are used.</param>
    /// <param name="batch">B, at most P.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="level">Level of the latents; 0 for none.</param>
    public RepeatedStrings(IStringSource strings, int batch, ulong seed, int level = 0)
    {
        _length = strings.TokenCount;
        if ((double)strings.Count * _length > Array.MaxLength)
        {
            throw new ArgumentException(
                $"{strings.Count} strings of {_length} tokens do not fit in memory: training holds at most 2^31 tokens");
        }
        ushort[][] levels = SymbolReader.ReadAll(strings, level + 1);
        (_tokens, _latents) = (levels[0], level > 0 ? levels[^1] : []);
        _nodes = _latents.Length / (int)strings.Count;
        _order = new EpochOrder(strings.Count, batch, seed);
        Hash = TokenHash.Of(_tokens);
    }

    /// <inheritdoc/>
    public override string Hash { get; }

    /// <inheritdoc/>
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
