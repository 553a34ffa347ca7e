using System.Numerics;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>
/// A sweep file (TOML or JSON): which learners, on which grids of parameters. A parameter may stand at the top, in a [grid] or in a [learner];
/// the innermost counts. Its value is a number, a list, or in quotes an expression over other parameters, which may give a list too.
/// Every combination of the values is a cell. SweepFile.md beside this file describes the format.
/// </summary>
public sealed class SweepFile
{
    private const int MaxCells = 10_000_000;
    private const string AssembliesName = "assemblies";

    private static readonly string[] s_common = ["L", "s", "v", "m", "classes", "zipf", "P", "grammar", "seed", "held_out", "grammars", "seeds", "where"];

    private readonly string _path;
    private readonly List<(Dictionary<string, Axis> Axes, LearnerTable Learner)> _blocks = [];

    private SweepFile(string path, byte[] contents, LearnerCatalog catalog)
    {
        _path = path;
        Catalog = catalog;
        Fingerprint = CellKey.Of([.. contents, .. System.Text.Encoding.UTF8.GetBytes(
            $"model {LearningProblem.ModelVersion} {string.Join(' ', catalog.All.Select(learner => $"{learner.Name} {learner.Version}"))}")]);
    }

    /// <summary>The learners it may name: the project's, and those of its assemblies.</summary>
    public LearnerCatalog Catalog { get; }

    /// <summary>Changes with the contents of the file and with the versions of the learners.</summary>
    public CellKey Fingerprint { get; private set; }

    /// <summary>Full names of the assemblies with the user's learners.</summary>
    public IReadOnlyList<string> Assemblies { get; private set; } = [];

    /// <summary>The file's name without folder and ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(_path);

    /// <summary>Where it was read, as it was given.</summary>
    public string GivenPath => _path;

    /// <summary>Where it was read.</summary>
    public string FullPath => Path.GetFullPath(_path);

    /// <summary>What one parameter is given.</summary>
    /// <param name="Name">The parameter.</param>
    /// <param name="Line">Its line.</param>
    /// <param name="Items">Numbers and texts as they stand; expressions.</param>
    private sealed record Axis(string Name, int Line, IReadOnlyList<Item> Items);

    /// <summary>A literal value or an expression.</summary>
    private sealed record Item(int Line, Value? Literal, Expression? Expression);

