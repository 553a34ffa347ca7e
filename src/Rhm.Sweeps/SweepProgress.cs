using System.Diagnostics;
using System.Globalization;
using Rhm.Grammars;
using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>How far a run is: counts, rate, time left, and the curve that the last result belongs to. Safe for threads.</summary>
/// <param name="cells">Cells to run.</param>
/// <param name="seconds">Expected time of a cell, up to a factor of its learner, which the outcomes show.</param>
public sealed class SweepProgress(IReadOnlyList<Cell> cells, Func<Cell, double> seconds)
{
    private const double Year = 365.25 * 86_400;

    private readonly Lock _turn = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<CellKey, Cell> _cells = cells.ToDictionary(cell => cell.Key);
    private readonly Dictionary<string, SortedDictionary<long, (double Sum, int Count)>> _curves = [];
    private readonly Dictionary<(string Kind, string Worker), Pace> _paces = cells.GroupBy(cell => (cell.Kind, cell.Worker))
        .ToDictionary(cells => cells.Key, cells => new Pace { Left = cells.Sum(seconds) });

    /// <summary>A moment.</summary>
    /// <param name="Cells">Cells to run.</param>
    /// <param name="Done">Those with a result.</param>
    /// <param name="Failed">Those that failed.</param>
    /// <param name="Rate">Cells a second since the start.</param>
    /// <param name="Elapsed">Since the start.</param>
    /// <param name="Left">Expected; null before the first outcome.</param>
    /// <param name="Curve">Which curve the last result belongs to.</param>
    /// <param name="Points">Its points: P, mean of the top level's accuracy, number of cells.</param>
    public sealed record Moment(int Cells, int Done, int Failed, double Rate, TimeSpan Elapsed, TimeSpan? Left, string Curve,
        IReadOnlyList<(long Samples, double Accuracy, int Count)> Points)
    {
        /// <summary>One line.</summary>
        public override string ToString()
        {
            string failed = Failed > 0 ? $", {Failed} failed" : "";
            string left = Left is { } time && Done + Failed < Cells ? $", about {Format(time)} left" : "";
            return string.Create(CultureInfo.InvariantCulture,
                $"{Done + Failed} of {Cells} cells{failed}, {Rate:0.0} cells/s, {Format(Elapsed)} gone{left}");
        }
    }

    private sealed class Pace
    {
        public double Left { get; set; }

        public double Expected { get; set; }

        public double Taken { get; set; }
    }

    private readonly double _total = cells.Sum(seconds);
    private int _done;
    private int _failed;
    private string _last = "";

    /// <summary>Share of the expected work that is done, 0..1.</summary>
    public double Fraction
    {
        get
        {
            lock (_turn)
            {
                double left = _paces.Values.Sum(pace => pace.Left);
                return _total > 0 ? Math.Clamp(1 - left / _total, 0, 1) : 1;
            }
        }
    }

    /// <summary>Takes an outcome in.</summary>
    /// <param name="outcome">Of a cell of this run; others are not counted.</param>
    public void Add(CellOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        lock (_turn)
        {
            if (!_cells.Remove(outcome.Key, out Cell? cell)) return;
            Pace pace = _paces[(cell.Kind, cell.Worker)];
            pace.Left -= seconds(cell);
            if (double.IsFinite(outcome.WallSeconds))
            {
                pace.Expected += seconds(cell);
                pace.Taken += outcome.WallSeconds;
            }
            if (outcome.Accuracy is not { Count: > 0 } accuracy || cell is not RunCell run)
            {
                if (outcome.Accuracy is null) _failed++;
                else _done++;
                return;
            }
            _done++;
            _last = CurveOf(run);
            if (!_curves.TryGetValue(_last, out var curve)) _curves[_last] = curve = [];
            (double sum, int count) = curve.GetValueOrDefault(run.Samples);
            curve[run.Samples] = (sum + accuracy[^1], count + 1);
        }
    }

    private static string CurveOf(RunCell cell)
    {
        IReadOnlyDictionary<string, object> values = cell.Settings.Values;
        IEnumerable<string> chosen = from parameter in cell.Settings.Learner.Parameters
                                     where !parameter.Default.Equals(values[parameter.Name])
                                     select $" {parameter.Name}={LearnerParameter.Format(values[parameter.Name])}";
        GrammarShape shape = cell.Shape;
        return $"{cell.Settings.Learner.Name} L={shape.Depth} s={shape.Branching} v={shape.Vocabulary} m={shape.Multiplicity}"
            + string.Concat(chosen);
    }

    /// <summary>Now.</summary>
    public Moment Now()
    {
        lock (_turn)
        {
            TimeSpan elapsed = _clock.Elapsed;
            // Each learner at its own pace, one that had no turn yet at that of all.
            double expected = _paces.Values.Sum(pace => pace.Expected), taken = _paces.Values.Sum(pace => pace.Taken);
            double rest = _paces.Values.Sum(pace => pace.Left * (pace.Expected > 0 ? pace.Taken / pace.Expected : taken / expected));
            double seconds = elapsed.TotalSeconds * Math.Max(0, rest) / taken;
            TimeSpan? left = taken > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 1e11)) : null;
            double rate = (_done + _failed) / Math.Max(1e-3, elapsed.TotalSeconds);
            var curve = _curves.GetValueOrDefault(_last) ?? [];
            return new Moment(cells.Count, _done, _failed, rate, elapsed, left, _last,
                [.. curve.Select(point => (point.Key, point.Value.Sum / point.Value.Count, point.Value.Count))]);
        }
    }

    /// <summary>A time as people say it.</summary>
    /// <param name="time">The time.</param>
    public static string Format(TimeSpan time) => Format(time.TotalSeconds);

    /// <summary>A time as people say it.</summary>
    /// <param name="seconds">The time; also one that no calendar has.</param>
    public static string Format(double seconds)
    {
        (double size, string unit) = seconds < 120 ? (seconds, "s")
            : seconds < 120 * 60 ? (seconds / 60, "min")
            : seconds < 48 * 3600 ? (seconds / 3600, "h")
            : seconds < 2 * Year ? (seconds / 86_400, "days") : (seconds / Year, "years");
        return $"{size.ToString(seconds < 10 ? "0.0" : size < 1e7 ? "0" : "G3", CultureInfo.InvariantCulture)} {unit}";
    }
}
