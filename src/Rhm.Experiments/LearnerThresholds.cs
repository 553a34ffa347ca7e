using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>P* of any learner over lists of L, s, v and m: table, figure, and how P* grows, beside what theory predicts.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Options">Its options, from <see cref="Learner.Options"/>.</param>
/// <param name="Shapes">The settings.</param>
public sealed record LearnerThresholds(Learner Learner, object Options, IReadOnlyList<GrammarShape> Shapes)
{
    private static readonly (string Name, Func<GrammarShape, double> Of)[] s_predictions =
    [
        ("latents", shape => new ControlledLearner(Target.Latent, CousinTargets.All).Resolution(shape)),
        ("tokens", shape => new ControlledLearner(Target.Token, CousinTargets.All).Resolution(shape)),
        ("Kesten-Stigum", shape => new AnnealedLaws(shape).KestenStigumThreshold),
    ];

    private static readonly (string Letter, Func<GrammarShape, int> Of)[] s_parameters =
        [("m", shape => shape.Multiplicity), ("L", shape => shape.Depth), ("s", shape => shape.Branching),
            ("v", shape => shape.Vocabulary)];

    /// <summary>Random grammars for each setting.</summary>
    public int Grammars { get; init; } = 8;

    /// <summary>Held-out strings on which accuracy is measured.</summary>
    public long HeldOut { get; init; } = 1000;

    /// <summary>Accuracy at which P* is read; half of the way from chance to 1 when 0.</summary>
    public double Accuracy { get; init; }

    /// <summary>P at which the search starts; v m^3 when 0.</summary>
    public double Start { get; init; }

    /// <summary>Largest P that is tried.</summary>
    public long Most { get; init; } = 1L << 26;

    /// <summary>Hidden level whose latents count, 1..L-1; the top one when 0.</summary>
    public int Level { get; init; }

    private sealed record Point(GrammarShape Shape, SampleComplexity P);

