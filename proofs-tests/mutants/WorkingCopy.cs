using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Rhm.Mutants;

/// <summary>A copy of the tree, built once, in which bugs are planted one at a time. The tree itself is never changed.</summary>
internal sealed class WorkingCopy
{
    private const string Tests = "proofs-tests/bin/Release/net10.0";

    // Tests that compare with what an earlier version gave, not with what is right.
    private static readonly string[] s_hashes =
    [
        "gives what its version", "give the losses of this version", "a seed means the same strings on every machine",
    ];

    private static readonly string[] s_switches =
    [
        "-c", "Release", "-p:SkipWeb=true", "-p:RunAnalyzersDuringBuild=false", "-p:EnforceCodeStyleInBuild=false",
        "-p:TreatWarningsAsErrors=false", "-p:UseSharedCompilation=true", "-v:q", "-nologo",
    ];

    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(20);
    private readonly string _tree, _folder;
    private readonly TimeSpan _limit;

    // Bugs that no switch holds, files that do not compile with switches, tests that pass and that fail without a bug.
    private readonly HashSet<Mutant> _alone = [];
    private readonly HashSet<string> _refused = [], _passing = [], _failing = [];

    public WorkingCopy(string tree, string folder, TimeSpan limit) =>
        (_tree, _folder, _limit) = (tree, Directory.CreateDirectory(folder).FullName, limit);

