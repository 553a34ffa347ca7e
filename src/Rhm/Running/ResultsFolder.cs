namespace Rhm.Running;

/// <summary>Where results are stored.</summary>
public static class ResultsFolder
{
    /// <summary>paper/results, which is checked in, where the current folder is a clone; results elsewhere.</summary>
    public static string Default => Directory.Exists(Path.Combine("paper", "results")) ? Path.Combine("paper", "results") : "results";
}
