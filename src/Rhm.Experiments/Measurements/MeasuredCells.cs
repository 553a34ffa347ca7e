using Rhm.Grammars;
using Rhm.Statistics;
using Rhm.Sweeps;

namespace Rhm.Experiments.Measurements;

/// <summary>Results of an experiment's cells, by kind.</summary>
internal static class MeasuredCells
{
    /// <summary>Learning curves of the top level, one for each grammar, on the grid of P that all have.</summary>
    /// <param name="measured">Runs of one series and shape.</param>
    public static CurveFamily Curves(this IEnumerable<MeasuredCell<RunCell>> measured)
    {
        var grammars = measured.GroupBy(cell => cell.Cell.Grammar).OrderBy(grammar => grammar.Key)
            .Select(grammar => grammar.OrderBy(cell => cell.Cell.Samples).ToList()).ToList();
        return new CurveFamily([.. grammars[0].Select(cell => (double)cell.Cell.Samples)],
            [.. grammars.Select(curve => (IReadOnlyList<double>)[.. curve.Select(cell => cell.Outcome.Accuracy![^1])])]);
    }

    /// <summary>P* of each series and shape over its grammars, of the top level or that which was asked for, with 95% intervals.</summary>
    /// <param name="measured">The thresholds.</param>
    public static Dictionary<(string Series, GrammarShape Shape), SampleComplexity> Thresholds(
        this IEnumerable<MeasuredCell<ThresholdCell>> measured) =>
        measured.OrderBy(cell => cell.Cell.Grammar).GroupBy(cell => (cell.Series, cell.Cell.Shape)).ToDictionary(
            group => group.Key,
            group => SampleComplexity.Of([.. group.Select(cell =>
                ThresholdCell.CrossingOf(cell.Outcome.Measures!, cell.Cell.HiddenLevel))]));
}
