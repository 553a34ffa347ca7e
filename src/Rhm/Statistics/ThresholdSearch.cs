namespace Rhm.Statistics;

/// <summary>
/// Where to look for a crossing: on the logarithmic grid P_j = Start Step^(j + Phase). From P_0 outwards by <see cref="Stride"/> steps, a
/// factor of 4, until the accuracy has crossed, then by bisection to neighbouring points, and between these linear in log P. About six
/// evaluations, of which the largest takes at most 4 P*.
/// </summary>
/// <param name="Start">First P; best a little below the crossing, because large P cost most.</param>
/// <param name="Least">Smallest P allowed, at least 1.</param>
/// <param name="Most">Largest P allowed.</param>
public sealed record ThresholdSearch(double Start, long Least, long Most)
{
    /// <summary>Ratio of neighbouring points.</summary>
    public double Step { get; init; } = Math.Sqrt(2);

    /// <summary>
    /// How many steps the search goes outwards at a time. Two instead of four pass over half as many strings where Start is near; of a
    /// curve that crosses once they find the same crossing, because the grid is the same.
    /// </summary>
    public int Stride { get; init; } = 4;

    /// <summary>
    /// Shift of the grid, 0..1. Drawn anew for each grammar it turns the width of the grid into independent noise of zero mean;
    /// a common grid moves all crossings of a setting the same way, up to half a step.
    /// </summary>
    public double Phase { get; init; }

    internal long Samples(int position) => (long)Math.Clamp(Math.Round(Start * Math.Pow(Step, position + Phase)), Least, Most);

    internal void Require()
    {
        if (!(Start > 0) || Least < 1 || Most < Least || Most > 1L << 60)
            throw new ArgumentException($"a search for P* from {Start} within {Least}..{Most} needs 1 <= least <= most and a positive "
                + "start");
        if (Stride < 1) throw new ArgumentException($"a stride of {Stride} steps must be at least 1");
        if (!(Step > 1) || !(Phase is >= 0 and <= 1))
            throw new ArgumentException($"a grid of ratio {Step} and phase {Phase} needs a ratio above 1 and a phase in 0..1");
    }
}
