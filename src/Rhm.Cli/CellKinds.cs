using Rhm.Experiments.Cells;
using Rhm.Sweeps;

namespace Rhm.Cli;

/// <summary>The functions that sweeps of this program may call by name.</summary>
internal static class CellKinds
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<CellFunction> All { get; } = [ClaimCells.Function, .. ExperimentFunctions.All];
}
