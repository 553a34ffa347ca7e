using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Rhm.Commands;

/// <summary>A running command: one problem at a time.</summary>
internal sealed class CommandProcess : IDisposable
{
    // A sentence, or a line of a stack trace.
    private const int MostReason = 500;

    private const int EndMilliseconds = 2000;

    private readonly string _command;
    private readonly Process _process;
    private readonly Action<string>? _log;
    private string _lastError = "";
    private readonly BlockingCollection<string> _answers = [];

    /// <summary>Starts it by the shell.</summary>
    /// <param name="command">What the shell runs.</param>
    /// <param name="log">Receives the lines of its standard error.</param>
    public CommandProcess(string command, Action<string>? log)
    {
        (_command, _log) = (command, log);
        bool windows = OperatingSystem.IsWindows();
        var start = new ProcessStartInfo(windows ? "cmd.exe" : "/bin/sh", [windows ? "/c" : "-c", command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["RHM_PROTOCOL"] = CommandLearner.Protocol.ToString(CultureInfo.InvariantCulture);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) _answers.CompleteAdding();
            else _answers.Add(line.Data);
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            Log($"[{_process.Id}] {line.Data}");
            if (!string.IsNullOrWhiteSpace(line.Data)) Volatile.Write(ref _lastError, line.Data.Trim());
        };
        AppDomain.CurrentDomain.ProcessExit += End;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Hands over a folder and waits for the answer.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="problem">What the log calls it.</param>
    /// <param name="timeout">Longest time for the answer.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LearnerFailedException">It ended, answered with an error or something else, or took too long.</exception>
    public void Learn(string folder, string problem, TimeSpan timeout, CancellationToken cancellation)
    {
        string? answer;
        Log($"[{_process.Id}] problem: {problem}");
        try
        {
            _process.StandardInput.WriteLine(folder);
            _process.StandardInput.Flush();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(timeout < TimeSpan.FromMilliseconds(int.MaxValue) ? timeout : TimeSpan.FromMilliseconds(int.MaxValue));
            try
            {
                if (!_answers.TryTake(out answer, Timeout.Infinite, limit.Token)) throw Ended();
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new LearnerFailedException($"\"{_command}\" did not answer within {timeout.TotalSeconds:0.#} s");
            }
        }
        catch (IOException)
        {
            throw Ended();
        }
        if (answer.Trim() == "done") return;
        throw new LearnerFailedException(answer.StartsWith("error", StringComparison.Ordinal)
            ? $"\"{_command}\": {Reason(answer)}"
            : $"\"{_command}\" answered \"{Shortened(answer)}\" instead of \"done\" or \"error: ...\"; "
                + "its standard output is for answers alone");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= End;
        End(null, EventArgs.Empty);
        _process.Dispose();
    }

    /// <summary>Work does not end because its log cannot be written: its disk may be full.</summary>
    private void Log(string line)
    {
        try
        {
            _log?.Invoke(line);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Nobody is there to be told.
        }
    }

    /// <summary>What an answer "error: ..." says.</summary>
    private static string Reason(string answer) => answer[5..].TrimStart(':', ' ') switch
    {
        "" => "it failed and does not say why",
        { Length: > MostReason } text => text[..MostReason] + "...",
        string text => text,
    };

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "...";

    private LearnerFailedException Ended()
    {
        _process.WaitForExit(EndMilliseconds);
        string code = _process.HasExited ? $"ended with exit code {_process.ExitCode}" : "closed its standard output";
        string last = Volatile.Read(ref _lastError);
        return new LearnerFailedException($"\"{_command}\" {code} before it answered{(last.Length > 0 ? $": {Shortened(last)}" : "")}");
    }

    private void End(object? sender, EventArgs e)
    {
        try
        {
            if (_process.HasExited) return;
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(EndMilliseconds);
        }
        catch (InvalidOperationException)
        {
            // It has never started or ended just now.
        }
    }
}
