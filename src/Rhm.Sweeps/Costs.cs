namespace Rhm.Sweeps;

/// <summary>
/// What cells cost on this machine: the estimates of their learners and functions, each corrected by a factor that finished cells show.
/// Those that ran on this processor count; where there are none, those that ran on others do.
/// </summary>
public sealed class Costs
{
    // Enough to know a factor, also in a store of a million cells.
    private const int MostCells = 5000;

    private readonly Dictionary<(string Kind, string Worker), Sum> _own = [];
    private readonly Dictionary<(string Kind, string Worker), Sum> _others = [];

    private sealed class Sum
    {
        public double Taken { get; set; }

        public double Estimated { get; set; }

        public double? Factor => Estimated > 0 && Taken > 0 ? Taken / Estimated : null;
    }

    /// <summary>The costs that the finished cells of a store show.</summary>
    /// <param name="store">The store; its cells of other versions of the code are left out.</param>
    /// <param name="catalog">Learners and functions; this project's learners where nothing is said.</param>
    public static Costs Of(ResultStore store, CellCatalog? catalog = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        catalog ??= new CellCatalog();
        var costs = new Costs();
        IEnumerable<ResultStore.StoredCell> done = store.Cells().Where(stored => stored.State == CellState.Done);
        foreach (ResultStore.StoredCell stored in done.Take(MostCells))
        {
            try
            {
                costs.Add(Cell.Parse(stored.Outcome.Configuration, catalog), stored.Outcome);
            }
            catch (ArgumentException)
            {
                // Of another version, or of a learner that is not known here: it says nothing of the present ones.
            }
        }
        return costs;
    }

    /// <summary>Takes in what a cell took.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="outcome">Its result.</param>
    public void Add(Cell cell, CellOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(cell);
        ArgumentNullException.ThrowIfNull(outcome);
        if (!(outcome.WallSeconds > 0)) return;
        Dictionary<(string, string), Sum> sums = outcome.Processor == CellRunner.Processor ? _own : _others;
        if (!sums.TryGetValue((cell.Kind, cell.Worker), out Sum? sum)) sums[(cell.Kind, cell.Worker)] = sum = new Sum();
        sum.Taken += outcome.CpuSeconds ?? outcome.WallSeconds;
        sum.Estimated += cell.Seconds;
    }

    /// <summary>Seconds of one thread that a cell takes, about.</summary>
    /// <param name="cell">The cell.</param>
    public double Seconds(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.Seconds * (FactorOf(_own, cell) ?? FactorOf(_others, cell) ?? 1);
    }

    private static double? FactorOf(Dictionary<(string, string), Sum> sums, Cell cell) =>
        sums.GetValueOrDefault((cell.Kind, cell.Worker))?.Factor;
}
