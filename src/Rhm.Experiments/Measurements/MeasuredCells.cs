using Rhm.Grammars;
using Rhm.Statistics;
using Rhm.Sweeps;

namespace Rhm.Experiments.Measurements;

/// <summary>Results of an experiment's cells, by kind.</summary>
internal static class MeasuredCells
{
    /// <summary>A run as a point of a learning curve.</summary>
    public static LearningRun ToRun(this MeasuredCell<RunCell> measured) => new(measured.Series, measured.Cell.Shape,
        (int)measured.Cell.Grammar, measured.Cell.Samples, measured.Outcome.Accuracy!);

    /// <summary>P* of the top level of each series and shape over its grammars, with 95% intervals.</summary>
    /// <param name="measured">The thresholds.</param>
    public static Dictionary<(string Series, GrammarShape Shape), SampleComplexity> Thresholds(
        this IEnumerable<MeasuredCell<ThresholdCell>> measured) =>
        measured.OrderBy(cell => cell.Cell.Grammar).GroupBy(cell => (cell.Series, cell.Cell.Shape)).ToDictionary(
            group => group.Key,
            group => SampleComplexity.Of([.. group.Select(cell => ThresholdCell.CrossingOf(cell.Outcome.Measures!))]));
}
