using Rhm.Commands;
using Rhm.Files;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>
/// A sweep file (TOML or JSON): which learners or functions, on which grids of parameters. A parameter may stand at the top, in a [grid],
/// or in a [learner] or [cell]; the innermost counts. Its value is a number, a list, or in quotes an expression over other parameters,
/// which may give a list too. Every combination of the values is a cell. SweepFile.md beside this file describes the format.
/// </summary>
public sealed class SweepFile
{
    /// <summary>Cells that a sweep can have.</summary>
    internal const int MaxCells = 10_000_000;

    private const int MaxBytes = 1 << 24;
    private const string AssembliesName = "assemblies", KindName = "kind", SeriesName = "series", ValuesName = "values";

    private readonly string _path;
    private readonly Action<string>? _log;
    private readonly List<SweepBlock> _blocks = [];
    private readonly Dictionary<string, Value> _values = [];

    private SweepFile(string path, byte[] contents, IReadOnlyDictionary<string, IReadOnlyList<double>> given, CellCatalog catalog,
        Action<string>? log)
    {
        (_path, _log) = (path, log);
        Catalog = catalog;
        IEnumerable<string> versions = [$"model {LearningProblem.ModelVersion}",
            .. catalog.Learners.All.Select(learner => $"{learner.Name} {learner.Version}"),
            .. catalog.Functions.Select(function => $"{function.Name} {function.Version}"),
            .. given.Select(pair => $"{pair.Key} = {ResultStore.Numbers(pair.Value)}")];
        Fingerprint = CellKey.Of([.. contents, .. System.Text.Encoding.UTF8.GetBytes(string.Join(' ', versions))]);
    }

    /// <summary>The learners and functions that it may name: the program's, and those of its assemblies.</summary>
    public CellCatalog Catalog { get; }

    /// <summary>Changes with the contents of the file and with the versions of the learners and functions.</summary>
    public CellKey Fingerprint { get; private set; }

    /// <summary>Full names of the files with the user's learners: assemblies, and this one where it has commands.</summary>
    public IReadOnlyList<string> Assemblies { get; private set; } = [];

    /// <summary>The file's name without folder and ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(_path);

    /// <summary>Where it was read, as it was given.</summary>
    public string GivenPath => _path;

    /// <summary>Where it was read.</summary>
    public string FullPath => Path.GetFullPath(_path);

    private sealed record CellTable(int Line, CellBuilder Builder, Dictionary<string, SweepAxis> Axes);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The .toml or .json file.</param>
    /// <param name="functions">Functions that it may call by name.</param>
    /// <exception cref="ArgumentException">It cannot be read or says what makes no sense; the message names the line.</exception>
    public static SweepFile Read(string path, IEnumerable<CellFunction>? functions = null)
    {
        byte[] contents = InputFile.ReadBytes(path, MaxBytes);
        return Parse(path, contents, new Dictionary<string, IReadOnlyList<double>>(), functions);
    }

    /// <summary>Reads the contents of a file, with other values in the place of some that it names.</summary>
    /// <param name="path">Its name, for messages; its ending says whether it is TOML or JSON.</param>
    /// <param name="contents">What is in it.</param>
    /// <param name="given">Values for names of its [values].</param>
    /// <param name="functions">Functions that it may call by name.</param>
    /// <param name="log">Receives what commands write to their standard error; a file beside the sweep file where nothing is said.</param>
    /// <exception cref="ArgumentException">It says what makes no sense, or has no such names.</exception>
    public static SweepFile Parse(string path, byte[] contents, IReadOnlyDictionary<string, IReadOnlyList<double>> given,
        IEnumerable<CellFunction>? functions = null, Action<string>? log = null)
    {
        ArgumentNullException.ThrowIfNull(given);
        SweepNode.Table root = SweepNode.Parse(path, contents);
        var catalog = new CellCatalog(functions);
        IEnumerable<SweepNode.Entry> assemblies = root.Entries.Where(entry => entry.Name == AssembliesName);
        var sweep = new SweepFile(path, contents, given, catalog, log)
        {
            Assemblies = [.. assemblies.SelectMany(entry => AddAssemblies(path, entry, catalog.Learners))],
        };
        sweep.ReadValues(root, given);
        sweep.Interpret(root);
        return sweep;
    }

