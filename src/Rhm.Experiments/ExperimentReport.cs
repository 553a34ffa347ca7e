namespace Rhm.Experiments;

/// <summary>What came out of an experiment.</summary>
/// <param name="Table">The numbers.</param>
/// <param name="Notes">Sentences: fits, and what could not be measured and why.</param>
public sealed record ExperimentReport(ResultTable Table, IReadOnlyList<string> Notes);
