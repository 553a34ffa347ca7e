using System.Numerics;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>A grid with one learner or function: every combination of the values of its axes is a cell.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="axes">The axes by name; those that its cells do not have are left out.</param>
/// <param name="names">Values that the file names.</param>
/// <param name="elsewhere">Names of the parameters of all learners and functions of the file.</param>
/// <param name="builder">Makes the cells.</param>
/// <param name="line">Line of the learner's or function's table.</param>
internal sealed class SweepBlock(string path, IReadOnlyDictionary<string, SweepAxis> axes, IReadOnlyDictionary<string, Value> names,
    IReadOnlySet<string> elsewhere, CellBuilder builder, int line)
{
    private const string Where = "where";

    private readonly Dictionary<string, object> _values = [];

    /// <summary>Line of the table.</summary>
    public int Line => line;

    /// <summary>The axes that count here.</summary>
    public IEnumerable<SweepAxis> Axes => axes.Values.Where(axis => axis.Name == Where || builder.Find(axis.Parameter) is not null);

    /// <summary>Values, by their numbers, with which the condition can still be met; below the last one nothing.</summary>
    private sealed class Allowed : Dictionary<int, Allowed>;

    /// <summary>Hands over the cells one by one.</summary>
    /// <param name="settings">Settings of learners that cells share; those of this block are added.</param>
    /// <param name="excluded">Whether those are wanted that "where" excludes, as far as they make sense, instead of the others.</param>
    /// <param name="add">Receives the cells.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">A value makes no sense; with the line.</exception>
    public void Expand(Dictionary<string, LearnerSettings> settings, bool excluded, Action<Cell> add, CancellationToken cancellation)
    {
        List<SweepAxis> order = Order();
        HashSet<SweepAxis> asked = Asked(order);
        _values.Clear();
        // What the condition asks for comes first, so that nothing is combined with what it excludes.
        Allowed? allowed = axes.ContainsKey(Where) && !excluded ? Meeting([.. order.Where(asked.Contains)], cancellation) : null;
        if (allowed is { Count: 0 }) return;
        Visit(order, allowed, asked, _ =>
        {
            cancellation.ThrowIfCancellationRequested();
            if ((!excluded || !Holds()) && Create(settings, excluded) is { } cell) add(cell);
        });
    }

    private bool Holds() => axes.GetValueOrDefault(Where) is not { } where
        || SweepNode.Located(path, where.Line, () => where.Items[0].Expression!.IsTrue(LookUp));

    /// <summary>The axes that the condition mentions, and those that these are made from.</summary>
    private HashSet<SweepAxis> Asked(List<SweepAxis> order)
    {
        var asked = new HashSet<SweepAxis>();
        HashSet<string> mentioned = [.. axes.GetValueOrDefault(Where)?.Mentions ?? []];
        foreach (SweepAxis axis in Enumerable.Reverse(order))
        {
            // As many classes as symbols where nothing is said.
            if (mentioned.Contains("classes")) mentioned.Add("v");
            if (!mentioned.Contains(axis.Parameter)) continue;
            asked.Add(axis);
            mentioned.UnionWith(axis.Mentions);
        }
        return asked;
    }

    /// <summary>The combinations of some axes that meet the condition.</summary>
    private Allowed Meeting(List<SweepAxis> some, CancellationToken cancellation)
    {
        var met = new Allowed();
        long tried = 0;
        Visit(some, null, [], numbers =>
        {
            cancellation.ThrowIfCancellationRequested();
            if (++tried > SweepFile.MaxCells)
                throw SweepNode.At(path, axes[Where].Line, $"where is asked of more than {SweepFile.MaxCells} combinations");
            if (!Holds()) return;
            Allowed at = met;
            foreach (int number in numbers)
            {
                if (!at.TryGetValue(number, out Allowed? next)) at[number] = next = [];
                at = next;
            }
            if (numbers.Length == 0) met[0] = [];
        });
        return met;
    }

    /// <summary>Every combination of the values of some axes.</summary>
    /// <param name="order">The axes, each behind those that it mentions.</param>
    /// <param name="allowed">Which combinations of the asked ones count; null for all.</param>
    /// <param name="asked">Those on which that depends.</param>
    /// <param name="leaf">Receives the values' numbers; the values themselves are then looked up.</param>
    private void Visit(List<SweepAxis> order, Allowed? allowed, HashSet<SweepAxis> asked, Action<int[]> leaf)
    {
        var numbers = new int[order.Count];
        At(0, allowed);

        void At(int depth, Allowed? within)
        {
            if (depth == order.Count)
            {
                leaf(numbers);
                return;
            }
            SweepAxis axis = order[depth];
            LearnerParameter parameter = builder.Find(axis.Parameter)!;
            string name = parameter.Name;
            bool numbered = name == "grammar" && builder.NumbersGrammars(LookUp), restricts = within is not null && asked.Contains(axis);
            int count = 0;
            foreach (SweepAxis.Item item in axis.Items)
            {
                foreach (Value one in axis.ValuesOf(path, item, LookUp, numbered))
                {
                    int number = numbers[depth] = count++;
                    Allowed? next = within;
                    if (restricts && !within!.TryGetValue(number, out next)) continue;
                    _values[name] = parameter.Optional && one is Value.Text { Content: "none" } ? LearnerParameter.None
                        : SweepNode.Located(path, item.Line, () => Convert(parameter, one, item.Literal is not null));
                    At(depth + 1, next);
                }
            }
            if (count == 0) throw SweepNode.At(path, axis.Line, $"{axis.Name} has no values: the grid is empty");
            _values.Remove(name);
        }
    }

    /// <summary>
    /// The value of a name in an expression: what was given, or what the file calls so, or the default; missing where only other learners
    /// of the file have it.
    /// </summary>
    private Value LookUp(string name) => _values.TryGetValue(name, out object? value) ? Cell.ToValue(value)
        : names.TryGetValue(name, out Value? named) ? named
        : builder.Default(name, LookUp)
            ?? (elsewhere.Contains(name) ? Value.Missing.Instance : throw new ArgumentException($"there is no parameter \"{name}\" here"));

    /// <summary>Parameters behind those that their expressions mention; else in the order of the file.</summary>
    private List<SweepAxis> Order()
    {
        var order = new List<SweepAxis>();
        var waiting = Axes.Where(axis => axis.Name != Where).ToList();
        while (waiting.Count > 0)
        {
            SweepAxis? next = waiting.Find(axis => !axis.Mentions.Any(name => waiting.Any(other => other.Parameter == name)));
            if (next is null)
            {
                string circle = string.Join(" and ", waiting.Select(axis => axis.Name));
                throw SweepNode.At(path, waiting[0].Line, $"{circle} are defined by one another in a circle");
            }
            bool IsKnown(string name) => builder.Find(name) is not null || names.ContainsKey(name)
                || name is "learner" or RunBuilder.Seeding;
            if (next.Mentions.FirstOrDefault(name => !IsKnown(name)) is string unknown)
                throw SweepNode.At(path, next.Line, $"{next.Name} mentions \"{unknown}\", which is no parameter of {builder.Name}");
            order.Add(next);
            waiting.Remove(next);
        }
        return order;
    }

    /// <summary>
    /// A value of the parameter's type. A computed number is rounded to an integer, a half away from zero; a written one must be one.
    /// </summary>
    private static object Convert(LearnerParameter parameter, Value value, bool written)
    {
        (string name, Type type) = (parameter.Name, parameter.Type);
        if (type.IsEnum) return parameter.Parse(value is Value.Text choice ? choice.Content : value.ToString()!);
        if (type == typeof(string))
            return value is Value.Text content ? content.Content : throw new ArgumentException($"{name} = {value} is no text");
        if (value is not Value.Number number) throw new ArgumentException($"{name} = {value} is no number");
        double approximate = number.Approximate;
        if (type == typeof(bool))
            return approximate is 0 or 1 ? approximate == 1 : throw new ArgumentException($"{name} = {number} is neither true nor false");
        if (type == typeof(double))
            return double.IsFinite(approximate) ? approximate + 0.0 : throw new ArgumentException($"{name} = {number} is no finite number");
        BigInteger integer = number.Round();
        if (written && number.CompareTo((Value.Number)Value.Of(integer)) != 0)
            throw new ArgumentException($"{name} = {number} is no integer");
        (BigInteger least, BigInteger most) = type == typeof(int)
            ? (int.MinValue, int.MaxValue)
            : (long.MinValue, (BigInteger)long.MaxValue);
        if (integer < least || integer > most) throw new ArgumentException($"{name} = {integer} is outside {least}..{most}");
        return type == typeof(int) ? (object)(int)integer : (long)integer;
    }

    /// <summary>The cell of the values; null where an excluded one makes no sense.</summary>
    private Cell? Create(Dictionary<string, LearnerSettings> settings, bool excluded)
    {
        try
        {
            foreach ((string given, object value) in _values) builder.Find(given)!.Require(value);
            return builder.Create(_values, settings);
        }
        catch (ArgumentException) when (excluded)
        {
            return null;
        }
        catch (ArgumentException error)
        {
            throw AtParameter(error.Message);
        }
    }

    /// <summary>With the line of the parameter that a message begins with, else of the learner.</summary>
    private ArgumentException AtParameter(string message)
    {
        bool IsNamed(string name) => message.Contains($" {name} = ", StringComparison.Ordinal)
            || message.StartsWith($"{name} = ", StringComparison.Ordinal);
        string? named = axes.Keys.Where(IsNamed).MinBy(name => message.IndexOf($"{name} = ", StringComparison.Ordinal));
        string hint = named == "m" ? " (where = \"...\" leaves combinations out)" : "";
        return SweepNode.At(path, named is null ? line : axes[named].Line, message + hint);
    }
}
