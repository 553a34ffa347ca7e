using System.Globalization;
using System.Numerics;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Running;

namespace Rhm.Experiments.Measurements;

/// <summary>Which encoders a figure trains.</summary>
internal static class EncoderGrid
{
    /// <summary>Grid of the figures of data2vec alone, of which all parameters but these are fixed.</summary>
    /// <param name="setting">Quick or paper scale.</param>
    /// <param name="parameters">The user's parameters.</param>
    /// <param name="paperUnits">Strings read at paper scale, in units of v m^3.</param>
    /// <param name="quickUnits">The same at quick scale.</param>
    public static IReadOnlyList<EncoderCell> Data2Vec(RunContext setting, ExperimentParameters parameters, double paperUnits = 10_000,
        double quickUnits = 600)
    {
        double units = parameters.Budget ?? setting.Pick(quickUnits, paperUnits);
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException($"{parameters.Depths.Count} depths: this figure has one");
        int depth = parameters.Depths?[0] ?? setting.Pick(3, 4), vocabulary = parameters.Vocabulary ?? setting.Pick(8, 16);
        return [.. from m in parameters.Multiplicities ?? setting.Pick<int[]>([2, 3], [3, 4, 5])
                   from grammar in Enumerable.Range(0, parameters.Grammars ?? setting.Pick(1, 2))
                   let shape = Learnable(new GrammarShape(depth, parameters.Branching ?? 2, vocabulary, m))
                   select new EncoderCell(EncoderObjective.Data2Vec, shape, grammar, 0, Budget(shape, units))];
    }

    /// <summary>Each cell at several P, strings that are read again and again: factors times v m^3, at least 16.</summary>
    /// <exception cref="ArgumentException">An encoder would not read all of its strings.</exception>
    public static IEnumerable<EncoderCell> Repeated(IEnumerable<EncoderCell> cells, IReadOnlyList<double> factors) =>
        from cell in cells
        from factor in factors
        let strings = Math.Max(16, (long)Math.Round(factor * SampleScales.Latents(cell.Shape)))
        select strings <= cell.Budget ? cell with { Unique = strings }
            : throw new ArgumentException($"an encoder that reads {cell.Budget} strings in all cannot read P = {strings} different ones: "
                + "a larger --budget is needed");

    /// <summary>Strings to read: so many v m^3, up to the next power of two.</summary>
    /// <exception cref="ArgumentException">None at all, or more than there will ever be time for.</exception>
    private static long Budget(GrammarShape shape, double units)
    {
        const double most = 1L << 40;
        double unit = SampleScales.Latents(shape), strings = units * unit;
        if (strings is >= EncoderRuns.BatchSize and <= most) return (long)BitOperations.RoundUpToPowerOf2((ulong)strings);
        throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"budget {units} v m^3: an encoder of {shape} reads "
            + $"{EncoderRuns.BatchSize} to 2^40 strings, that is, {EncoderRuns.BatchSize / unit:G3} to {most / unit:G3} v m^3"));
    }

    private static GrammarShape Learnable(GrammarShape shape)
    {
        Unlearnable.Refuse(shape);
        return shape;
    }
}
