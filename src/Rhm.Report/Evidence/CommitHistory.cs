using System.ComponentModel;
using System.Diagnostics;

namespace Rhm.Report.Evidence;

/// <summary>The commits that led to the one that is checked out here, asked of git.</summary>
public sealed class CommitHistory
{
    private readonly Dictionary<string, bool> _known = [];

    /// <summary>Whether a commit is one of them.</summary>
    /// <param name="commit">Its hash.</param>
    /// <exception cref="ArgumentException">There is no git, or this is no clone.</exception>
    public bool Contains(string commit)
    {
        if (!_known.TryGetValue(commit, out bool contained))
        {
            if (Run("rev-parse", "--git-dir") != 0)
                throw new ArgumentException("whether evidence is stale only git knows, and this is no clone of the repository");
            _known[commit] = contained = Run("merge-base", "--is-ancestor", commit, "HEAD") == 0;
        }
        return contained;
    }

    private static int Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process git = Process.Start(start)!;
            git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode;
        }
        catch (Win32Exception error)
        {
            throw new ArgumentException($"whether evidence is stale only git knows, and it cannot be run: {error.Message}", error);
        }
    }
}