    /// <summary>
    /// Brings the copy to the tree's state, with a switch for every bug that a switch can hold, and builds it. Where a file does not
    /// compile with its switches, its bugs are compiled alone.
    /// </summary>
    public void Refresh(IReadOnlyList<Mutant> all)
    {
        (_, string said) = Shell.Run(_tree, s_buildLimit, "git", "ls-files", "--cached", "--others", "--exclude-standard");
        string[] files = [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(_tree, file)))];
        RemoveOthers(files.ToHashSet());
        Dictionary<string, Mutant[]> byFile = all.GroupBy(mutant => mutant.File).ToDictionary(group => group.Key, group => group.ToArray());
        while (true)
        {
            _alone.Clear();
            foreach (string file in files) Copy(file, byFile.GetValueOrDefault(file, []));
            foreach (IGrouping<string, Mutant> project in all.Where(mutant => !_alone.Contains(mutant)).GroupBy(mutant => mutant.Project))
            {
                if (File.Exists(Path.Combine(_folder, project.Key, Path.GetFileName(project.Key) + ".csproj")))
                    Update(Path.Combine(_folder, project.Key, "RhmPlanted.cs"), Encoding.UTF8.GetBytes(Switches.ClassFor([.. project])));
            }
            (int? code, string built) = Shell.Run(_folder, s_buildLimit, "dotnet",
                ["build", "proofs-tests/Rhm.ProofsTests.fsproj", .. s_switches]);
            if (code == 0) return;
            string[] errors = [.. built.Split('\n').Where(line => line.Contains(": error ", StringComparison.Ordinal))];
            bool IsWrong(string file) => errors.Any(line => line.Contains(file + "(", StringComparison.Ordinal));
            string[] wrong = [.. byFile.Keys.Where(file => !_refused.Contains(file) && IsWrong(file))];
            _refused.UnionWith(wrong);
            if (wrong.Length == 0) throw new ArgumentException($"the tree does not build:\n{string.Join('\n', errors.Distinct())}");
            Console.WriteLine($"without switches: {string.Join(", ", wrong)}, because of {errors[0].Trim()}");
        }
    }

    /// <summary>Runs the checks of a bug with the bug.</summary>
    public (Outcome Outcome, IReadOnlyList<string> Checks) Try(Mutant mutant) =>
        _alone.Contains(mutant) ? TryAlone(mutant) : Check(mutant, mutant.Id);

    private (Outcome Outcome, IReadOnlyList<string> Checks) TryAlone(Mutant mutant)
    {
        string source = Path.Combine(_folder, mutant.File), text = File.ReadAllText(source);
        string project = Path.GetFileName(mutant.Project);
        string library = Path.Combine(_folder, Tests, project + ".dll"), clean = library + ".clean";
        string original = File.ReadAllText(Path.Combine(_tree, mutant.File));
        File.WriteAllText(source, mutant.PlantedIn(original));
        File.Copy(library, clean, overwrite: true);
        try
        {
            (int? code, string said) = Shell.Run(_folder, s_buildLimit, "dotnet",
                ["build", mutant.Project, "--no-restore", "-p:BuildProjectReferences=false", .. s_switches]);
            string? error = said.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal));
            if (code != 0) return (Outcome.DoesNotCompile, [error ?? said]);
            File.Copy(Path.Combine(_folder, mutant.Project, "bin/Release/net10.0", project + ".dll"), library, overwrite: true);
            return Check(mutant, "");
        }
        finally
        {
            File.WriteAllText(source, text);
            File.Move(clean, library, overwrite: true);
        }
    }

    // Claims take longer than tests: they are asked where no test has noticed.
    private (Outcome, IReadOnlyList<string>) Check(Mutant mutant, string active)
    {
        var noticed = new List<string>();
        foreach (IReadOnlyList<string> names in new[] { mutant.Tests, mutant.Claims })
        {
            if (names.Count == 0) continue;
            if (Run(names, active) is not { } results) return (Outcome.TimedOut, noticed);
            IEnumerable<string> failed = results.Where(result => !result.Passed).Select(result => result.Name);
            noticed.AddRange(failed.Where(name => PassesWithout(name, names, mutant)));
            string[] telling = [.. noticed.Where(name => !s_hashes.Any(hash => name.Contains(hash, StringComparison.Ordinal)))];
            if (telling.Length > 0) return (Outcome.Killed, telling);
        }
        return (noticed.Count > 0 ? Outcome.HashOnly : Outcome.Survived, noticed);
    }

    // Whether a check passes where there is no bug: otherwise its failure says nothing. With a bug that is compiled alone the program is
    // not there, and the tree is taken to be one whose tests pass.
    private bool PassesWithout(string check, IReadOnlyList<string> names, Mutant mutant)
    {
        if (!_passing.Contains(check) && !_failing.Contains(check) && !_alone.Contains(mutant))
        {
            foreach ((string name, bool passed) in Run(names, "") ?? []) (passed ? _passing : _failing).Add(name);
            if (_failing.Contains(check)) Console.WriteLine($"fails without a bug, and is left out: {check}");
        }
        return !_failing.Contains(check);
    }

    private List<(string Name, bool Passed)>? Run(IReadOnlyList<string> names, string active)
    {
        string report = Path.Combine(_folder, "junit.xml");
        File.Delete(report);
        (int? code, string said) = Shell.RunWith(active, Path.Combine(_folder, "proofs-tests"), _limit, "dotnet",
            "exec", Path.Combine(_folder, Tests, "Rhm.ProofsTests.dll"), string.Join(',', names), "--no-spinner", "--colours", "0",
            "--junit-summary", report);
        if (code is null) return null;
        if (code == 2 && said.Contains("tests: no test is named", StringComparison.Ordinal)) throw new ArgumentException(said.Trim());
        if (!File.Exists(report)) return [("the program of tests ends before its summary", active.Length == 0)];
        // Messages of failures hold whatever the program printed.
        using var reader = XmlReader.Create(report, new XmlReaderSettings { CheckCharacters = false });
        return [.. XDocument.Load(reader).Descendants("testcase").Select(test =>
            ((string)test.Attribute("name")!, !test.Elements("failure").Any() && !test.Elements("error").Any()))];
    }

    private void RemoveOthers(HashSet<string> kept)
    {
        foreach (string part in (string[])["src", "proofs-tests", "paper/results"])
        {
            string folder = Path.Combine(_folder, part);
            if (!Directory.Exists(folder)) continue;
            foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                string name = Path.GetRelativePath(_folder, path);
                bool isBuilt = name.Contains("/obj/", StringComparison.Ordinal) || name.Contains("/bin/", StringComparison.Ordinal);
                if (!isBuilt && !kept.Contains(name) && Path.GetFileName(name) != "RhmPlanted.cs") File.Delete(path);
            }
        }
    }

    private void Copy(string file, Mutant[] mutants)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(_tree, file));
        if (mutants.Length > 0 && _refused.Contains(file))
        {
            _alone.UnionWith(mutants);
        }
        else if (mutants.Length > 0)
        {
            (string source, IReadOnlyList<Mutant> left) = Switches.In(File.ReadAllText(Path.Combine(_tree, file)), mutants);
            _alone.UnionWith(left);
            content = Encoding.UTF8.GetBytes(source);
        }
        Update(Path.Combine(_folder, file), content);
    }

    // What has not changed keeps its time, and is not compiled again.
    private static void Update(string path, byte[] content)
    {
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }
}
