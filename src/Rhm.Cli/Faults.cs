using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Rhm.Files;
using Rhm.Sweeps;

namespace Rhm.Cli;

/// <summary>
/// What ended a command, in one sentence. Sentences of this project stand as they are; those of libraries are never shown.
/// </summary>
internal static class Faults
{
    /// <summary>Set to anything, standard error also receives where it happened.</summary>
    public const string TraceVariable = "RHM_TRACE";

    public static string Sentence(Exception error) => Terminal.Plain((error switch
    {
        AggregateException { InnerExceptions: [var first, ..] } => Sentence(first),
        TargetInvocationException { InnerException: { } inner } => Sentence(inner),
        TypeInitializationException { InnerException: { } inner } => Sentence(inner),
        OutOfMemoryException => "there is not enough memory for this",
        _ when error is not OperationCanceledException && IsOurs(error) => error.Message,
        IOException or UnauthorizedAccessException => $"{Quoted(error.Message)} cannot be read or written: {FileFault.Reason(error)}",
        SqliteException store => $"the store cannot be used: {StoreFault.Reason(store)}",
        JsonException => $"a file was read as JSON: {JsonText.Fault(error)}",
        _ => $"an unexpected fault, {error.GetType().Name} in {Place(error)}; {TraceVariable}=1 shows where it happened",
    }).ReplaceLineEndings(" "));

    /// <summary>Whether a message is this project's: thrown by its code, and of no kind that the runtime throws there.</summary>
    private static bool IsOurs(Exception error) => IsOurs(error.TargetSite?.DeclaringType) && error is not (ArithmeticException
        or InvalidCastException or NullReferenceException or IndexOutOfRangeException or KeyNotFoundException or FormatException);

    private static bool IsOurs(Type? type) => type?.Assembly.GetName().Name?.StartsWith("Rhm", StringComparison.Ordinal) == true;

    /// <summary>The method of this project that was running.</summary>
    private static string Place(Exception error)
    {
        IEnumerable<MethodBase?> running = new StackTrace(error).GetFrames().Select(frame => frame.GetMethod());
        MethodBase? own = running.FirstOrDefault(method => IsOurs(method?.DeclaringType));
        return own is null ? "a library" : $"{own.DeclaringType!.FullName}.{own.Name}";
    }

    /// <summary>The path that a message of the runtime has in quotes.</summary>
    private static string Quoted(string message) => message.Split('\'') is [_, string path, ..] ? path : "a file";
}
