using Rhm.Experiments.Cells;
using Rhm.Grammars;
using Rhm.Statistics;
using Rhm.Sweeps;

namespace Rhm.Experiments.Measurements;

/// <summary>Encoders of one objective, under one mask, for one shape of grammars: what they know of a level.</summary>
/// <param name="Series">The objective's name in the sweep file.</param>
/// <param name="Span">Tokens of a masked block.</param>
/// <param name="Shape">Of the grammars.</param>
/// <param name="Level">l.</param>
/// <param name="Fresh">Whether every string is new; else P strings are read again and again.</param>
/// <param name="Cells">The encoders.</param>
internal sealed record MaskedCurve(string Series, int Span, GrammarShape Shape, int Level, bool Fresh,
    IReadOnlyList<MeasuredCell<FunctionCell>> Cells)
{
    /// <summary>P*: strings at which the probe is half of the way from the untrained encoder to 1, on average over grammars.</summary>
    public SampleComplexity Threshold { get; } = Half(Cells, Level, Fresh, "span", "untrained");

    /// <summary>The same by the probe of subtrees to which it was not fitted.</summary>
    public SampleComplexity NewSubtrees { get; } = Half(Cells, Level, Fresh, "new", "new_untrained");

    /// <summary>Its settings.</summary>
    public MaskedEncoderOptions Options => OptionsOf(Cells[0]);

    /// <summary>Grammars.</summary>
    public int Grammars => Cells.Select(cell => OptionsOf(cell).Grammar).Distinct().Count();

    /// <summary>All curves of measured encoders.</summary>
    public static IReadOnlyList<MaskedCurve> Of(IEnumerable<MeasuredCell<FunctionCell>> cells) =>
    [
        .. from own in cells.GroupBy(cell => (cell.Series, OptionsOf(cell).Training.MaskSpan, OptionsOf(cell).Shape,
               Fresh: OptionsOf(cell).Count == 0))
           from level in Enumerable.Range(1, own.Key.Shape.Depth)
           select new MaskedCurve(own.Key.Series, own.Key.MaskSpan, own.Key.Shape, level, own.Key.Fresh, [.. own]),
    ];

    /// <summary>Mean over grammars of a measure of the encoders with the most strings; not a number where they have none.</summary>
    public double Last(string measure)
    {
        long most = Cells.Max(cell => OptionsOf(cell).Count);
        return Cells.Where(cell => OptionsOf(cell).Count == most).Select(cell => MeasureOf(cell, measure)).Average();
    }

    private static MaskedEncoderOptions OptionsOf(MeasuredCell<FunctionCell> cell) => (MaskedEncoderOptions)cell.Cell.Options;

    private static double MeasureOf(MeasuredCell<FunctionCell> cell, string measure) =>
        cell.Outcome.Measures!.TryGetValue(measure, out double value) ? value : double.NaN;

    private static SampleComplexity Half(IReadOnlyList<MeasuredCell<FunctionCell>> cells, int level, bool fresh, string measure,
        string untrained)
    {
        string name = MaskedEncoderCell.NameOf(measure, level);
        var grammars = cells.GroupBy(cell => OptionsOf(cell).Grammar).OrderBy(grammar => grammar.Key).Select(grammar =>
        {
            double half = (1 + grammar.Average(cell => MeasureOf(cell, MaskedEncoderCell.NameOf(untrained, level)))) / 2;
            return Points(grammar, name, fresh).ToDictionary(point => point.Strings, point => point.Value - half);
        }).ToList();
        long[] samples = [.. grammars.Select(grammar => grammar.Keys).Aggregate<IEnumerable<long>>((a, b) => a.Intersect(b)).Order()];
        return SampleComplexity.OfMeanCurve([.. samples.Select(count => (double)count)],
            [.. grammars.Select(grammar => (IReadOnlyList<double>)[.. samples.Select(count => grammar[count])])], level: 0);
    }

    private static IEnumerable<(long Strings, double Value)> Points(IEnumerable<MeasuredCell<FunctionCell>> cells, string name, bool fresh)
    {
        foreach (MeasuredCell<FunctionCell> cell in cells)
        {
            if (!fresh) yield return (OptionsOf(cell).Count, MeasureOf(cell, name));
            if (!fresh) continue;
            foreach ((long read, IReadOnlyDictionary<string, double> values) in CellCurve.Points(cell.Outcome.Measures!))
                yield return (read, values[name]);
        }
    }
}
