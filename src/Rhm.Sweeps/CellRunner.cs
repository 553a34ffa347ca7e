using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rhm.Commands;
using Rhm.Learning;
using Rhm.Parallelism;

namespace Rhm.Sweeps;

/// <summary>Runs cells and measures what they take.</summary>
public sealed partial class CellRunner : IDisposable
{
    private readonly Lock _turn = new();
    private readonly List<Meter> _running = [];
    private readonly SafeFileHandle? _status;
    private readonly SafeFileHandle? _reset;
    private readonly int _threads;

    /// <summary>For cells that each run on some threads.</summary>
    /// <param name="threads">Threads of a cell, at least 1.</param>
    public CellRunner(int threads = 1)
    {
        _threads = threads;
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _status = File.OpenHandle("/proc/self/status");
            _reset = File.OpenHandle("/proc/self/clear_refs", FileMode.Open, FileAccess.Write);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without the right to start the high-water mark anew it is that of the whole life of the process.
        }
    }

    /// <summary>Version of the program.</summary>
    public static string Code { get; } =
        typeof(CellRunner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Name of the processor; empty where the system does not tell.</summary>
    public static string Processor { get; } = ProcessorName();

    private static string ProcessorName()
    {
        const string file = "/proc/cpuinfo", field = "model name";
        if (!File.Exists(file)) return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "";
        string? line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        return line is null ? "" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    /// <summary>The time, UTC, ISO 8601.</summary>
    internal static string Now => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Runs a cell; a failure of its learner is an outcome.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="cancellation">Abandons it.</param>
    /// <exception cref="OperationCanceledException">It was abandoned.</exception>
    public CellOutcome Run(Cell cell, CancellationToken cancellation) => Run(cell, _threads, null, cancellation);

    /// <summary>Runs a cell that has other threads than the rest.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="threads">Threads at most.</param>
    /// <param name="share">Says when it may use more than one; null for always.</param>
    /// <param name="cancellation">Abandons it.</param>
    internal CellOutcome Run(Cell cell, int threads, ThreadShare? share, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cell);
        string configuration = cell.Configuration;
        var meter = new Meter();
        Mark(meter, entering: true);
        long start = Stopwatch.GetTimestamp();
        (double cpu, long allocated) = Spent(ofThread: false);
        (double ownCpu, long ownAllocated) = Spent(ofThread: true);
        LearningResult? result = null;
        string? error = null;
        try
        {
            using IDisposable? stay = share?.Enter();
            result = cell.Run(threads, cancellation);
            if (result.Accuracy.Any(value => !double.IsFinite(value)))
                (result, error) = (null, "an accuracy is no finite number");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Mark(meter, entering: false);
            throw;
        }
        // Whatever a learner throws, the other cells go on.
        catch (Exception failure)
        {
            string kind = failure is LearnerFailedException or ArgumentException ? "" : $"{failure.GetType().Name}: ";
            error = (kind + failure.Message).ReplaceLineEndings(" ");
        }
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        // A share that was never used left all work to this thread.
        bool isOwn = !OperatingSystem.IsWindows() && (threads == 1 || (cell.SharesThreads && share is { WasUsed: false }));
        (double cpuAfter, long allocatedAfter) = Spent(isOwn);
        if (isOwn) (cpu, allocated) = (ownCpu, ownAllocated);
        Mark(meter, entering: false);
        // Where others ran beside it, what the process spent is nobody's.
        bool known = isOwn || meter.Alone;
        return new CellOutcome(CellKey.Of(System.Text.Encoding.UTF8.GetBytes(configuration)), configuration, result?.Accuracy,
            result?.Measures.Where(pair => double.IsFinite(pair.Value)).ToDictionary(), error, wall, known ? cpuAfter - cpu : null,
            known ? allocatedAfter - allocated : null, meter.Peak, Code, Environment.MachineName, Now)
        {
            Processor = Processor,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _status?.Dispose();
        _reset?.Dispose();
    }

    /// <summary>
    /// The kernel's high-water mark of the process, started anew whenever a cell starts or ends: each mark is the peak since the last,
    /// and counts for every cell that ran in between.
    /// </summary>
    private void Mark(Meter meter, bool entering)
    {
        lock (_turn)
        {
            if (!entering || _running.Count > 0)
            {
                long peak = PeakBytes();
                foreach (Meter other in _running) other.Peak = Math.Max(other.Peak, peak);
            }
            if (_reset is not null) RandomAccess.Write(_reset, "5"u8, 0);
            if (!entering)
            {
                _running.Remove(meter);
                return;
            }
            meter.Alone = _running.Count == 0;
            foreach (Meter other in _running) other.Alone = false;
            _running.Add(meter);
        }
    }

    private long PeakBytes()
    {
        if (_status is null)
        {
            using var self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
        Span<byte> text = stackalloc byte[2048];
        text = text[..RandomAccess.Read(_status, text, 0)];
        int at = text.IndexOf("VmHWM:"u8);
        if (at < 0) return 0;
        ReadOnlySpan<byte> field = text[(at + 6)..].TrimStart(" \t"u8);
        return System.Buffers.Text.Utf8Parser.TryParse(field, out long kibibytes, out _) ? kibibytes * 1024 : 0;
    }

    /// <summary>Processor time and allocated bytes so far: of this thread, or of the process.</summary>
    private static (double CpuSeconds, long AllocatedBytes) Spent(bool ofThread) =>
        ofThread && !OperatingSystem.IsWindows()
            && NativeMethods.ClockGetTime(OperatingSystem.IsMacOS() ? 16 : 3, out NativeMethods.TimeSpec time) == 0
            ? (time.Seconds + 1e-9 * time.Nanoseconds, GC.GetAllocatedBytesForCurrentThread())
            : (Environment.CpuUsage.TotalTime.TotalSeconds, GC.GetTotalAllocatedBytes());

    private sealed class Meter
    {
        public long Peak { get; set; }

        public bool Alone { get; set; }
    }

    private static partial class NativeMethods
    {
        [StructLayout(LayoutKind.Sequential)]
        public struct TimeSpec
        {
            public nint Seconds;
            public nint Nanoseconds;
        }

        [LibraryImport("libc", EntryPoint = "clock_gettime")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static partial int ClockGetTime(int clock, out TimeSpec time);
    }
}
