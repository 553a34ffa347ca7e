using System.Globalization;
using Rhm.Files;

namespace Rhm.Cli;

/// <summary>Training curves as CSV, the step in the first column; a resumed training goes on with those of its first part.</summary>
internal static class CurvesFile
{
    /// <summary>Makes sure, before any work, that a file, if it is there, holds curves.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="header">Its first line.</param>
    /// <exception cref="ArgumentException">It holds something else.</exception>
    public static void RequireReadable(string? path, string header)
    {
        if (File.Exists(path) && File.ReadLines(path).FirstOrDefault() != header)
            throw new ArgumentException($"{path} does not hold training curves to go on with: its first line is not {header}");
    }

    /// <summary>The lines up to a step; later points are measured again.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="step">Of the checkpoint, 0 for a new training.</param>
    public static string[] Earlier(string? path, long step)
    {
        if (step == 0 || !File.Exists(path)) return [];
        return [.. File.ReadLines(path).Skip(1).Where(line => StepOf(line) <= step)];
    }

    private static long? StepOf(string line) =>
        long.TryParse(line.Split(',', 2)[0], CultureInfo.InvariantCulture, out long step) ? step : null;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="header">Its first line.</param>
    /// <param name="lines">The others.</param>
    public static void Write(string? path, string header, IEnumerable<string> lines)
    {
        if (path is null) return;
        OutputFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (string line in lines.Prepend(header)) writer.WriteLine(line);
        });
    }
}
