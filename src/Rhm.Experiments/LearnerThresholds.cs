using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// P* of any learner over lists of L, s, v and m: a sweep of thresholds, table, figure, and how P* grows, beside what theory predicts.
/// </summary>
/// <param name="Learner">Name of the learner.</param>
/// <param name="Parameters">Those of its parameters that are not at their defaults; those of a command are handed on to it.</param>
/// <param name="Shapes">The settings.</param>
public sealed record LearnerThresholds(string Learner, IReadOnlyDictionary<string, object> Parameters, IReadOnlyList<GrammarShape> Shapes)
{
    /// <summary>The sweep file in the experiment's folder: what <c>rhm sweep</c> runs too.</summary>
    public const string SweepName = "threshold.toml";

    private static readonly (string Name, Func<GrammarShape, double> Of)[] s_predictions =
    [
        ("latents", shape => new ControlledLearner(Target.Latent, CousinTargets.All).Resolution(shape)),
        ("tokens", shape => new ControlledLearner(Target.Token, CousinTargets.All).Resolution(shape)),
        ("Kesten-Stigum", shape => new AnnealedLaws(shape).KestenStigumThreshold),
    ];

    private static readonly (string Letter, Func<GrammarShape, int> Of)[] s_parameters =
        [("m", shape => shape.Multiplicity), ("L", shape => shape.Depth), ("s", shape => shape.Branching),
            ("v", shape => shape.Vocabulary)];

    // Keys of a command's table in sweep files.
    private static readonly string[] s_taken = ["name", "kind", "series", "command", "version", "timeout"];

    /// <summary>What the shell runs, where the learner is a command; null for one of this project's.</summary>
    public string? Command { get; init; }

    /// <summary>Version of a command's results; null: a hash of the command and of the files that it names.</summary>
    public int? Version { get; init; }

    /// <summary>Most seconds of one run of a command; null: a day.</summary>
    public double? Timeout { get; init; }

    /// <summary>Receives a command's standard error; null: threshold.NAME.log in the folder.</summary>
    public Action<string>? Log { get; init; }

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
    /// Measures what is missing in the folder's store, and writes threshold.toml, results.csv, thresholds.csv, laws.csv and the figure. A
    /// cell, P* in one grammar, is known by the learner's name, version and parameters, so that a changed learner is measured anew.
    /// </summary>
    /// <param name="folder">Receives the files.</param>
    /// <param name="setting">Seed, threads (grammars at a time), progress, cancellation.</param>
    /// <exception cref="ArgumentException">A setting or a bound that makes no sense.</exception>
    /// <exception cref="InvalidOperationException">The learner failed.</exception>
    public ExperimentReport Run(ExperimentFolder folder, RunContext setting)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(setting);
        SweepFile file = Sweep(folder, setting.Seed);
        ExperimentSweep sweep = ExperimentSweep.Of(file, setting);
        try
        {
            sweep.Measure(folder);
        }
        finally
        {
            foreach (IDisposable command in file.Catalog.Learners.All.OfType<IDisposable>()) command.Dispose();
        }
        var measured = sweep.Results<ThresholdCell>().Thresholds();
        Point[] points = [.. Shapes.Select(shape => new Point(shape, measured[(Learner, shape)]))];
        ResultTable table = Table(points);
        folder.Write(table);
        List<IReadOnlyList<object>> laws = [.. s_parameters.SelectMany(parameter => Laws(points, parameter.Letter, parameter.Of))];
        folder.Write(new ResultTable(["quantity", "where", "measured", "95% low", "95% high", .. s_predictions.Select(one => one.Name)],
            laws), "laws.csv");
        Draw(folder, points);
        return new ExperimentReport(table, [.. laws.Select(Sentence)]);
    }

    /// <summary>The cells; the file is written, because tasks of a cluster find a command by reading it.</summary>
    private SweepFile Sweep(ExperimentFolder folder, ulong seed)
    {
        Require(seed);
        SweepText text = new SweepText().Set("kind", ThresholdCell.KindName).Set("seed", seed).Set("grammars", Grammars)
            .Set("held_out", HeldOut).Set("most", Most).Set("threshold", Accuracy).Set(ThresholdCell.HiddenLevelName, Level);
        foreach (GrammarShape shape in Shapes) text.Table("grid").Set(shape);
        text.Table("learner").Set("name", Learner);
        if (Command is not null) text.Set("command", Command);
        if (Version is { } version) text.Set("version", version);
        if (Timeout is { } seconds) text.Set("timeout", seconds);
        bool ownStart = Command is null && ThresholdCell.StartName(new LearnerCatalog().Find(Learner)) == CellBuilder.SearchStart.Name;
        text.Set(ownStart ? CellBuilder.SearchStart.Name : "start", Start);
        foreach ((string name, object value) in Parameters) text.Set(name, value);
        string path = Path.Combine(folder.Path, SweepName);
        var file = SweepFile.Parse(path, text.Contents, new Dictionary<string, IReadOnlyList<double>>(), log: Log);
        _ = file.Cells();
        folder.Write(text, SweepName);
        return file;
    }

    private void Require(ulong seed)
    {
        if (seed > long.MaxValue) throw new ArgumentException($"seed {seed} must be below 2^63");
        if (Grammars < 1) throw new ArgumentException($"number of grammars {Grammars} must be at least 1");
        ProblemParameters.HeldOut.Require(HeldOut, "number of held-out strings");
        if (Accuracy != 0 && !(Accuracy > 0 && Accuracy < 1)) throw new ArgumentException($"accuracy {Accuracy} must lie between 0 and 1");
        if (!(Start >= 0) || double.IsInfinity(Start)) throw new ArgumentException($"first number of strings {Start} must be at least 1");
        if (Most < 1) throw new ArgumentException($"largest number of strings {Most} must be at least 1");
        foreach (GrammarShape shape in Shapes) Unlearnable.Refuse(shape);
        bool IsTaken(string name) => Command is not null && (s_taken.Contains(name) || SweepAxis.IsCommon(name));
        if (Parameters.Keys.FirstOrDefault(IsTaken) is string taken)
            throw new ArgumentException($"parameter {taken} of a command has the name of a parameter of every threshold: choose another");
        if (Parameters.Keys.FirstOrDefault(name => name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))) is string odd)
            throw new ArgumentException($"parameter \"{odd}\" has other characters than letters, digits, _ and -");
    }

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
                Learner, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity, value, interval.Low, interval.High,
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
                $"{Learner}, {all[i].Key}");
            for (int law = 0; law < s_predictions.Length; law++)
            {
                Plots.Law(plot, all[i].OrderBy(point => x(point.Shape)).Select(point =>
                    (x(point.Shape), Math.Log10(s_predictions[law].Of(point.Shape)))),
                    Figures.Palette[law], i == 0 ? s_predictions[law].Name : "");
            }
        }
        Plots.TicksAt(plot, points.Select(point => of(point.Shape)), number => letter == "L" ? number : Math.Log10(number));
        Figures.LogarithmicY(plot);
        plot.Title($"strings that {Learner} needs");
        plot.XLabel(letter);
        plot.YLabel("P*");
        folder.Write(figure);
    }
}
