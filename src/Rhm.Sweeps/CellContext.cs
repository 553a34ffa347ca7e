namespace Rhm.Sweeps;

/// <summary>What a function is run with beside its parameters.</summary>
/// <param name="Seed">Seed of all random numbers.</param>
/// <param name="Threads">At least 1; the result does not depend on it.</param>
/// <param name="Cancellation">Stops it.</param>
public sealed record CellContext(ulong Seed, int Threads, CancellationToken Cancellation);
