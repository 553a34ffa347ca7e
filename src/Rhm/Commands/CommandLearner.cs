using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Rhm.Grammars;
using Rhm.Learning;

namespace Rhm.Commands;

/// <summary>
/// A learner that is a command, in any language: a process that reads folders from its standard input, one a line, and answers each when
/// it has written what it learned there (docs/command-learner.md). It stays alive for the next problem; problems at the same time have
/// processes of their own.
/// </summary>
public sealed class CommandLearner : Learner, IDisposable
{
    /// <summary>Version of the protocol between this program and the command.</summary>
    public const int Protocol = 1;

    private readonly string _command;
    private readonly TimeSpan _timeout;
    private readonly Action<string>? _log;
    private readonly ConcurrentBag<CommandProcess> _idle = [];

    /// <summary>Describes the learner; nothing is started yet.</summary>
    /// <param name="name">Lower-case letters, digits and hyphens.</param>
    /// <param name="command">What the shell runs, for example <c>python3 mine.py</c>.</param>
    /// <param name="version">Raised when the command gives other numbers; null: a hash of it and of the files that it names.</param>
    /// <param name="parameters">Handed on to the command; part of the identity of its results.</param>
    /// <param name="timeout">Longest time for one problem; a day where nothing is said.</param>
    /// <param name="log">Receives the lines of the command's standard error.</param>
    /// <exception cref="ArgumentException">An empty command or a name of other characters.</exception>
    public CommandLearner(string name, string command, int? version = null, IReadOnlyDictionary<string, object>? parameters = null,
        TimeSpan? timeout = null, Action<string>? log = null)
        : base(name, version ?? HashOf(command), Described(parameters ?? new Dictionary<string, object>()))
    {
        if (string.IsNullOrWhiteSpace(command)) throw new ArgumentException($"learner {name} has an empty command");
        (_command, _timeout, _log) = (command, timeout ?? TimeSpan.FromDays(1), log);
        if (_timeout <= TimeSpan.Zero) throw new ArgumentException($"time-out {_timeout} must be positive");
    }

    /// <inheritdoc/>
    public override object Options(IReadOnlyDictionary<string, object> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Dictionary<string, object> options = Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Default);
        foreach ((string name, object value) in values)
        {
            LearnerParameter parameter = Parameters.FirstOrDefault(one => one.Name == name)
                ?? throw new ArgumentException($"learner {Name} has no parameter \"{name}\"; it has: {string.Join(", ", options.Keys)}");
            string given = value?.GetType().Name ?? "null";
            if (value?.GetType() != parameter.Type)
                throw new ArgumentException($"parameter {name} of learner {Name} is of type {parameter.Type.Name}, not {given}");
            options[name] = value;
        }
        return options;
    }

    /// <inheritdoc/>
    public override object ValueOf(LearnerParameter parameter, object options)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return ((IReadOnlyDictionary<string, object>)options)[parameter.Name];
    }

    /// <inheritdoc/>
    public override void Require(GrammarShape shape, long samples, object options)
    {
        if (samples < 1) throw new ArgumentException($"number of strings P = {samples} must be at least 1");
    }

    /// <inheritdoc/>
    public override double MemoryBytes(GrammarShape shape, long samples, object options) => 1L << 30;

    /// <inheritdoc/>
    public override double Seconds(GrammarShape shape, long samples, object options)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return 1 + 1e-7 * samples * (double)shape.StringLength;
    }

    /// <inheritdoc/>
    public override LearningResult Learn(LearningProblem problem, object options)
    {
        ArgumentNullException.ThrowIfNull(problem);
        string folder = Directory.CreateTempSubdirectory("rhm-learner-").FullName;
        try
        {
            CommandFolder.Write(folder, problem, (IReadOnlyDictionary<string, object>)options);
            CommandProcess process = _idle.TryTake(out CommandProcess? idle) ? idle : new CommandProcess(_command, _log);
            try
            {
                string name = $"{problem.Grammar.Shape} P={problem.Samples} seed={problem.Seed}";
                process.Learn(folder, name, _timeout, problem.Cancellation);
                _idle.Add(process);
            }
            catch
            {
                process.Dispose();
                throw;
            }
            return CommandFolder.Read(folder, problem);
        }
        finally
        {
            // A command may have removed it.
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Ends the processes that are idle.</summary>
    public void Dispose()
    {
        while (_idle.TryTake(out CommandProcess? process)) process.Dispose();
    }

    private static IReadOnlyList<LearnerParameter> Described(IReadOnlyDictionary<string, object> parameters) =>
    [
        .. parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new LearnerParameter(pair.Key, pair.Value.GetType(), pair.Value)),
    ];

    /// <summary>A number that changes with the command and with every file that it names.</summary>
    private static int HashOf(string command)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(command ?? ""));
        foreach (string word in CommandParameters.Words(command ?? ""))
        {
            if (File.Exists(word) && new FileInfo(word).Length < 1 << 26) hash.AppendData(File.ReadAllBytes(word));
        }
        return BitConverter.ToInt32(hash.GetHashAndReset()) & int.MaxValue;
    }
}
