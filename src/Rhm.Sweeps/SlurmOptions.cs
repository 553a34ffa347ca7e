namespace Rhm.Sweeps;

/// <summary>What the user says about the cluster; nulls leave the choice to the cluster or to the engine.</summary>
public sealed record SlurmOptions
{
    /// <summary>--partition.</summary>
    public string? Partition { get; init; }

    /// <summary>--time of a task, in Slurm's format.</summary>
    public string? Time { get; init; }

    /// <summary>--mem of a task, in Slurm's format.</summary>
    public string? Memory { get; init; }

    /// <summary>--account.</summary>
    public string? Account { get; init; }

    /// <summary>At most so many tasks at a time.</summary>
    public int? ArrayLimit { get; init; }

    /// <summary>Number of tasks; by default tasks of about ten minutes, at most 1000.</summary>
    public int? Tasks { get; init; }

    /// <summary>Cores of a task.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Threads of a cell.</summary>
    public int CellThreads { get; init; } = 1;

    /// <summary>Shell commands before each task, such as "module load dotnet".</summary>
    public string? Setup { get; init; }

    /// <summary>How often the queue is looked at, at most.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(15);
}
