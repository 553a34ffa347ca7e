using System.Diagnostics;

namespace Rhm.Mutants;

/// <summary>Programs that are run to their end, or to a time limit.</summary>
internal static class Shell
{
    /// <summary>Exit code (null: the time was over and the program was ended) and what was said.</summary>
    public static (int? Code, string Said) Run(string folder, TimeSpan limit, string program, params IEnumerable<string> arguments) =>
        RunWith("", folder, limit, program, arguments);

    /// <summary>The same with a bug that is active.</summary>
    public static (int? Code, string Said) RunWith(string mutant, string folder, TimeSpan limit, string program,
        params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment.Remove("CI");
        start.Environment[Switches.Variable] = mutant;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(limit);
        if (!ended) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return (ended ? process.ExitCode : null, output.Result + errors.Result);
    }
}
