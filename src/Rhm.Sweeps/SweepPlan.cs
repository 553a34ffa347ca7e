using System.Diagnostics;
using System.Globalization;
using Rhm.Running;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>What a sweep has to do: its cells, those that have a result, those that do not fit, and the rest.</summary>
/// <param name="File">The sweep.</param>
/// <param name="All">All its cells.</param>
/// <param name="Done">How many of the chosen ones have a result.</param>
/// <param name="Failed">How many of them failed and are not run again.</param>
/// <param name="Refused">Cells to run that do not fit in memory.</param>
/// <param name="ToRun">Cells to run: the long ones first, but behind all others those that were begun before and did not end.</param>
/// <param name="Begun">How many cells to run were begun before and did not end.</param>
public sealed record SweepPlan(SweepFile File, IReadOnlyList<Cell> All, int Done, int Failed, IReadOnlyList<Cell> Refused,
    IReadOnlyList<Cell> ToRun, int Begun)
{
    /// <summary>Memory that cells may take together by default: nine tenths of what this machine, or this container, has.</summary>
    public static double AvailableMemoryBytes => MemoryLimit.AvailableBytes;

    /// <summary>
    /// What cannot be learned in cells to run, or only in part, one sentence for each reason; such cells are run all the same.
    /// </summary>
    public IReadOnlyList<string> Warnings =>
        [.. from cell in ToRun
            from reason in cell.Warnings
            group cell by reason into cells
            let first = cells.First()
            select $"{cells.Count()} of {ToRun.Count} cells have {cells.Key}; for example {first.Title}"];

    /// <summary>Plans a sweep.</summary>
    /// <param name="file">The sweep.</param>
    /// <param name="store">What was finished; null for nothing.</param>
    /// <param name="only">Chooses cells; null for all.</param>
    /// <param name="retryFailed">Whether failed cells are run again.</param>
    /// <param name="memoryBytes">What one cell may need.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">The file or the condition makes no sense.</exception>
    public static SweepPlan Of(SweepFile file, ResultStore? store, Expression? only, bool retryFailed, double memoryBytes,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        IReadOnlyList<Cell> all = file.Cells(cancellation);
        if (only is not null) RequireNames(only, all);
        Dictionary<CellKey, CellState> finished = store?.Finished() ?? [];
        int done = 0, failed = 0;
        var refused = new List<Cell>();
        var toRun = new List<Cell>();
        foreach (Cell cell in all)
        {
            if (only is not null && !only.IsTrue(cell.ValueOf)) continue;
            CellState state = finished.Count == 0 ? CellState.Pending : finished.GetValueOrDefault(cell.Key);
            if (state == CellState.Done) done++;
            else if (state == CellState.Failed && !retryFailed) failed++;
            else (cell.MemoryBytes > memoryBytes ? refused : toRun).Add(cell);
        }
        IReadOnlyDictionary<CellKey, int> begun = store?.Begun() ?? new Dictionary<CellKey, int>();
        int Begun(Cell cell) => begun.Count == 0 ? 0 : begun.GetValueOrDefault(cell.Key);
        Func<Cell, double> seconds = store is null ? cell => cell.Seconds : Costs.Of(store, file.Catalog).Seconds;
        Cell[] ordered = [.. toRun.OrderBy(Begun).ThenByDescending(seconds)];
        return new SweepPlan(file, all, done, failed, refused, ordered, toRun.Count(cell => Begun(cell) > 0));
    }

    /// <summary>The plan without cells that have just been counted as failed.</summary>
    /// <param name="given">From <see cref="ResultStore.GiveUp"/>.</param>
    public SweepPlan Without(IReadOnlyList<CellOutcome> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        HashSet<CellKey> keys = [.. given.Select(outcome => outcome.Key)];
        if (keys.Count == 0) return this;
        Cell[] left = [.. ToRun.Where(cell => !keys.Contains(cell.Key))];
        return this with { Failed = Failed + keys.Count, Begun = Begun - keys.Count, ToRun = left };
    }

    /// <summary>
    /// Seconds of one thread that each cell takes on this machine: its learner's estimate, corrected by running a few cells of growing
    /// size. Cells that did not end before are not run: they may take this process with them.
    /// </summary>
    /// <param name="budgetSeconds">About how long the calibration may take; at least one cell of each learner is run unless it would take
    /// longer.</param>
    /// <param name="begun">Receives each cell before it is run.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The estimate, and how many cells were run for it.</returns>
    public (Func<Cell, double> Seconds, int Runs) Calibrate(double budgetSeconds, Action<Cell> begun, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(begun);
        var factors = new Dictionary<(string Kind, string Worker), double>();
        int runs = 0;
        var learners = ToRun.SkipLast(Begun).GroupBy(cell => (cell.Kind, cell.Worker)).ToList();
        foreach (var learner in learners)
        {
            Cell[] ascending = [.. learner.OrderBy(cell => cell.Seconds)];
            var clock = Stopwatch.StartNew();
            using var runner = new CellRunner();
            double budget = budgetSeconds / learners.Count, factor = 1, measured = 0, expected = 0;
            // From small to large; the first is run twice, because compilation is no part of a sweep's time.
            const int steps = 12;
            for (int step = -1, last = -1; step < steps; step++)
            {
                int at = Math.Max(0, step) * (ascending.Length - 1) / (steps - 1);
                double estimate = ascending[at].Seconds;
                if (at == last && step > 0) continue;
                last = step < 0 ? -1 : at;
                double left = budget - clock.Elapsed.TotalSeconds;
                if (runs > 0 ? estimate * factor > left : estimate > 4 * budget) break;
                begun(ascending[at]);
                CellOutcome outcome = runner.Run(ascending[at], cancellation);
                runs++;
                if (outcome.Accuracy is null) continue;
                // The first counts only until there is another.
                if (step <= 0) (measured, expected) = (0, 0);
                measured += outcome.WallSeconds;
                expected += estimate;
                factor = measured / expected;
            }
            factors[learner.Key] = factor;
        }
        return (cell => cell.Seconds * factors.GetValueOrDefault((cell.Kind, cell.Worker), 1), runs);
    }

    /// <summary>A size such as 8G, 500M or 1.5GiB, in bytes (factors of 1024, M where none is said, as Slurm reads it).</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static double ParseBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string digits = text.TrimEnd('B', 'b', 'i').TrimEnd('K', 'M', 'G', 'T', 'k', 'm', 'g', 't');
        int unit = text.Length == digits.Length ? 2
            : "KMGT".IndexOf(char.ToUpperInvariant(text[digits.Length]), StringComparison.Ordinal) + 1;
        bool number = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double size);
        return number && unit > 0 && size > 0
            ? size * Math.Pow(1024, unit)
            : throw new ArgumentException($"memory \"{text}\" is no size such as 500M or 8G");
    }

    private static void RequireNames(Expression only, IReadOnlyList<Cell> cells)
    {
        IEnumerable<Cell> examples = cells.DistinctBy(cell => (cell.Kind, cell.Worker));
        HashSet<string> known = [.. Cell.Common, .. examples.SelectMany(cell => cell.ParameterNames)];
        if (only.Names.FirstOrDefault(name => !known.Contains(name)) is string unknown)
        {
            throw new ArgumentException(
                $"condition \"{only.Text}\": no cell has a parameter \"{unknown}\"; there are: {string.Join(", ", known)}");
        }
    }
}
