using Rhm.Commands;
using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>
/// A sweep file (TOML or JSON): which learners, on which grids of parameters. A parameter may stand at the top, in a [grid] or in a
/// [learner];
/// the innermost counts. Its value is a number, a list, or in quotes an expression over other parameters, which may give a list too.
/// Every combination of the values is a cell. SweepFile.md beside this file describes the format.
/// </summary>
public sealed class SweepFile
{
    private const int MaxCells = 10_000_000;
    private const string AssembliesName = "assemblies";

    private static readonly string[] s_required = ["L", "s", "v", "m", "P"];

    private readonly string _path;
    private readonly List<SweepBlock> _blocks = [];

    private SweepFile(string path, byte[] contents, LearnerCatalog catalog)
    {
        _path = path;
        Catalog = catalog;
        string versions = string.Join(' ', catalog.All.Select(learner => $"{learner.Name} {learner.Version}"));
        string model = $"model {LearningProblem.ModelVersion} {versions}";
        Fingerprint = CellKey.Of([.. contents, .. System.Text.Encoding.UTF8.GetBytes(model)]);
    }

    /// <summary>The learners it may name: the project's, and those of its assemblies.</summary>
    public LearnerCatalog Catalog { get; }

    /// <summary>Changes with the contents of the file and with the versions of the learners.</summary>
    public CellKey Fingerprint { get; private set; }

    /// <summary>Full names of the files with the user's learners: assemblies, and this one where it has commands.</summary>
    public IReadOnlyList<string> Assemblies { get; private set; } = [];

    /// <summary>The file's name without folder and ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(_path);

    /// <summary>Where it was read, as it was given.</summary>
    public string GivenPath => _path;

    /// <summary>Where it was read.</summary>
    public string FullPath => Path.GetFullPath(_path);

    private sealed record LearnerTable(int Line, Learner Learner, Dictionary<string, SweepAxis> Axes);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The .toml or .json file.</param>
    /// <exception cref="ArgumentException">It cannot be read or says what makes no sense; the message names the line.</exception>
    public static SweepFile Read(string path)
    {
        byte[] contents;
        try
        {
            contents = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot read {path}: {error.Message}", error);
        }
        SweepNode.Table root = SweepNode.Parse(path, contents);
        var catalog = new LearnerCatalog();
        IEnumerable<SweepNode.Entry> assemblies = root.Entries.Where(entry => entry.Name == AssembliesName);
        var sweep = new SweepFile(path, contents, catalog)
        {
            Assemblies = [.. assemblies.SelectMany(entry => AddAssemblies(path, entry, catalog))],
        };
        sweep.Interpret(root);
        return sweep;
    }

    /// <summary>Whether a name ends like that of a sweep file: .toml or .json.</summary>
    /// <param name="path">The name.</param>
    public static bool IsNamedAsOne(string path) => SweepNode.IsSweepFile(path);

    /// <summary>All cells, in the order of the file; those that a "where" excludes and repetitions left out.</summary>
    /// <exception cref="ArgumentException">A parameter has no value or a wrong one, or there is no cell at all; with the line.</exception>
    public IReadOnlyList<Cell> Cells()
    {
        var cells = new List<Cell>();
        var seen = new HashSet<CellKey>();
        var settings = new Dictionary<string, LearnerSettings>();
        foreach (SweepBlock block in _blocks)
        {
            block.Expand(settings, cell =>
            {
                if (seen.Add(cell.Key)) cells.Add(cell);
                if (cells.Count > MaxCells) throw SweepNode.At(_path, block.Line, $"the sweep has more than {MaxCells} cells");
            });
        }
        if (cells.Count == 0) throw new ArgumentException($"{_path} has no cells: \"where\" excludes every combination");
        return cells;
    }

    private static List<string> AddAssemblies(string path, SweepNode.Entry entry, LearnerCatalog catalog)
    {
        if (entry.Node is not SweepNode.Sequence list) throw SweepNode.At(path, entry.Line, "assemblies is a list of .dll files");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var files = new List<string>();
        foreach (SweepNode item in list.Items)
        {
            if (item is not SweepNode.Text { Content: string file })
                throw SweepNode.At(path, item.Line, "assemblies is a list of .dll files");
            files.Add(Path.Combine(folder, file));
            SweepNode.Located(path, entry.Line, () => catalog.AddAssembly(files[^1]));
        }
        return files;
    }

