using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Rhm.Cli;
using Rhm.Cli.Commands;

var root = new RootCommand("""
    Checks "Learn from your own latents and not from tokens" (arXiv:2605.27734) numerically: the Random Hierarchy Model, its exact
    laws and the learners of the paper. Start with: rhm verify
    """)
{
    VerifyCommand.Create(),
    TheoryCommand.Create(),
    GrammarCommand.Create(),
    SampleCommand.Create(),
    IlcCommand.Create(),
    OwnLatentsCommand.Create(),
    SpectralCommand.Create(),
    SlcCommand.Create(),
    TrainCommand.Create(),
    ThresholdCommand.Create(),
    ReproduceCommand.Create(),
    SweepCommand.Create(),
    PaperCommand.Create(),
    ReportCommand.Create(),
    PaperCommand.CreateCite(),
};
Options.ReadStrictly(root);
using var interruption = new CancellationTokenSource();
long interrupted = 0;
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt),
    terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
try
{
    ParseResult command = root.Parse(args.Length == 0 ? ["--help"] : args);
    if (command.Errors.Count > 0)
    {
        Console.Error.WriteLine($"rhm: {WhatIsWrong(command)}");
        return ExitCode.BadInput;
    }
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await command.InvokeAsync(configuration, interruption.Token).ConfigureAwait(false);
}
catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException or OutOfMemoryException)
{
    Console.Error.WriteLine($"rhm: {error.Message.ReplaceLineEndings(" ")}");
    return ExitCode.BadInput;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("rhm: interrupted");
    return ExitCode.Interrupted;
}

// Interrupted once, a command ends its step and saves, however long that takes; again, it stops at once. What sends a signal may send it to the
// process and to its group: what comes within a second is the same interruption.
void Interrupt(PosixSignalContext context)
{
    context.Cancel = true;
    long now = Environment.TickCount64, first = Interlocked.CompareExchange(ref interrupted, now, 0);
    if (first == 0) _ = interruption.CancelAsync();
    else if (now - first >= 1000) Environment.Exit(ExitCode.Interrupted);
}

// The library's own words for a wrong name of a command are "Required command was not provided".
static string WhatIsWrong(ParseResult command)
{
    CommandResult innermost = command.CommandResult;
    if (innermost.Command.Subcommands.Count == 0) return command.Errors[0].Message.Replace("\n", " ", StringComparison.Ordinal);
    string given = command.UnmatchedTokens is [string first, ..] ? $"\"{first}\" is none of the commands" : "a command is missing, one";
    string path = innermost.Parent is CommandResult ? $"rhm {innermost.Command.Name}" : "rhm";
    return $"{given} of {path}: {string.Join(", ", innermost.Command.Subcommands.Select(one => one.Name))}";
}
