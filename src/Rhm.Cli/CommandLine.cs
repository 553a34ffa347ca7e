using System.CommandLine;
using System.Text.RegularExpressions;
using Rhm.Cli.Commands;
using Rhm.Learning;

namespace Rhm.Cli;

/// <summary>The command line from its words to its exit code: the one place where faults become sentences.</summary>
internal static partial class CommandLine
{
    private static readonly ParserConfiguration s_reading = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs a command line. rhm help COMMAND is rhm COMMAND --help, and rhm alone is rhm --help.</summary>
    /// <param name="arguments">Its words.</param>
    /// <param name="cancellation">Interrupts it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        try
        {
            RootCommand root = Root();
            string[] words = [.. Options.Renamed(arguments.SkipWhile(word => word == "--"))];
            if (ParseFaults.OfEmptyValue(words) is string empty) return Refuse(empty);
            bool help = words is [] or ["help", ..];
            if (help) words = words[Math.Min(1, words.Length)..];
            ParseResult result = root.Parse(words, s_reading);
            if ((help ? ParseFaults.OfCommand(result) : ParseFaults.Sentence(result)) is string wrong) return Refuse(wrong);
            if (help) result = root.Parse([.. words, "--help"], s_reading);
            Options.RequireNames(result);
            Options.RequireSeparateFiles(result);
            using var output = new StringWriter();
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = output,
            };
            int code = await result.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
            Console.Write(DefaultChoice().Replace(output.ToString(), choice => LearnerParameter.Words(choice.Value, '-')));
            return code;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine("rhm: interrupted");
            return ExitCode.Interrupted;
        }
        // Whatever a library throws, the user reads one sentence.
        catch (Exception error)
        {
            if (Environment.GetEnvironmentVariable(Faults.TraceVariable) is { Length: > 0 }) Console.Error.WriteLine(error);
            return Refuse(Faults.Sentence(error));
        }
    }

    /// <summary>All commands.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("""
            Checks "Learn from your own latents and not from tokens" (arXiv:2605.27734) numerically: the Random Hierarchy Model, its exact
            laws and the learners of the paper. Start with: rhm verify
            """)
        {
            VerifyCommand.Create(),
            TheoryCommand.Create(),
            CheckCommand.Create(),
            GrammarCommand.Create(),
            SampleCommand.Create(),
            IlcCommand.Create(),
            OwnLatentsCommand.Create(),
            JointEmbeddingCommand.Create(),
            SpectralCommand.Create(),
            DecodeCommand.Create(),
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
        return root;
    }

    /// <summary>Says what was wrong; the exit code of it.</summary>
    public static int Refuse(string sentence)
    {
        Console.Error.WriteLine($"rhm: {Terminal.Plain(sentence)}");
        return ExitCode.BadInput;
    }

    /// <summary>Help shows the default of a choice as the name of its value in code.</summary>
    [GeneratedRegex(@"(?<=\[default: )[A-Z][A-Za-z]*(?=\])")]
    private static partial Regex DefaultChoice();
}
