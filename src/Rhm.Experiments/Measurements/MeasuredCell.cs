using Rhm.Sweeps;

namespace Rhm.Experiments.Measurements;

/// <summary>A cell of an experiment with its result.</summary>
/// <typeparam name="TCell">Its kind.</typeparam>
/// <param name="Cell">The cell.</param>
/// <param name="Outcome">Its result.</param>
internal sealed record MeasuredCell<TCell>(TCell Cell, CellOutcome Outcome)
    where TCell : Cell
{
    /// <summary>The series of the sweep file.</summary>
    public string Series => Cell.Series;
}
