namespace Rhm.Sweeps;

/// <summary>Where and how cells are run.</summary>
public sealed record SweepExecution
{
    /// <summary>Threads of this machine in all.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Threads of each cell.</summary>
    public int CellThreads { get; init; } = 1;

    /// <summary>Memory that cells may take together, in bytes; larger ones are refused.</summary>
    public double MemoryBytes { get; init; } = SweepPlan.AvailableMemoryBytes;

    /// <summary>The cluster; null for this machine.</summary>
    public SlurmOptions? Slurm { get; init; }

    /// <summary>Whether to stay until a cluster's tasks are done.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>Whether cells that failed are run once more.</summary>
    public bool RetryFailed { get; init; }
}
