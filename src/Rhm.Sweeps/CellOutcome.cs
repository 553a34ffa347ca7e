namespace Rhm.Sweeps;

/// <summary>What came of running a cell: a result or an error, and what it took.</summary>
/// <param name="Key">The cell.</param>
/// <param name="Configuration">Its canonical form.</param>
/// <param name="Accuracy">Accuracy of levels 1.., null after a failure.</param>
/// <param name="Measures">Further numbers of the learner.</param>
/// <param name="Error">Why it failed, in one line; null for a result.</param>
/// <param name="WallSeconds">Time by the clock; NaN where its process died.</param>
/// <param name="CpuSeconds">Processor time of the cell: of its thread, or of the process where the cell has several threads and ran alone;
/// else null.</param>
/// <param name="AllocatedBytes">Managed memory that the cell allocated in all, freed or not; null where <paramref name="CpuSeconds"/> would
/// be.</param>
/// <param name="ProcessPeakBytes">Largest resident memory of the whole process while the cell ran: with what other cells took beside it and
/// earlier ones left behind.</param>
/// <param name="Code">Version of the program, for the record; not a part of the identity.</param>
/// <param name="Host">The machine.</param>
/// <param name="Finished">When, UTC, ISO 8601.</param>
public sealed record CellOutcome(CellKey Key, string Configuration, IReadOnlyList<double>? Accuracy,
    IReadOnlyDictionary<string, double>? Measures, string? Error, double WallSeconds, double? CpuSeconds, long? AllocatedBytes,
    long? ProcessPeakBytes, string Code, string Host, string Finished)
{
    /// <summary>The processor's name; empty where it is not known.</summary>
    public string Processor { get; init; } = "";
}