    private sealed record LearnerTable(int Line, Learner Learner, Dictionary<string, Axis> Axes);

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
        string[] assemblies = [.. root.Entries.Where(entry => entry.Name == AssembliesName).SelectMany(entry => AddAssemblies(path, entry, catalog))];
        var sweep = new SweepFile(path, contents, catalog) { Assemblies = assemblies };
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
        foreach ((Dictionary<string, Axis> axes, LearnerTable learner) in _blocks) Expand(axes, learner, settings, cell =>
        {
            if (seen.Add(cell.Key)) cells.Add(cell);
            if (cells.Count > MaxCells) throw At(_path, learner.Line, $"the sweep has more than {MaxCells} cells");
        });
        if (cells.Count == 0) throw new ArgumentException($"{_path} has no cells: \"where\" excludes every combination");
        return cells;
    }

    private static ArgumentException At(string path, int line, string message) => SweepNode.At(path, line, message);

    private static List<string> AddAssemblies(string path, SweepNode.Entry entry, LearnerCatalog catalog)
    {
        if (entry.Node is not SweepNode.Sequence list) throw At(path, entry.Line, "assemblies is a list of .dll files");
        var files = new List<string>();
        foreach (SweepNode item in list.Items)
        {
            if (item is not SweepNode.Text { Content: string file }) throw At(path, item.Line, "assemblies is a list of .dll files");
            try
            {
                files.Add(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file));
                catalog.AddAssembly(files[^1]);
            }
            catch (ArgumentException error)
            {
                throw At(path, entry.Line, error.Message);
            }
        }
        return files;
    }

    private void Interpret(SweepNode.Table root)
    {
        var top = new Dictionary<string, Axis>();
        var grids = new List<Dictionary<string, Axis>>();
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
                    if (entry.Node is SweepNode.Table && !s_common.Contains(entry.Name)) throw At(_path, entry.Line, $"there is no table [{entry.Name}]; there are: grid, learner");
                    Add(top, entry, null);
                    break;
            }
        }
        if (learners.Count == 0) throw new ArgumentException($"{_path} names no learner: add [[learner]] with name = \"ilc\", for example");
        if (grids.Count == 0) grids.Add([]);
        foreach (Dictionary<string, Axis> grid in grids)
        {
            foreach (LearnerTable learner in learners)
            {
                var axes = new Dictionary<string, Axis>(top);
                foreach (Dictionary<string, Axis> inner in (Dictionary<string, Axis>[])[grid, learner.Axes])
                {
                    foreach ((string name, Axis axis) in inner)
                    {
                        // A count and a list say the same thing: the inner one counts.
                        if (name is "grammar" or "seed") axes.Remove(name + "s");
                        if (name is "grammars" or "seeds") axes.Remove(name[..^1]);
                        axes[name] = axis;
                    }
                }
                foreach (string required in (string[])["L", "s", "v", "m", "P"])
                {
                    if (!axes.ContainsKey(required)) throw At(_path, learner.Line, $"learner {learner.Learner.Name} is given no {required}: a cell needs L, s, v, m and P");
                }
                _blocks.Add((axes, learner));
            }
        }
    }

    /// <summary>One table, or several.</summary>
    private IEnumerable<SweepNode.Table> Tables(SweepNode.Entry entry) =>
        from node in entry.Node is SweepNode.Sequence list ? list.Items : [entry.Node]
        select node as SweepNode.Table ?? throw At(_path, node.Line, $"{entry.Name} is a table or a list of tables");

    private LearnerTable ReadLearner(SweepNode.Table table)
    {
        SweepNode.Entry name = table.Entries.FirstOrDefault(entry => entry.Name == "name")
            ?? throw At(_path, table.Line, $"this learner has no name; there are: {string.Join(", ", Catalog.All.Select(l => l.Name))}");
        Learner learner = name.Node is SweepNode.Text { Content: string text }
            ? Located(name.Line, () => Catalog.Find(text))
            : throw At(_path, name.Line, "the name of a learner stands in quotes");
        return new LearnerTable(table.Line, learner, Axes(table.Entries.Where(entry => entry != name), learner));
    }

    private Dictionary<string, Axis> Axes(IEnumerable<SweepNode.Entry> entries, Learner? learner)
    {
        var axes = new Dictionary<string, Axis>();
        foreach (SweepNode.Entry entry in entries) Add(axes, entry, learner);
        return axes;
    }

    private T Located<T>(int line, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (ArgumentException error)
        {
            throw At(_path, line, error.Message);
        }
    }

    private void Add(Dictionary<string, Axis> axes, SweepNode.Entry entry, Learner? learner)
    {
        (string name, int line) = (entry.Name, entry.Line);
        LearnerParameter? own = learner?.Parameters.FirstOrDefault(parameter => parameter.Name == name);
        if (own is null && !s_common.Contains(name))
        {
            string[] known = [.. s_common, .. learner?.Parameters.Select(parameter => parameter.Name) ?? []];
            string nearest = known.MinBy(candidate => Distance(name, candidate))!;
            throw At(_path, line, $"unknown parameter \"{name}\"" + (learner is null ? "" : $" of learner {learner.Name}")
                + (Distance(name, nearest) <= 2 ? $": did you mean {nearest}?" : $"; there are: {string.Join(", ", known)}"));
        }
        string? twin = name switch { "grammars" => "grammar", "grammar" => "grammars", "seeds" => "seed", "seed" => "seeds", _ => null };
        if (twin is not null && axes.ContainsKey(twin)) throw At(_path, line, $"{twin} and {name} say the same thing: keep one of them");
        bool text = own is not null && (own.Type.IsEnum || own.Type == typeof(string));
        Item Of(SweepNode node) => node switch
        {
            SweepNode.Text { Content: string content } => text || (own?.Optional == true && content == "none")
                ? new Item(node.Line, new Value.Text(content), null)
                : new Item(node.Line, null, Located(node.Line, () => Expression.Parse(content))),
            SweepNode.Flag flag when own?.Type == typeof(bool) => new Item(node.Line, Value.Of(flag.Value ? 1 : 0), null),
            SweepNode.Flag flag => throw At(_path, node.Line, $"{name} = {(flag.Value ? "true" : "false")} is no number or text"),
            SweepNode.Number number => new Item(node.Line, Value.Parse(number.Digits) ?? throw At(_path, node.Line, $"{name} = {number.Digits} is no finite number"), null),
            SweepNode.Other other => throw At(_path, node.Line, $"{name} = {other.Source} is neither a number, a text, a flag nor a list of these"),
            _ => throw At(_path, node.Line, $"{name} is neither a number, a text, a flag nor a list of these"),
        };
        IReadOnlyList<Item> items = entry.Node is SweepNode.Sequence list ? [.. list.Items.Select(Of)] : [Of(entry.Node)];
        if (items.Count == 0) throw At(_path, line, $"{name} has no values: the grid is empty");
        if (name == "where" && items is not [{ Expression: not null }]) throw At(_path, line, "where is a condition in quotes, such as \"m <= v\"");
        if (name is "grammars" or "seeds" && items.Count != 1) throw At(_path, line, $"{name} is a number of them; a list of seeds is {twin}");
        axes.Add(name, new Axis(name, line, items));
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0]++;
            for (int j = 0; j < b.Length; j++)
            {
                int change = diagonal + (char.ToLowerInvariant(a[i]) == char.ToLowerInvariant(b[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, Math.Min(row[j], diagonal) + 1);
            }
        }
        return row[^1];
    }

    private void Expand(Dictionary<string, Axis> axes, LearnerTable table, Dictionary<string, LearnerSettings> known, Action<Cell> add)
    {
        Axis? where = axes.GetValueOrDefault("where");
        List<Axis> order = Order(axes, table.Learner);
        var values = new Dictionary<string, object>();
        Visit(0);

        Value LookUp(string name) => values.TryGetValue(name, out object? value) ? value switch
        {
            bool flag => Value.Of(flag ? 1 : 0),
            int or long => Value.Of(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)),
            double number => Value.Parse(LearnerParameter.Format(number)) ?? Value.Of(number),
            _ => new Value.Text(LearnerParameter.Format(value)),
        }
        : name switch
        {
            "learner" => new Value.Text(table.Learner.Name),
            "classes" => LookUp("v"),
            "zipf" => Value.Of(0),
            "grammar" or "seed" => Value.Of(1),
            "held_out" => Value.Of(2000),
            _ => table.Learner.Parameters.FirstOrDefault(parameter => parameter.Name == name) is { } parameter
                ? parameter.Default is IFormattable and not Enum ? Value.Parse(LearnerParameter.Format(parameter.Default))!
                    : parameter.Default is bool flag ? Value.Of(flag ? 1 : 0) : new Value.Text(LearnerParameter.Format(parameter.Default))
                : throw new ArgumentException($"there is no parameter \"{name}\" here"),
        };

        void Visit(int depth)
        {
            if (depth == order.Count)
            {
                if (where is null || Located(where.Line, () => where.Items[0].Expression!.IsTrue(LookUp))) add(CreateCell(values, axes, table, known));
                return;
            }
            Axis axis = order[depth];
            string name = axis.Name is "grammars" or "seeds" ? axis.Name[..^1] : axis.Name;
            Type type = TypeOf(name, table.Learner);
            bool optional = table.Learner.Parameters.FirstOrDefault(parameter => parameter.Name == name)?.Optional == true;
            bool any = false;
            foreach (Item item in axis.Items)
            {
                Value value = item.Literal ?? Located(item.Line, () => item.Expression!.Evaluate(LookUp));
                IReadOnlyList<Value> all = value is Value.List list ? list.Items : [value];
                if (axis.Name != name) all = Located(item.Line, () => Count(axis.Name, all));
                foreach (Value one in all)
                {
                    any = true;
                    values[name] = optional && one is Value.Text { Content: "none" } ? LearnerParameter.None
                        : Located(item.Line, () => Convert_(name, one, type, item.Literal is not null));
                    Visit(depth + 1);
                }
            }
            if (!any) throw At(_path, axis.Line, $"{axis.Name} has no values: the grid is empty");
            values.Remove(name);
        }
    }

    /// <summary>grammars = 3 stands for the seeds 1, 2, 3.</summary>
    private static IReadOnlyList<Value> Count(string name, IReadOnlyList<Value> value)
    {
        BigInteger count = value is [Value.Number number] ? number.Round() : throw new ArgumentException($"{name} is a number of them; a list of seeds is {name[..^1]}");
        if (count < 1 || count > 1_000_000) throw new ArgumentException($"{name} = {count} is outside 1..1000000");
        return [.. Enumerable.Range(1, (int)count).Select(i => Value.Of(i))];
    }

    /// <summary>Parameters behind those that their expressions mention; else in the order of the file.</summary>
    private List<Axis> Order(Dictionary<string, Axis> axes, Learner learner)
    {
        var order = new List<Axis>();
        var waiting = axes.Values.Where(axis => axis.Name != "where").ToList();
        while (waiting.Count > 0)
        {
            Axis? next = waiting.Find(axis => !Mentions(axis).Any(name => waiting.Any(other => other.Name == name || other.Name == name + "s")));
            if (next is null) throw At(_path, waiting[0].Line, $"{string.Join(" and ", waiting.Select(axis => axis.Name))} are defined by one another in a circle");
            foreach (string name in Mentions(next))
            {
                if (!Cell.Common.Contains(name) && learner.Parameters.All(parameter => parameter.Name != name))
                    throw At(_path, next.Line, $"{next.Name} mentions \"{name}\", which is no parameter of learner {learner.Name}");
            }
            order.Add(next);
            waiting.Remove(next);
        }
        return order;
    }

    private static IEnumerable<string> Mentions(Axis axis) => axis.Items.SelectMany(item => item.Expression?.Names ?? []);

    private static Type TypeOf(string name, Learner learner) => name switch
    {
        "L" or "s" or "v" or "m" or "classes" => typeof(int),
        "P" or "grammar" or "seed" or "held_out" => typeof(long),
        "zipf" => typeof(double),
        _ => learner.Parameters.First(parameter => parameter.Name == name).Type,
    };

    /// <summary>A value of the parameter's type. A computed number is rounded to an integer, a half away from zero; a written one must be one.</summary>
    private static object Convert_(string name, Value value, Type type, bool written)
    {
        if (type.IsEnum)
        {
            string text = value is Value.Text t ? t.Content : value.ToString()!;
            return Enum.GetValues(type).Cast<object>().FirstOrDefault(choice => LearnerParameter.Format(choice) == text)
                ?? throw new ArgumentException($"{name} = \"{text}\" is none of: {string.Join(", ", Enum.GetValues(type).Cast<object>().Select(LearnerParameter.Format))}");
        }
        if (type == typeof(string)) return value is Value.Text content ? content.Content : throw new ArgumentException($"{name} = {value} is no text");
        if (value is not Value.Number number) throw new ArgumentException($"{name} = {value} is no number");
        if (type == typeof(bool))
            return number.Approximate is 0 or 1 ? number.Approximate == 1 : throw new ArgumentException($"{name} = {number} is neither true nor false");
        if (type == typeof(double))
            return double.IsFinite(number.Approximate) ? number.Approximate + 0.0 : throw new ArgumentException($"{name} = {number} is no finite number");
        BigInteger integer = number.Round();
        if (written && number.CompareTo((Value.Number)Value.Of(integer)) != 0) throw new ArgumentException($"{name} = {number} is no integer");
        (BigInteger least, BigInteger most) = type == typeof(int) ? ((BigInteger)int.MinValue, (BigInteger)int.MaxValue)
            : name is "grammar" or "seed" ? (0, long.MaxValue) : name is "held_out" ? (1, long.MaxValue) : (long.MinValue, long.MaxValue);
        if (integer < least || integer > most) throw new ArgumentException($"{name} = {integer} is outside {least}..{most}");
        return type == typeof(int) ? (object)(int)integer : (long)integer;
    }

    private Cell CreateCell(Dictionary<string, object> values, Dictionary<string, Axis> axes, LearnerTable table, Dictionary<string, LearnerSettings> known)
    {
        Dictionary<string, object> chosen = [];
        foreach (LearnerParameter parameter in table.Learner.Parameters)
        {
            if (values.TryGetValue(parameter.Name, out object? value)) chosen[parameter.Name] = value;
        }
        string name = table.Learner.Name + string.Concat(chosen.Select(pair => $"\n{pair.Key}={LearnerParameter.Format(pair.Value)}"));
        if (!known.TryGetValue(name, out LearnerSettings? settings)) known[name] = settings = LearnerSettings.Of(table.Learner, chosen);
        try
        {
            var shape = new GrammarShape((int)values["L"], (int)values["s"], (int)values["v"], (int)values["m"], values.TryGetValue("classes", out object? classes) ? (int)classes : null);
            var cell = new Cell(shape, values.TryGetValue("zipf", out object? zipf) ? (double)zipf : 0, (long)values["P"],
                (long)values.GetValueOrDefault("grammar", 1L), (long)values.GetValueOrDefault("seed", 1L), (long)values.GetValueOrDefault("held_out", 2000L), settings);
            if (cell.Zipf < 0) throw new ArgumentException($"zipf = {cell.Zipf} must be at least 0");
            _ = shape.TokenCount;
            table.Learner.Require(shape, cell.Samples, settings.Options);
            return cell;
        }
        catch (ArgumentException error)
        {
            // The line of the parameter that the message begins with, else of the learner.
            string? named = axes.Keys.Where(key => error.Message.Contains($" {key} = ", StringComparison.Ordinal) || error.Message.StartsWith($"{key} = ", StringComparison.Ordinal))
                .MinBy(key => error.Message.IndexOf($"{key} = ", StringComparison.Ordinal));
            throw At(_path, named is null ? table.Line : axes[named].Line, error.Message + (named == "m" ? " (where = \"...\" leaves combinations out)" : ""));
        }
    }
}
