using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rhm.Experiments.Plotting;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>What the theory predicts for given parameters, level by level, and what holds exactly in one grammar.</summary>
public static class Theory
{
    private const int FloorStrings = 200;

    /// <summary>A latent, token or root target; numbers are NaN where the target does not exist (no cousin below the root).</summary>
    /// <param name="Latent">An element of a cousin tuple.</param>
    /// <param name="Token">A token below it.</param>
    /// <param name="Root">The class label.</param>
    /// <param name="OwnLatent">The cousin tuple's own latent, of the level that is being learned.</param>
    public sealed record ByTarget(double Latent, double Token, double Root, double OwnLatent);

    /// <summary>The targets by name.</summary>
    public static IReadOnlyList<(string Name, Func<ByTarget, double> Of)> Targets { get; } =
        [("latent", of => of.Latent), ("token", of => of.Token), ("root", of => of.Root), ("own latent", of => of.OwnLatent)];

    /// <summary>Predictions about the tuples of a level.</summary>
    /// <param name="TupleLevel">l, level of the tuple's elements; what is learned is level l+1.</param>
    /// <param name="SquaredCorrelation">Average over grammars of the sum of C^2 (formulas D and E).</param>
    /// <param name="Separation">Average over grammars of |phi(a)-phi(b)|^2 (formulas C and E).</param>
    /// <param name="Samples">P at which noise equals separation (formula H), and at least coverage.</param>
    /// <param name="ExactSquaredCorrelation">The sum of C^2 in the grammar: leftmost tuple, nearest cousin.</param>
    /// <param name="ExactSeparation">Mean |phi(a)-phi(b)|^2 in the grammar.</param>
    /// <param name="ExactLeastSeparation">Smallest |phi(a)-phi(b)|^2 in the grammar.</param>
    /// <param name="ExactSpectrum">Optimum of objectives that predict own latents, and thresholds, in the grammar; null at the top.</param>
    public sealed record Row(int TupleLevel, ByTarget SquaredCorrelation, ByTarget Separation, ByTarget Samples,
        ByTarget? ExactSquaredCorrelation, ByTarget? ExactSeparation, ByTarget? ExactLeastSeparation,
        CousinSpectrum? ExactSpectrum);

    /// <summary>All predictions.</summary>
    /// <param name="Shape">The parameters.</param>
    /// <param name="LegalFraction">f.</param>
    /// <param name="Kappa">Factor of squared correlations per production rule.</param>
    /// <param name="Coverage">v m log(v m) strings.</param>
    /// <param name="SpectralScale">v m^2 strings.</param>
    /// <param name="KestenStigum">Strings below which no known efficient method finds the top latents, average over grammars.</param>
    /// <param name="NextTokenFloor">Nats per token of the best next-token predictor, exactly.</param>
    /// <param name="MaskedTokenFloor">Nats per token of the best predictor of one masked token in the grammar, measured on strings; null
    /// without a grammar.</param>
    /// <param name="Rows">One for each level of tuples, 0..L-1.</param>
    /// <param name="Warnings">Assumptions of the theorem that are doubtful here.</param>
    public sealed record Result(GrammarShape Shape, double LegalFraction, double Kappa, double Coverage, double SpectralScale,
        double KestenStigum, double NextTokenFloor, CrossEntropy? MaskedTokenFloor, IReadOnlyList<Row> Rows,
        IReadOnlyList<string> Warnings);

