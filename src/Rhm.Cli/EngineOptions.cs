using System.CommandLine;
using Rhm.Cli.Commands;
using Rhm.Learning;
using Rhm.Sweeps;

namespace Rhm.Cli;

/// <summary>Where cells are run: the options that <c>rhm sweep run</c> and <c>rhm reproduce</c> share.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string> _engine = Options.Of<string>(new LearnerParameter("engine", typeof(string), "local")
    {
        Meaning = "Where cells run.",
        Texts = ["local", "slurm"],
    });

    private readonly Option<int> _cellThreads = CellThreads("Threads of each cell; several cells run side by side otherwise.");
    private readonly Option<string?> _memory = SweepPlanCommand.Memory();
    private readonly Option<bool> _retry = new("--retry-failed") { Description = "Run cells that failed once more." };
    private readonly Option<string?> _partition = new("--partition") { Description = "Slurm partition." };
    private readonly Option<string?> _account = new("--account") { Description = "Slurm account." };
    private readonly Option<string?> _time = new("--time") { Description = "Slurm's time limit of a task, such as 2:00:00." };
    private readonly Option<int?> _arrayLimit = Options.Number<int>("--array-limit", "Slurm tasks at a time, at most.", least: 1);
    private readonly Option<int?> _tasks =
        Options.Number<int>("--tasks", "Number of Slurm tasks; by default tasks of about ten minutes.", least: 1);

    private readonly Option<int> _cpus = Options.Number("--cpus", "Cores of a Slurm task.", 1, 1, 1024);
    private readonly Option<string?> _setup = new("--setup")
    {
        Description = "Shell command before each Slurm task, such as \"module load dotnet\".",
    };

    private readonly List<Option> _slurmOnly;
    private readonly bool _alwaysRetries;

    /// <summary>All of them.</summary>
    /// <param name="alwaysRetries">Whether cells that failed are run again anyway: then there is no option for it.</param>
    public EngineOptions(bool alwaysRetries = false)
    {
        _slurmOnly = [_partition, _account, _time, _arrayLimit, _tasks, _cpus, _setup];
        _alwaysRetries = alwaysRetries;
    }

    /// <summary>The option of the threads of a cell.</summary>
    /// <param name="meaning">What it says.</param>
    public static Option<int> CellThreads(string meaning) => Options.Number("--cell-threads", meaning, 1, 1, 1024);

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="slurmOnly">Further options of the command that need a cluster.</param>
    public void AddTo(Command command, params ReadOnlySpan<Option> slurmOnly)
    {
        IEnumerable<Option> all = [_engine, _cellThreads, _memory, _retry, .. _slurmOnly];
        foreach (Option option in all.Where(option => option != _retry || !_alwaysRetries)) command.Add(option);
        foreach (Option option in slurmOnly)
        {
            command.Add(option);
            _slurmOnly.Add(option);
        }
    }

    /// <summary>What was chosen.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="threads">Threads of this machine.</param>
    /// <param name="wait">Whether to stay until a cluster's tasks are done.</param>
    /// <exception cref="ArgumentException">Options contradict one another.</exception>
    public SweepExecution Chosen(ParseResult result, int threads, bool wait = true)
    {
        bool slurm = result.GetValue(_engine) == "slurm";
        if (!slurm && _slurmOnly.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } stray)
            throw new ArgumentException($"{stray.Name} needs --engine slurm");
        int cellThreads = result.GetValue(_cellThreads), cpus = result.GetValue(_cpus);
        return new SweepExecution
        {
            Threads = threads,
            CellThreads = cellThreads,
            MemoryBytes = SweepPlanCommand.MemoryLimitOf(result, _memory),
            RetryFailed = _alwaysRetries || result.GetValue(_retry),
            Wait = wait,
            Slurm = !slurm ? null : new SlurmOptions
            {
                Partition = result.GetValue(_partition),
                Account = result.GetValue(_account),
                Time = result.GetValue(_time),
                Memory = result.GetValue(_memory),
                ArrayLimit = result.GetValue(_arrayLimit),
                Tasks = result.GetValue(_tasks),
                Threads = cpus,
                CellThreads = cellThreads,
                Setup = result.GetValue(_setup),
            },
        };
    }
}