    /// <summary>Whether a name ends like that of a sweep file: .toml or .json.</summary>
    /// <param name="path">The name.</param>
    public static bool IsNamedAsOne(string path) => SweepNode.IsSweepFile(path);

    /// <summary>All cells, in the order of the file; those that a "where" excludes and repetitions left out.</summary>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">A parameter has no value or a wrong one, or there is no cell at all; with the line.</exception>
    public IReadOnlyList<Cell> Cells(CancellationToken cancellation = default)
    {
        List<Cell> cells = Expand(leftOut: false, cancellation: cancellation);
        return cells.Count > 0 ? cells : throw new ArgumentException($"{_path} has no cells: \"where\" excludes every combination");
    }

    /// <summary>The same, but for cells that stand in several series: these are there once for each.</summary>
    public IReadOnlyList<Cell> SeriesCells() => Expand(leftOut: false, bySeries: true);

    /// <summary>Cells that a "where" excludes, as far as they make sense, once for each series.</summary>
    public IReadOnlyList<Cell> LeftOut() => Expand(leftOut: true, bySeries: true);

    /// <summary>A value that the file names.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">It names none so.</exception>
    public IReadOnlyList<double> ValuesOf(string name)
    {
        Value value = _values.GetValueOrDefault(name) ?? throw new ArgumentException($"{_path} names no value \"{name}\"");
        IReadOnlyList<Value> items = value is Value.List list ? list.Items : [value];
        return [.. items.Select(item => item is Value.Number number
            ? number.Approximate
            : throw new ArgumentException($"{_path}: value {name} = {item} is no number"))];
    }