    /// <summary>Computes the predictions. Without a grammar this takes no time, whatever the size.</summary>
    /// <param name="shape">The parameters.</param>
    /// <param name="grammar">A grammar of that shape, or null.</param>
    /// <param name="seed">Seed of the strings on which the floor of masked tokens is measured.</param>
    /// <param name="threads">No number depends on it.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    public static Result Predict(GrammarShape shape, Grammar? grammar = null, ulong seed = 1, int threads = 1,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var annealed = new AnnealedLaws(shape) { Zipf = grammar?.ZipfExponent ?? 0 };
        PopulationLaws<double>? exact = grammar is null ? null : PopulationLaws.Of(grammar);
        ByTarget? Exact(int level, Func<PopulationLaws<double>, Target, double> value) =>
            exact is null ? null : Each(shape, level, target => value(exact, target));
        Row[] rows = [.. Enumerable.Range(0, shape.Depth).Select(level => new Row(level,
            Each(shape, level, target => annealed.SquaredCorrelation(target, level)),
            Each(shape, level, target => annealed.Separation(target, level)),
            Each(shape, level, target => Math.Max(SampleScales.Coverage(shape), annealed.Resolution(target, level))),
            Exact(level, (laws, target) => laws.Joint(Site.Tuple(level, 0), Place(shape, target, level)).SquaredCorrelation()),
            Exact(level, (laws, target) => Contexts(laws, target, level).Mean),
            Exact(level, (laws, target) => Contexts(laws, target, level).Least),
            grammar is null || level > shape.Depth - 2 ? null : CousinSpectrum.Of(grammar, level)))];
        CrossEntropy? floor = grammar is null || grammar.Shape.StringLength > 1 << 14
            ? null
            : TokenPrediction.MaskedToken(new StringSampler(grammar, seed, FloorStrings, RandomPurpose.HeldOut), threads, cancellation);
        double next = grammar is null ? TokenPrediction.NextTokenEntropy(shape) : TokenPrediction.NextTokenEntropy(grammar);
        return new Result(shape, annealed.LegalFraction, annealed.Kappa, SampleScales.Coverage(shape), SampleScales.Spectral(shape),
            annealed.KestenStigumThreshold, next, floor, rows,
            [.. Warnings(shape, annealed, rows, grammar)]);
    }

    /// <summary>Writes theory.svg, theory.png and theory.csv.</summary>
    /// <param name="folder">Target folder.</param>
    /// <param name="result">The predictions.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(string folder, Result result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Multiplot figure = Plots.Panels(2);
        Plot correlations = figure.GetPlot(0), samples = figure.GetPlot(1);
        for (int i = 0; i < Targets.Count; i++)
        {
            (string name, Func<ByTarget, double> of) = Targets[i];
            Line(correlations, result.Rows, row => of(row.SquaredCorrelation), Figures.Palette[i], name);
            Line(samples, result.Rows, row => of(row.Samples), Figures.Palette[i], name);
            if (result.Rows[0].ExactSquaredCorrelation is null) continue;
            Row[] known = [.. result.Rows.Where(row => of(row.ExactSquaredCorrelation!) > 0)];
            var points = correlations.Add.ScatterPoints(known.Select(row => (double)row.TupleLevel).ToArray(),
                known.Select(row => Math.Log10(of(row.ExactSquaredCorrelation!))).ToArray(), Figures.Palette[i]);
            points.MarkerShape = MarkerShape.OpenSquare;
            points.MarkerSize = 7;
            points.LegendText = $"{name}, in this grammar";
        }
        var coverage = samples.Add.HorizontalLine(Math.Log10(result.Coverage), 1, Colors.Gray, LinePattern.Dashed);
        coverage.LegendText = "v m log(v m)";
        Finish(correlations, $"correlation with the target, {result.Shape}", "sum of C²");
        Finish(samples, "strings at which the signal equals the noise", "P");
        Figures.Save(figure, folder, "theory");
        string data = Path.Combine(folder, "theory.csv");
        OutputFile.Write(data, stream => WriteCsv(stream, result.Rows));
        return [Path.Combine(folder, "theory.svg"), Path.Combine(folder, "theory.png"), data];
    }

    /// <summary>Writes everything as JSON; numbers that do not exist are null.</summary>
    /// <param name="path">Target file.</param>
    /// <param name="result">The predictions.</param>
    public static void WriteJson(string path, Result result)
    {
        ArgumentNullException.ThrowIfNull(result);
        OutputFile.Write(path, stream => JsonSerializer.Serialize(stream, new
        {
            format = "rhm-theory",
            version = 1,
            depth = result.Shape.Depth,
            branching = result.Shape.Branching,
            vocabulary = result.Shape.Vocabulary,
            multiplicity = result.Shape.Multiplicity,
            classes = result.Shape.Classes,
            result.LegalFraction,
            illegalFraction = 1 - result.LegalFraction,
            result.Kappa,
            result.Coverage,
            result.SpectralScale,
            result.KestenStigum,
            result.NextTokenFloor,
            result.MaskedTokenFloor,
            result.Rows,
            result.Warnings,
        }, s_json));
    }

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteOrNull() },
    };

    private static ByTarget Each(GrammarShape shape, int level, Func<Target, double> value)
    {
        bool hasCousin = level <= shape.Depth - 2;
        double OfCousin(Target target) => hasCousin ? value(target) : double.NaN;
        return new ByTarget(OfCousin(Target.Latent), OfCousin(Target.Token), value(Target.Root), OfCousin(Target.OwnLatent));
    }

    /// <summary>
    /// The target of the leftmost tuple: the first element of the next cousin tuple, the first token below it, that cousin tuple's own
    /// latent, or the root.
    /// </summary>
    private static Site Place(GrammarShape shape, Target target, int level) => target switch
    {
        Target.Latent => Site.Symbol(level, shape.Branching),
        Target.Token => Site.Symbol(0, (int)Math.Pow(shape.Branching, level + 1)),
        Target.OwnLatent => Site.Symbol(level + 1, 1),
        _ => Site.Symbol(shape.Depth, 0),
    };

    private static (double Least, double Mean) Contexts(PopulationLaws<double> laws, Target target, int level) =>
        laws.ContextVectors(Site.Symbol(level + 1, 0), Place(laws.Grammar.Shape, target, level)).Separation();

    private static IEnumerable<string> Warnings(GrammarShape shape, AnnealedLaws annealed, Row[] rows, Grammar? grammar)
    {
        double f = shape.LegalFraction;
        if (shape.Multiplicity == 1) yield return "m = 1: every symbol has one rule, there are no synonyms to group";
        if (f == 1)
        {
            yield return "f = 1: every tuple is legal, so tokens are independent and nothing can be learned without labels";
        }
        else if (f > 0.9)
        {
            yield return $"f = {Number(f)} is near 1: unlabelled signals carry a factor 1-f = {Number(1 - f)}, "
                + "and P* is that much larger";
        }
        if (shape.Multiplicity == 2)
        {
            yield return "m = 2: in 36 to 71% of grammars two parents share a context vector of one cousin position, "
                + "so the theorem's \"separated\" fails; use all cousins";
        }
        if (annealed.PriorVariation(1) > 0.5)
        {
            string deviation = Math.Sqrt(annealed.PriorVariation(1)).ToString("P0", CultureInfo.InvariantCulture);
            yield return $"priors of level 1 vary by {deviation} (standard deviation over symbols): "
                + "the theorem's \"balanced\" is doubtful";
        }
        if (grammar is { ZipfExponent: not 0 })
            yield return "this grammar's rules are weighted: the averages of separations are within 5%, of the root's within 15%";
        foreach (Row row in rows)
        {
            if (row.ExactLeastSeparation is { } least && row.ExactSeparation is { } mean && least.Latent < 0.05 * mean.Latent)
            {
                yield return $"in this grammar two symbols of level {row.TupleLevel + 1} have almost the same context vector "
                    + $"(squared distance {Number(least.Latent)}, mean {Number(mean.Latent)})";
            }
        }
    }

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    private static void Line(Plot plot, IReadOnlyList<Row> rows, Func<Row, double> value, Color color, string name)
    {
        Row[] known = [.. rows.Where(row => value(row) > 0 && double.IsFinite(value(row)))];
        double[] levels = [.. known.Select(row => (double)row.TupleLevel)];
        var line = plot.Add.Scatter(levels, known.Select(row => Math.Log10(value(row))).ToArray(), color);
        line.LegendText = name;
        line.MarkerSize = 5;
        line.LineWidth = 1.5f;
    }

    private static void Finish(Plot plot, string title, string unit)
    {
        Figures.LogarithmicY(plot);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.Title(title);
        plot.XLabel("level of the tuple");
        plot.YLabel(unit);
    }

    private static void WriteCsv(Stream stream, IReadOnlyList<Row> rows)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        (string Name, Func<Row, ByTarget?> Of)[] columns =
        [
            ("squared_correlation", row => row.SquaredCorrelation),
            ("separation", row => row.Separation),
            ("samples", row => row.Samples),
            ("exact_squared_correlation", row => row.ExactSquaredCorrelation),
            ("exact_separation", row => row.ExactSeparation),
            ("exact_least_separation", row => row.ExactLeastSeparation),
        ];
        writer.WriteLine($"tuple_level,target,{string.Join(',', columns.Select(column => column.Name))}");
        foreach (Row row in rows)
        {
            foreach ((string name, Func<ByTarget, double> of) in Targets)
            {
                if (double.IsNaN(of(row.Separation))) continue;
                IEnumerable<string> values = columns.Select(column => column.Of(row) is { } value
                    ? of(value).ToString("R", CultureInfo.InvariantCulture)
                    : "");
                writer.WriteLine($"{row.TupleLevel},{name},{string.Join(',', values)}");
            }
        }
    }

    private sealed class FiniteOrNull : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }
}
