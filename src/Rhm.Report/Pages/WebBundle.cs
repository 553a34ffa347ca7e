using System.Reflection;

namespace Rhm.Report.Pages;

/// <summary>The scripts, styles and licences that the build bundled from npm's packages (web/Web.targets) and embedded.</summary>
internal static class WebBundle
{
    private const string Prefix = "assets/";

    /// <summary>Name in the report and contents of every file.</summary>
    /// <exception cref="ArgumentException">This program was built without them.</exception>
    public static IReadOnlyList<(string Name, byte[] Contents)> Files()
    {
        Assembly assembly = typeof(WebBundle).Assembly;
        string[] names = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))];
        if (names.Length == 0)
        {
            throw new ArgumentException(
                "this rhm was built without the scripts of the report: install npm (apt-get install nodejs npm; nodejs.org) if it is "
                + "missing, and build again");
        }
        return [.. names.Select(name => (name, Contents(assembly, name)))];
    }

    private static byte[] Contents(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
