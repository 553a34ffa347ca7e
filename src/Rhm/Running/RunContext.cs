using Rhm.Parallelism;

namespace Rhm.Running;

/// <summary>What a measurement is run with. Measured values are a function of the scale and the seed alone.</summary>
/// <param name="Scale">How much work it may do.</param>
/// <param name="Seed">Seed of all random numbers.</param>
/// <param name="Threads">Threads, at least 1; no value depends on it.</param>
/// <param name="Progress">Receives the fraction done, 0..1; called from any thread.</param>
/// <param name="Cancellation">Stops the work.</param>
public sealed record RunContext(Scale Scale, ulong Seed, int Threads, Action<double> Progress, CancellationToken Cancellation)
{
    /// <summary>One of two values, by the scale.</summary>
    /// <param name="quick">At quick scale.</param>
    /// <param name="paper">At paper scale.</param>
    public T Pick<T>(T quick, T paper) => Scale == Scale.Quick ? quick : paper;

    /// <summary>
    /// Does every piece of work, begun in order of the list as threads become free: one thread a piece, so that none waits for another.
    /// After a failure no piece is begun; throws what the first piece of the list that failed threw, or that the work was cancelled.
    /// </summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="work">Does one; called from several threads.</param>
    public void ForEach<T>(IReadOnlyList<T> pieces, Action<T> work)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(work);
        ParallelLoop.Ordered(Threads, pieces.Count, number => work(pieces[number]), Cancellation);
    }
}