    private List<Cell> Expand(bool leftOut, bool bySeries = false, CancellationToken cancellation = default)
    {
        var cells = new List<Cell>();
        var seen = new HashSet<(CellKey, string)>();
        var settings = new Dictionary<string, LearnerSettings>();
        foreach (SweepBlock block in _blocks)
        {
            block.Expand(settings, leftOut, cell =>
            {
                cancellation.ThrowIfCancellationRequested();
                if (seen.Add((cell.Key, bySeries ? cell.Series : ""))) cells.Add(cell);
                if (cells.Count > MaxCells) throw SweepNode.At(_path, block.Line, $"the sweep has more than {MaxCells} cells");
            }, cancellation);
        }
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

    /// <summary>The values that the file names, or that are given in their place; later ones may mention earlier ones.</summary>
    private void ReadValues(SweepNode.Table root, IReadOnlyDictionary<string, IReadOnlyList<double>> given)
    {
        IEnumerable<SweepNode.Table> tables = root.Entries.Where(entry => entry.Name == ValuesName).SelectMany(Tables);
        foreach (SweepNode.Entry entry in tables.SelectMany(table => table.Entries))
        {
            string name = entry.Name;
            if (SweepAxis.IsKey(name)) throw SweepNode.At(_path, entry.Line, $"{name} is a parameter: a value needs another name");
            if (_values.ContainsKey(name)) throw SweepNode.At(_path, entry.Line, $"{name} is given twice");
            _values[name] = given.TryGetValue(name, out IReadOnlyList<double>? other)
                ? OneOrList([.. other.Select(number => Cell.ToValue(number))])
                : OneOrList([.. (entry.Node is SweepNode.Sequence list ? list.Items : [entry.Node]).Select(node => ValueOf(name, node))]);
        }
        if (given.Keys.FirstOrDefault(name => !_values.ContainsKey(name)) is string unknown)
            throw new ArgumentException($"{_path} names no value \"{unknown}\"; it names: {string.Join(", ", _values.Keys)}");
    }

    private static Value OneOrList(IReadOnlyList<Value> values) => values.Count == 1 ? values[0] : new Value.List(values);

    private Value ValueOf(string name, SweepNode node)
    {
        SweepAxis.Item item = SweepAxis.ReadItem(_path, name, node, null);
        return item.Literal ?? SweepNode.Located(_path, node.Line, () => item.Expression!.Evaluate(other =>
            _values.GetValueOrDefault(other) ?? throw new ArgumentException($"there is no value \"{other}\" above {name}")));
    }

    private void Interpret(SweepNode.Table root)
    {
        string kind = Text(root, KindName) ?? RunCell.KindName;
        var top = new Dictionary<string, SweepAxis>();
        var grids = new List<Dictionary<string, SweepAxis>>();
        var tables = new List<CellTable>();
        foreach (SweepNode.Entry entry in root.Entries)
        {
            switch (entry.Name)
            {
                case AssembliesName or ValuesName or KindName:
                    break;
                case "grid":
                    foreach (SweepNode.Table table in Tables(entry)) grids.Add(Axes(table.Entries, null));
                    break;
                case "learner":
                    foreach (SweepNode.Table table in Tables(entry)) tables.Add(ReadLearner(table, kind));
                    break;
                case "cell":
                    foreach (SweepNode.Table table in Tables(entry)) tables.Add(ReadFunction(table));
                    break;
                default:
                    if (entry.Node is SweepNode.Table && !SweepAxis.IsCommon(entry.Name))
                        throw SweepNode.At(_path, entry.Line, $"there is no table [{entry.Name}]; there are: values, grid, learner, cell");
                    Add(top, entry, null);
                    break;
            }
        }
        if (tables.Count == 0) throw new ArgumentException($"{_path} names no learner: add [[learner]] with name = \"ilc\", for example");
        if (grids.Count == 0) grids.Add([]);
        HashSet<string> elsewhere = [.. tables.SelectMany(table => table.Builder.Parameters).Select(parameter => parameter.Name)];
        _blocks.AddRange(from grid in grids from table in tables select Combine(top, grid, table, elsewhere));
        HashSet<string> used = [.. _blocks.SelectMany(block => block.Axes).Select(axis => axis.Name), "where"];
        if (top.Values.Concat(grids.SelectMany(grid => grid.Values)).FirstOrDefault(axis => !used.Contains(axis.Name)) is { } stray)
            throw SweepNode.At(_path, stray.Line, $"no learner or cell of the file has a parameter {stray.Parameter}");
    }

    /// <summary>The axes of a learner or function in a grid: the inner ones count.</summary>
    private SweepBlock Combine(Dictionary<string, SweepAxis> top, Dictionary<string, SweepAxis> grid, CellTable table,
        HashSet<string> elsewhere)
    {
        var axes = new Dictionary<string, SweepAxis>(top);
        foreach (SweepAxis axis in grid.Values.Concat(table.Axes.Values))
        {
            // A count and a list say the same thing.
            if (Counterpart(axis.Name) is string other) axes.Remove(other);
            axes[axis.Name] = axis;
        }
        if (table.Builder.Required.FirstOrDefault(name => !axes.ContainsKey(name)) is string required)
        {
            throw SweepNode.At(_path, table.Line, $"{table.Builder.Name} is given no {required}: "
                + $"a cell needs {string.Join(", ", table.Builder.Required.SkipLast(1))} and {table.Builder.Required[^1]}");
        }
        return new SweepBlock(_path, axes, _values, elsewhere, table.Builder, table.Line);
    }

    /// <summary>One table, or several.</summary>
    private IEnumerable<SweepNode.Table> Tables(SweepNode.Entry entry) =>
        from node in entry.Node is SweepNode.Sequence list ? list.Items : [entry.Node]
        select node as SweepNode.Table ?? throw SweepNode.At(_path, node.Line, $"{entry.Name} is a table or a list of tables");

    /// <summary>The text that a table gives to a name; null where it gives none.</summary>
    private string? Text(SweepNode.Table table, string name) => table.Entries.FirstOrDefault(entry => entry.Name == name) is not { } entry
        ? null
        : entry.Node is SweepNode.Text { Content: string text } ? text : throw SweepNode.At(_path, entry.Line, $"{name} stands in quotes");

    private CellTable ReadLearner(SweepNode.Table table, string kind)
    {
        SweepNode.Entry name = table.Entries.FirstOrDefault(entry => entry.Name == "name") ?? throw SweepNode.At(_path, table.Line,
            $"this learner has no name; there are: {string.Join(", ", Catalog.Learners.All.Select(learner => learner.Name))}");
        Learner learner = name.Node is SweepNode.Text { Content: string text }
            ? SweepNode.Located(_path, name.Line,
                () => SweepCommands.IsCommand(table) ? AddCommand(text, table) : Catalog.Learners.Find(text))
            : throw SweepNode.At(_path, name.Line, "the name of a learner stands in quotes");
        string series = Text(table, SeriesName) ?? learner.Name;
        CellBuilder builder = (Text(table, KindName) ?? kind) switch
        {
            RunCell.KindName => new RunBuilder(learner) { Series = series },
            ThresholdCell.KindName => new ThresholdBuilder(learner) { Series = series },
            string other => throw SweepNode.At(_path, table.Line,
                $"kind = \"{other}\" of a learner is none of: {RunCell.KindName}, {ThresholdCell.KindName}; other kinds stand in [[cell]]"),
        };
        bool command = learner is CommandLearner;
        bool IsOwn(SweepNode.Entry entry) =>
            entry.Name is "name" or KindName or SeriesName || (command && SweepCommands.IsOwn(entry));
        return new CellTable(table.Line, builder, Axes(table.Entries.Where(entry => !IsOwn(entry)), builder));
    }

    /// <summary>A command is a learner of this file; a task on a cluster finds it by reading the file.</summary>
    private CommandLearner AddCommand(string name, SweepNode.Table table)
    {
        CommandLearner learner = SweepCommands.Read(_path, name, table, _log);
        Catalog.Learners.Add(learner);
        if (!Assemblies.Contains(FullPath)) Assemblies = [.. Assemblies, FullPath];
        Fingerprint = CellKey.Of([.. Fingerprint.ToBytes(), .. System.Text.Encoding.UTF8.GetBytes($"{name} {learner.Version}")]);
        return learner;
    }

    private CellTable ReadFunction(SweepNode.Table table)
    {
        string kind = Text(table, KindName) ?? throw SweepNode.At(_path, table.Line,
            $"this cell has no kind; there are: {string.Join(", ", Catalog.Functions.Select(function => function.Name))}");
        CellFunction function = SweepNode.Located(_path, table.Line, () => Catalog.Find(kind));
        var builder = new FunctionBuilder(function) { Series = Text(table, SeriesName) ?? kind };
        return new CellTable(table.Line, builder, Axes(table.Entries.Where(entry => entry.Name is not (KindName or SeriesName)), builder));
    }

    private Dictionary<string, SweepAxis> Axes(IEnumerable<SweepNode.Entry> entries, CellBuilder? table)
    {
        var axes = new Dictionary<string, SweepAxis>();
        foreach (SweepNode.Entry entry in entries) Add(axes, entry, table);
        return axes;
    }

    private void Add(Dictionary<string, SweepAxis> axes, SweepNode.Entry entry, CellBuilder? table)
    {
        var axis = SweepAxis.Read(_path, entry, table);
        if (Counterpart(axis.Name) is string other && axes.ContainsKey(other))
            throw SweepNode.At(_path, entry.Line, $"{other} and {axis.Name} say the same thing: keep one of them");
        if (!axes.TryAdd(axis.Name, axis)) throw SweepNode.At(_path, entry.Line, $"{axis.Name} is given twice");
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