    private void Interpret(SweepNode.Table root)
    {
        var top = new Dictionary<string, SweepAxis>();
        var grids = new List<Dictionary<string, SweepAxis>>();
        var learners = new List<LearnerTable>();
        foreach (SweepNode.Entry entry in root.Entries)
        {
            switch (entry.Name)
            {
                case AssembliesName:
                    break;
                case "grid":
                    foreach (SweepNode.Table table in Tables(entry)) grids.Add(Axes(table.Entries, null));
                    break;
                case "learner":
                    foreach (SweepNode.Table table in Tables(entry)) learners.Add(ReadLearner(table));
                    break;
                default:
                    if (entry.Node is SweepNode.Table && !SweepAxis.IsCommon(entry.Name))
                        throw SweepNode.At(_path, entry.Line, $"there is no table [{entry.Name}]; there are: grid, learner");
                    Add(top, entry, null);
                    break;
            }
        }
        if (learners.Count == 0) throw new ArgumentException($"{_path} names no learner: add [[learner]] with name = \"ilc\", for example");
        if (grids.Count == 0) grids.Add([]);
        _blocks.AddRange(from grid in grids from learner in learners select Combine(top, grid, learner));
    }

    /// <summary>The axes of a learner in a grid: the inner ones count.</summary>
    private SweepBlock Combine(Dictionary<string, SweepAxis> top, Dictionary<string, SweepAxis> grid, LearnerTable table)
    {
        var axes = new Dictionary<string, SweepAxis>(top);
        foreach (SweepAxis axis in grid.Values.Concat(table.Axes.Values))
        {
            // A count and a list say the same thing.
            if (Counterpart(axis.Name) is string other) axes.Remove(other);
            axes[axis.Name] = axis;
        }
        if (s_required.FirstOrDefault(name => !axes.ContainsKey(name)) is string required)
            throw SweepNode.At(_path, table.Line, $"learner {table.Learner.Name} is given no {required}: a cell needs L, s, v, m and P");
        return new SweepBlock(_path, axes, table.Learner, table.Line);
    }

    /// <summary>One table, or several.</summary>
    private IEnumerable<SweepNode.Table> Tables(SweepNode.Entry entry) =>
        from node in entry.Node is SweepNode.Sequence list ? list.Items : [entry.Node]
        select node as SweepNode.Table ?? throw SweepNode.At(_path, node.Line, $"{entry.Name} is a table or a list of tables");

    private LearnerTable ReadLearner(SweepNode.Table table)
    {
        SweepNode.Entry name = table.Entries.FirstOrDefault(entry => entry.Name == "name") ?? throw SweepNode.At(_path, table.Line,
            $"this learner has no name; there are: {string.Join(", ", Catalog.All.Select(learner => learner.Name))}");
        Learner learner = name.Node is SweepNode.Text { Content: string text }
            ? SweepNode.Located(_path, name.Line, () => SweepCommands.IsCommand(table) ? AddCommand(text, table) : Catalog.Find(text))
            : throw SweepNode.At(_path, name.Line, "the name of a learner stands in quotes");
        bool command = learner is CommandLearner;
        IEnumerable<SweepNode.Entry> axes = table.Entries.Where(entry => entry != name && !(command && SweepCommands.IsOwn(entry)));
        return new LearnerTable(table.Line, learner, Axes(axes, learner));
    }

    /// <summary>A command is a learner of this file; a task on a cluster finds it by reading the file.</summary>
    private CommandLearner AddCommand(string name, SweepNode.Table table)
    {
        CommandLearner learner = SweepCommands.Read(_path, name, table);
        Catalog.Add(learner);
        if (!Assemblies.Contains(FullPath)) Assemblies = [.. Assemblies, FullPath];
        Fingerprint = CellKey.Of([.. Fingerprint.ToBytes(), .. System.Text.Encoding.UTF8.GetBytes($"{name} {learner.Version}")]);
        return learner;
    }

    private Dictionary<string, SweepAxis> Axes(IEnumerable<SweepNode.Entry> entries, Learner? learner)
    {
        var axes = new Dictionary<string, SweepAxis>();
        foreach (SweepNode.Entry entry in entries) Add(axes, entry, learner);
        return axes;
    }

    private void Add(Dictionary<string, SweepAxis> axes, SweepNode.Entry entry, Learner? learner)
    {
        var axis = SweepAxis.Read(_path, entry, learner);
        if (Counterpart(axis.Name) is string other && axes.ContainsKey(other))
            throw SweepNode.At(_path, entry.Line, $"{other} and {axis.Name} say the same thing: keep one of them");
        axes.Add(axis.Name, axis);
    }

    /// <summary>The other way of saying the same thing: a number of seeds, or their list.</summary>
    private static string? Counterpart(string name) => name switch
    {
        "grammars" => "grammar",
        "grammar" => "grammars",
        "seeds" => "seed",
        "seed" => "seeds",
        _ => null,
    };
}
