using System.Numerics;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>What one parameter is given in a sweep file.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Line">Its line.</param>
/// <param name="Items">Numbers and texts as they stand; expressions.</param>
internal sealed record SweepAxis(string Name, int Line, IReadOnlyList<SweepAxis.Item> Items)
{
    private const string Where = "where";

    private static readonly LearnerParameter[] s_kinds =
        [.. CellBuilder.OfRuns.Concat(CellBuilder.OfThresholds).Append(CellBuilder.SearchStart).DistinctBy(parameter => parameter.Name)];

    private static readonly string[] s_common = [.. s_kinds.Select(parameter => parameter.Name), "grammars", "seeds", Where];

    /// <summary>A literal value or an expression.</summary>
    public sealed record Item(int Line, Value? Literal, Expression? Expression);

    /// <summary>The parameter whose values it gives: grammar for grammars.</summary>
    public string Parameter => IsCount ? Name[..^1] : Name;

    /// <summary>The names whose values it needs: those that its expressions mention.</summary>
    public IEnumerable<string> Mentions => Items.SelectMany(item => item.Expression?.Names ?? [])
        .Concat(Name == "grammars" ? [RunBuilder.Seeding] : []);

    /// <summary>Whether it gives the number of values and not the values.</summary>
    private bool IsCount => Name is "grammars" or "seeds";

    /// <summary>Whether a name may stand at the top and in grids: a parameter of cells, and not of a learner.</summary>
    public static bool IsCommon(string name) => s_common.Contains(name) || s_kinds.Any(parameter => parameter.IsNamed(name));

    /// <summary>Whether expressions mean a parameter of cells by a name.</summary>
    public static bool IsKey(string name) => s_common.Contains(name);

    /// <summary>The axis of an entry of a file.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="table">The learner or function in whose table it stands; null elsewhere.</param>
    /// <exception cref="ArgumentException">It makes no sense; with the line.</exception>
    public static SweepAxis Read(string path, SweepNode.Entry entry, CellBuilder? table)
    {
        int line = entry.Line;
        LearnerParameter? own = table?.FindOwn(entry.Name);
        if (own is null && !IsCommon(entry.Name)) throw Unknown(path, line, entry.Name, table);
        own ??= s_kinds.FirstOrDefault(parameter => parameter.IsNamed(entry.Name));
        string name = own?.Name ?? entry.Name;
        Item[] items = entry.Node is SweepNode.Sequence list
            ? [.. list.Items.Select(node => ReadItem(path, name, node, own))]
            : [ReadItem(path, name, entry.Node, own)];
        var axis = new SweepAxis(name, line, items);
        if (items.Length == 0) throw SweepNode.At(path, line, $"{name} has no values: the grid is empty");
        if (name == Where && items is not [{ Expression: not null }])
            throw SweepNode.At(path, line, "where is a condition in quotes, such as \"m <= v\"");
        if (axis.IsCount && items.Length != 1)
            throw SweepNode.At(path, line, $"{name} is a number of them; a list of seeds is {axis.Parameter}");
        return axis;
    }

    /// <summary>The values of an item where other parameters have theirs.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="item">One of its items.</param>
    /// <param name="lookUp">Values of other parameters.</param>
    /// <param name="numbered">Whether grammars are counted from 0.</param>
    public IReadOnlyList<Value> ValuesOf(string path, Item item, Func<string, Value> lookUp, bool numbered) =>
        SweepNode.Located(path, item.Line, () =>
        {
            Value value = item.Literal ?? item.Expression!.Evaluate(lookUp);
            IReadOnlyList<Value> values = value is Value.List list ? list.Items : [value];
            return IsCount ? Count(values, first: numbered && Name == "grammars" ? 0 : 1) : values;
        });

    /// <summary>grammars = 3 stands for the seeds 1, 2, 3, or for the numbers 0, 1, 2.</summary>
    private IReadOnlyList<Value> Count(IReadOnlyList<Value> value, int first)
    {
        BigInteger count = value is [Value.Number number]
            ? number.Round()
            : throw new ArgumentException($"{Name} is a number of them; a list of seeds is {Parameter}");
        if (count < 1 || count > 1_000_000) throw new ArgumentException($"{Name} = {count} is outside 1..1000000");
        return [.. Enumerable.Range(first, (int)count).Select(i => Value.Of(i))];
    }

    /// <summary>A value as it stands in a file.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="name">What it is given to.</param>
    /// <param name="node">The value.</param>
    /// <param name="own">The parameter, where it is one.</param>
    public static Item ReadItem(string path, string name, SweepNode node, LearnerParameter? own)
    {
        bool text = own is not null && (own.Type.IsEnum || own.Type == typeof(string));
        ArgumentException Wrong(string reason) => SweepNode.At(path, node.Line, $"{name}{reason}");
        return node switch
        {
            SweepNode.Text { Content: string content } => text || (own?.Optional == true && content == "none")
                ? new Item(node.Line, new Value.Text(content), null)
                : new Item(node.Line, null, SweepNode.Located(path, node.Line, () => Expression.Parse(content))),
            SweepNode.Flag flag when own?.Type == typeof(bool) => new Item(node.Line, Value.Of(flag.Value ? 1 : 0), null),
            SweepNode.Flag flag => throw Wrong($" = {(flag.Value ? "true" : "false")} is no number or text"),
            SweepNode.Number number => new Item(node.Line,
                Value.Parse(number.Digits) ?? throw Wrong($" = {number.Digits} is no finite number"), null),
            SweepNode.Other other => throw Wrong($" = {other.Source} is neither a number, a text, a flag nor a list of these"),
            _ => throw Wrong(" is neither a number, a text, a flag nor a list of these"),
        };
    }

    private static ArgumentException Unknown(string path, int line, string name, CellBuilder? table)
    {
        string[] known = [.. s_common, .. table?.Own.Select(parameter => parameter.Name) ?? []];
        string? nearest = NearestName.Of(name, known);
        string hint = nearest is null ? $"; there are: {string.Join(", ", known)}" : $": did you mean {nearest}?";
        return SweepNode.At(path, line, $"unknown parameter \"{name}\"{(table is null ? "" : $" of {table.Name}")}{hint}");
    }
}
