using Rhm.Randomness;

namespace Rhm.Networks.Training;

/// <summary>
/// The order in which a training reads its strings: a new random permutation each epoch, cut into whole batches; what is left at the end
/// of an epoch is dropped. A function of (seed, epoch).
/// </summary>
/// <param name="strings">P.</param>
/// <param name="batch">B, at most P.</param>
/// <param name="seed">Seed of the training.</param>
internal sealed class EpochOrder(long strings, int batch, ulong seed)
{
    private long[] _order = [];
    private long _epoch = -1;

    /// <summary>The numbers of the strings of a batch.</summary>
    /// <param name="step">From 0.</param>
    public ReadOnlySpan<long> BatchOf(long step)
    {
        (long epoch, long place) = Math.DivRem(step, strings / batch);
        if (epoch != _epoch)
        {
            _epoch = epoch;
            _order = new long[strings];
            for (long i = 0; i < strings; i++) _order[i] = i;
            var random = StreamOffsets.EpochOrder.Open(seed, (ulong)epoch);
            for (long i = 0; i < strings - 1; i++)
            {
                long other = i + (long)random.NextBelow((ulong)(strings - i));
                (_order[i], _order[other]) = (_order[other], _order[i]);
            }
        }
        return _order.AsSpan((int)(place * batch), batch);
    }
}