    /// <summary>
    /// Measures what is missing in the folder's cells.csv, and writes thresholds.csv, laws.csv and the figure. A run is kept by the
    /// learner's name, version and parameters, so that a changed learner is measured anew.
    /// </summary>
    /// <param name="folder">Receives the files.</param>
    /// <param name="setting">Seed, threads (grammars at a time), progress, cancellation.</param>
    /// <exception cref="ArgumentException">A setting or a bound that makes no sense.</exception>
    /// <exception cref="Commands.LearnerFailedException">The learner is a command and failed.</exception>
    public ExperimentReport Run(ExperimentFolder folder, RunContext setting)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Require();
        using var runs = new LearningRuns(folder.Path, setting);
        IReadOnlyList<IReadOnlyList<SampleComplexity>> measured = runs.Measure([.. Shapes.Select(shape => runs.Keep(Measurement(shape)))]);
        Point[] points = [.. Shapes.Zip(measured, (shape, found) => new Point(shape, found[0]))];
        ResultTable table = Table(points);
        folder.Write(table);
        List<IReadOnlyList<object>> laws = [.. s_parameters.SelectMany(parameter => Laws(points, parameter.Letter, parameter.Of))];
        folder.Write(new ResultTable(["quantity", "where", "measured", "95% low", "95% high", .. s_predictions.Select(one => one.Name)],
            laws), "laws.csv");
        Draw(folder, points);
        return new ExperimentReport(table, [.. laws.Select(Sentence)]);
    }

    private void Require()
    {
        if (Grammars < 1) throw new ArgumentException($"number of grammars {Grammars} must be at least 1");
        if (HeldOut < 1) throw new ArgumentException($"number of held-out strings {HeldOut} must be at least 1");
        if (Accuracy != 0 && !(Accuracy > 0 && Accuracy < 1)) throw new ArgumentException($"accuracy {Accuracy} must lie between 0 and 1");
        if (!(Start >= 0) || double.IsInfinity(Start)) throw new ArgumentException($"first number of strings {Start} must be at least 1");
        if (Most < 1) throw new ArgumentException($"largest number of strings {Most} must be at least 1");
        foreach (GrammarShape shape in Shapes) Unlearnable.Refuse(shape);
    }

    private ThresholdMeasurement Measurement(GrammarShape shape) => new(Learner, Options, shape)
    {
        Grammars = Grammars,
        HeldOut = HeldOut,
        Level = Accuracy,
        Start = Start,
        Most = Most,
        Levels = Level == 0 ? null : [Level],
    };

    private ResultTable Table(Point[] points) => new(
        ["learner", "L", "s", "v", "m", "P*", "95% low", "95% high", "grammars", "P*/(v m^3)", "P*/(v m^2)",
            .. s_predictions.Select(one => $"P*/{one.Name}")],
        [.. points.Select(point =>
        {
            GrammarShape shape = point.Shape;
            (double value, Interval interval) = point.P.Known;
            double pairs = SampleScales.Spectral(shape);
            return (IReadOnlyList<object>)
            [
                Learner.Name, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity, value, interval.Low, interval.High,
                Grammars, value / (pairs * shape.Multiplicity), value / pairs,
                    .. s_predictions.Select(one => (object)(value / one.Of(shape))),
            ];
        })]);

    /// <summary>How P* grows with a parameter: the exponent, of L the rate, for each setting of the others.</summary>
    private static IEnumerable<IReadOnlyList<object>> Laws(Point[] points, string letter, Func<GrammarShape, int> of)
    {
        bool power = letter != "L";
        foreach (IGrouping<string, Point> series in points.Where(point => point.P.Complete && point.P.Crossings.Count > 1)
            .GroupBy(point => Others(point.Shape, letter)))
        {
            Point[] own = [.. series];
            if (own.Length < 2) continue;
            double[] x = [.. own.Select(point => (double)of(point.Shape))];
            (double, IReadOnlyList<double>)[] groups = [.. own.Select((point, i) => (x[i], point.P.Logarithms))];
            ScalingLaw law = power ? ScalingLaw.Power(groups) : ScalingLaw.Exponential(groups);
            IEnumerable<object> predicted = s_predictions.Select(one =>
            {
                double[] y = [.. own.Select(point => one.Of(point.Shape))];
                return (object)(power ? ScalingLaw.ExponentOf(x, y) : ScalingLaw.RateOf(x, y));
            });
            string quantity = power ? $"d log P*/d log {letter}" : "d log P*/dL";
            yield return [quantity, series.Key, law.Exponent, law.Interval.Low, law.Interval.High, .. predicted];
        }
    }

    /// <summary>"L=3 s=3 v=8": the parameters that stay.</summary>
    private static string Others(GrammarShape shape, string letter) =>
        string.Join(' ', s_parameters.Where(other => other.Letter != letter).Select(other => $"{other.Letter}={other.Of(shape)}"));

    private static string Sentence(IReadOnlyList<object> law)
    {
        string predictions = string.Join(", ",
            s_predictions.Select((one, i) => string.Create(CultureInfo.InvariantCulture, $"{one.Name} {law[5 + i]:0.00}")));
        return string.Create(CultureInfo.InvariantCulture,
            $"{law[0]} at {law[1]}: {law[2]:0.00} [{law[3]:0.00}, {law[4]:0.00}]; predicted: {predictions}");
    }

    private void Draw(ExperimentFolder folder, Point[] points)
    {
        // Along the first parameter that has most values.
        (string letter, Func<GrammarShape, int> of) =
            s_parameters.MaxBy(parameter => points.Select(point => parameter.Of(point.Shape)).Distinct().Count());
        Func<GrammarShape, double> x = letter == "L" ? shape => of(shape) : shape => Math.Log10(of(shape));
        Multiplot figure = Plots.Panels(1);
        Plot plot = figure.GetPlot(0);
        IGrouping<string, Point>[] all = [.. points.GroupBy(point => Others(point.Shape, letter))];
        for (int i = 0; i < all.Length; i++)
        {
            Plots.Thresholds(plot, all[i].Select(point => (x(point.Shape), point.P, 1.0)), Figures.Ordered(i, all.Length),
                $"{Learner.Name}, {all[i].Key}");
            for (int law = 0; law < s_predictions.Length; law++)
            {
                Plots.Law(plot, all[i].OrderBy(point => x(point.Shape)).Select(point =>
                    (x(point.Shape), Math.Log10(s_predictions[law].Of(point.Shape)))),
                    Figures.Palette[law], i == 0 ? s_predictions[law].Name : "");
            }
        }
        Plots.TicksAt(plot, points.Select(point => of(point.Shape)), number => letter == "L" ? number : Math.Log10(number));
        Figures.LogarithmicY(plot);
        plot.Title($"strings that {Learner.Name} needs");
        plot.XLabel(letter);
        plot.YLabel("P*");
        folder.Write(figure);
    }
}
