namespace Rhm.Sweeps;

/// <summary>Where a cell stands.</summary>
public enum CellState
{
    /// <summary>Not run yet.</summary>
    Pending,

    /// <summary>Has a result.</summary>
    Done,

    /// <summary>Its learner failed, or the processes that ran it died, again and again.</summary>
    Failed,
}
