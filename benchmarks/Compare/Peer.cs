using System.Diagnostics;
using System.Text.Json;

namespace Rhm.Benchmarks.Compare;

/// <summary>A peer program of benchmarks/peers. It is started once, prepares its work, and does it on every request.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;
    private readonly string _script;

    /// <summary>Starts the program and waits until it is ready.</summary>
    public Peer(string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        _script = script;
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Folder,
        };
        start.ArgumentList.Add(script);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        _process = Process.Start(start)!;
        JsonElement versions = ReadLine().GetProperty("versions");
        Versions = versions.EnumerateObject().ToDictionary(version => version.Name, version => version.Value.GetString()!);
    }

    /// <summary>Folder of the peer programs.</summary>
    public static string Folder => Path.Combine(Comparisons.BenchmarksFolder, "peers");

    /// <summary>Versions of Python and of the libraries that it uses.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; }

    /// <summary>Does the work once.</summary>
    /// <returns>What the program says about it; <c>seconds</c> is the time that the work took.</returns>
    public JsonElement Run()
    {
        _process.StandardInput.WriteLine("run");
        _process.StandardInput.Flush();
        return ReadLine();
    }

    private JsonElement ReadLine() => _process.StandardOutput.ReadLine() is { } line
        ? JsonDocument.Parse(line).RootElement
        : throw new InvalidOperationException($"the peer program {_script} ended early; its error stands above");

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000)) _process.Kill();
        _process.Dispose();
    }
}
