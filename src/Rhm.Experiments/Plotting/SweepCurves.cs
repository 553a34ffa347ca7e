using System.Globalization;
using Rhm.Files;
using Rhm.Statistics;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;
using ScottPlot;

namespace Rhm.Experiments.Plotting;

/// <summary>Figures and fits of the results of a sweep: y against x, one curve for each group, averaged over grammars and seeds.</summary>
public static class SweepCurves
{
    /// <summary>Interval over grammars and seeds.</summary>
    private const double Alpha = 0.05;

    private static readonly MarkerShape[] s_markers =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.OpenCircle,
        MarkerShape.OpenSquare,
    ];

    /// <summary>A mean over the rows of a group that share x.</summary>
    /// <param name="X">x.</param>
    /// <param name="Mean">Mean of y.</param>
    /// <param name="Interval">Student's 95% interval of the mean; the mean alone where there is one row.</param>
    /// <param name="Count">Number of rows.</param>
    public sealed record Point(double X, double Mean, Interval Interval, int Count);

    /// <summary>A curve.</summary>
    /// <param name="Label">The group, such as "m = 8".</param>
    /// <param name="Group">Values of the group's columns.</param>
    /// <param name="Points">In ascending order of x.</param>
    public sealed record Curve(string Label, IReadOnlyList<Value> Group, IReadOnlyList<Point> Points);

    /// <summary>P* of a group.</summary>
    /// <param name="Label">The group.</param>
    /// <param name="Group">Values of the group's columns.</param>
    /// <param name="Rest">The label without the first of the groups' columns.</param>
    /// <param name="Complexity">P* over the curves of its grammars and seeds.</param>
    public sealed record Threshold(string Label, IReadOnlyList<Value> Group, string Rest, SampleComplexity Complexity);

    /// <summary>How y falls into curves.</summary>
    /// <param name="table">The results.</param>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="group">Columns or expressions, one curve for each combination of their values.</param>
    /// <param name="only">Chooses rows; null for all.</param>
    /// <returns>The curves, and the parameters besides grammar and seed that differ within a curve although no group says so: at a point,
    /// or along the curve where no axis mentions them.</returns>
    public static (IReadOnlyList<Curve> Curves, IReadOnlyList<string> Mixed) Of(SweepTable table, Expression x, Expression y,
        IReadOnlyList<Expression> group, Expression? only)
    {
        ArgumentNullException.ThrowIfNull(table);
        var groups = Groups(table, [x, y], group, only);
        var mixed = new SortedSet<string>();
        string[] parameters = [.. table.Columns.Select(column => column.Name)
            .TakeWhile(name => !name.StartsWith("accuracy_", StringComparison.Ordinal)).Where(name => name is not ("grammar" or "seed"))];
        HashSet<string> mentioned = [.. x.Names, .. y.Names];
        var curves = new List<Curve>();
        foreach ((IReadOnlyList<Value> values, IReadOnlyList<SweepTable.Row> rows) in groups)
        {
            var points = new List<Point>();
            foreach (var at in Finite(rows, x, y).GroupBy(point => point.X).OrderBy(at => at.Key))
            {
                double[] sample = [.. at.Select(point => point.Y)];
                double mean = sample.Average();
                Interval interval = sample.Length > 1 ? Interval.Student(sample, Alpha) : new Interval(mean, mean);
                points.Add(new Point(at.Key, mean, interval, sample.Length));
                mixed.UnionWith(Differing(at.Select(point => point.Row)));
            }
            mixed.UnionWith(Differing(rows).Where(name => !mentioned.Contains(name)));
            if (points.Count > 0) curves.Add(new Curve(Label(group, values), values, points));
        }
        if (curves.Count == 0) throw new ArgumentException($"no row has both {x.Text} and {y.Text}");
        return (curves, [.. mixed]);

        IEnumerable<string> Differing(IEnumerable<SweepTable.Row> rows) =>
            parameters.Where(name => rows.Select(row => row.Values.GetValueOrDefault(name)).Distinct().Skip(1).Any());
    }

    /// <summary>The rows that have both x and y.</summary>
    private static IEnumerable<(SweepTable.Row Row, double X, double Y)> Finite(IEnumerable<SweepTable.Row> rows, Expression x,
        Expression y) =>
        rows.Select(row => (Row: row, X: Number(x, row), Y: Number(y, row)))
            .Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y));

    /// <summary>
    /// P* of each group: the x at which the curve of each grammar and seed crosses a level, linear in log x between measured points;
    /// geometric mean and bootstrap interval over them.
    /// </summary>
    /// <param name="table">The results.</param>
    /// <param name="x">x, positive.</param>
    /// <param name="y">y.</param>
    /// <param name="group">The groups.</param>
    /// <param name="level">The level; null for half of the way from chance to 1.</param>
    /// <param name="only">Chooses rows; null for all.</param>
    public static IReadOnlyList<Threshold> Thresholds(SweepTable table, Expression x, Expression y, IReadOnlyList<Expression> group,
        double? level, Expression? only)
    {
        ArgumentNullException.ThrowIfNull(table);
        var thresholds = new List<Threshold>();
        foreach ((IReadOnlyList<Value> values, IReadOnlyList<SweepTable.Row> rows) in Groups(table, [x, y], group, only))
        {
            var crossings = new List<Crossing>();
            foreach (var curve in rows.GroupBy(row => ((long)row.Values["grammar"], (long)row.Values["seed"])))
            {
                (double X, double Y)[] points = [.. Finite(curve, x, y).Select(point => (point.X, point.Y)).OrderBy(point => point.X)];
                if (points.Length == 0) continue;
                if (points.Zip(points.Skip(1)).Any(pair => pair.First.X == pair.Second.X))
                {
                    throw new ArgumentException($"group \"{(group.Count > 0 ? Label(group, values) : "all")}\" has several results at "
                        + $"{x.Text} = {points[0].X} for the same grammar and seed: name what tells them apart in --group, "
                        + "or choose with --only");
                }
                if (!(points[0].X > 0))
                    throw new ArgumentException($"{x.Text} = {points[0].X} is not positive: P* is read on a logarithmic axis");
                double half = level ?? SampleComplexity.HalfWay((int)(long)curve.First().Values["v"]);
                crossings.Add(Statistics.Threshold.Find([.. points.Select(point => point.X)], [.. points.Select(point => point.Y)], half));
            }
            if (crossings.Count == 0) continue;
            string rest = Label(group.Skip(1), values.Skip(1));
            thresholds.Add(new Threshold(Label(group, values), values, rest, SampleComplexity.Of(crossings, Alpha)));
        }
        return thresholds;
    }

    /// <summary>
    /// Exponents b of P* = a q^b, where q is the first of the groups' columns; one for each combination of the other columns.
    /// </summary>
    /// <param name="thresholds">From <see cref="Thresholds"/>.</param>
    /// <returns>Label and law; the law is null where fewer than two values of q have P* in at least two grammars or seeds.</returns>
    public static IReadOnlyList<(string Label, ScalingLaw? Law)> Exponents(IReadOnlyList<Threshold> thresholds) =>
        [.. from threshold in thresholds
            where threshold.Group.Count > 0 && threshold.Group[0] is Value.Number { Approximate: > 0 }
            group threshold by threshold.Rest into same
            let usable = same.Where(threshold => threshold.Complexity.Complete && threshold.Complexity.Crossings.Count > 1).ToList()
            let points = usable.Select(threshold => (((Value.Number)threshold.Group[0]).Approximate, threshold.Complexity.Logarithms))
            select (same.Key, usable.Count < 2 ? null : ScalingLaw.Power([.. points], Alpha))];

    /// <summary>Draws curves: NAME.svg, NAME.pdf, NAME.png, and the numbers in NAME.csv.</summary>
    /// <param name="curves">The curves.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name.</param>
    /// <param name="x">Title of the horizontal axis.</param>
    /// <param name="y">Title of the vertical axis.</param>
    /// <param name="logX">Logarithmic x; points that are not positive are left out.</param>
    /// <param name="logY">Logarithmic y.</param>
    /// <param name="ordered">Whether the groups are ordered values, coloured from dark to light.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Draw(IReadOnlyList<Curve> curves, string folder, string name, string x, string y, bool logX,
        bool logY, bool ordered)
    {
        ArgumentNullException.ThrowIfNull(curves);
        Multiplot figure = Plots.Panels(1);
        Plot plot = figure.GetPlot(0);
        bool any = false;
        for (int i = 0; i < curves.Count; i++)
        {
            Point[] points = [.. curves[i].Points.Where(point => (!logX || point.X > 0) && (!logY || point.Mean > 0))];
            if (points.Length == 0) continue;
            any = true;
            Color color = ordered ? Figures.Ordered(i, curves.Count) : Figures.Palette[i % Figures.Palette.Length];
            // Beyond the palette the marker tells curves of one colour apart.
            MarkerShape? marker = ordered ? null : s_markers[i / Figures.Palette.Length % s_markers.Length];
            Add(plot, points, curves[i].Label, color, marker, logX, logY);
        }
        if (!any) throw new ArgumentException("no point is positive: nothing to draw on logarithmic axes");
        if (logX) Figures.LogarithmicX(plot);
        if (logY) Figures.LogarithmicY(plot);
        bool share = !logY && curves.All(curve => curve.Points.All(point => point.Mean is >= 0 and <= 1));
        if (share)
        {
            plot.Axes.SetLimitsY(0, 1.05);
            plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericFixedInterval(0.2);
        }
        if (logX) WholeDecade(plot, curves);
        plot.XLabel(x);
        plot.YLabel(y);
        Figures.Save(figure, folder, name);
        WriteCsv(Path.Combine(folder, name + ".csv"), curves);
        return [.. ((string[])[".svg", ".pdf", ".png", ".csv"]).Select(ending => Path.Combine(folder, name + ending))];
    }

    private static void Add(Plot plot, Point[] points, string label, Color color, MarkerShape? marker, bool logX, bool logY)
    {
        double X(double value) => logX ? Math.Log10(value) : value;
        double Y(double value) => logY ? Math.Log10(value) : value;
        double[] means = [.. points.Select(point => Y(point.Mean))];
        var line = plot.Add.Scatter(points.Select(point => X(point.X)).ToArray(), means, color);
        line.LegendText = label;
        line.MarkerSize = 4;
        if (marker is { } shape) line.MarkerShape = shape;
        foreach (Point point in points.Where(point => point.Interval.High > point.Interval.Low))
        {
            double low = logY && point.Interval.Low <= 0 ? points.Min(other => other.Mean) / 2 : point.Interval.Low;
            plot.Add.Line(X(point.X), Y(low), X(point.X), Y(point.Interval.High)).Color = color.WithAlpha(0.5);
        }
    }

    private static void WriteCsv(string path, IReadOnlyList<Curve> curves) => OutputFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("group,x,mean,student95_low,student95_high,rows");
        foreach (Curve curve in curves)
        {
            string group = $"\"{curve.Label.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            foreach (Point point in curve.Points)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{group},{point.X:R},{point.Mean:R},{point.Interval.Low:R},{point.Interval.High:R},{point.Count}"));
            }
        }
    });

    /// <summary>An axis of less than a decade would show no tick at all.</summary>
    private static void WholeDecade(Plot plot, IReadOnlyList<Curve> curves)
    {
        double[] all = [.. curves.SelectMany(curve => curve.Points).Where(point => point.X > 0).Select(point => Math.Log10(point.X))];
        double low = all.Min(), high = all.Max();
        if (Math.Floor(high) - Math.Ceiling(low) < 1) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        if (high - low < 1) high = low + 1;
        double margin = 0.03 * (high - low);
        plot.Axes.SetLimitsX(low - margin, high + margin);
    }

    private static double Number(Expression expression, SweepTable.Row row) =>
        expression.Evaluate(row.ValueOf) is Value.Number number ? number.Approximate : double.NaN;

    /// <summary>"m = 8, learner = ilc"; what a group does not have is left out.</summary>
    private static string Label(IEnumerable<Expression> group, IEnumerable<Value> values) =>
        string.Join(", ", group.Zip(values).Where(pair => pair.Second is not Value.Missing)
            .Select(pair => $"{pair.First.Text} = {(pair.Second is Value.Text text ? text.Content : pair.Second.ToString())}"));

    private static IReadOnlyList<(IReadOnlyList<Value> Values, IReadOnlyList<SweepTable.Row> Rows)> Groups(SweepTable table,
        Expression[] axes, IReadOnlyList<Expression> group, Expression? only)
    {
        foreach (Expression expression in (IEnumerable<Expression>)[.. axes, .. group]) table.Require(expression);
        IReadOnlyList<Value> ValuesOf(SweepTable.Row row) => [.. group.Select(expression => expression.Evaluate(row.ValueOf))];
        return [.. table.Results(only).Select(row => (Values: ValuesOf(row), Row: row))
            .GroupBy(pair => string.Join('\n', pair.Values.Select(value => value.ToString())))
            .Select(same => (same.First().Values, (IReadOnlyList<SweepTable.Row>)[.. same.Select(pair => pair.Row)]))
            .OrderBy(same => same.Values, Comparer<IReadOnlyList<Value>>.Create(Compare))];
    }

    private static int Compare(IReadOnlyList<Value> a, IReadOnlyList<Value> b)
    {
        for (int i = 0; i < a.Count; i++)
        {
            int order = (a[i], b[i]) switch
            {
                (Value.Number x, Value.Number y) => x.CompareTo(y),
                _ => string.CompareOrdinal(a[i].ToString(), b[i].ToString()),
            };
            if (order != 0) return order;
        }
        return 0;
    }
}
