using System.Runtime.InteropServices;
using Rhm.Cli;

using var interruption = new CancellationTokenSource();
long interrupted = 0;
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt),
    terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var streams = new StandardStreams(Console.OpenStandardOutput, Console.OpenStandardError);
int code = await CommandLine.RunAsync(args, interruption.Token).ConfigureAwait(false);
return streams.Broken is string sentence && code == ExitCode.Success ? CommandLine.Refuse(sentence) : code;

// Interrupted once, a command ends its step and saves, however long that takes; again, it stops at once. What sends a signal may send it to
// the process and to its group: what comes within a second is the same interruption.
void Interrupt(PosixSignalContext context)
{
    context.Cancel = true;
    long now = Environment.TickCount64, first = Interlocked.CompareExchange(ref interrupted, now, 0);
    if (first == 0) _ = interruption.CancelAsync();
    else if (now - first >= 1000) Environment.Exit(ExitCode.Interrupted);
}
