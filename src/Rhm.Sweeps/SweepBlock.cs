using System.Globalization;
using System.Numerics;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>A grid with one learner: every combination of the values of its axes is a cell.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="axes">The axes by name.</param>
/// <param name="learner">The learner.</param>
/// <param name="line">Line of the learner's table.</param>
internal sealed class SweepBlock(string path, IReadOnlyDictionary<string, SweepAxis> axes, Learner learner, int line)
{
    private readonly Dictionary<string, object> _values = [];

    /// <summary>Line of the learner's table.</summary>
    public int Line => line;

    /// <summary>Hands over the cells one by one.</summary>
    /// <param name="known">Settings of learners that cells share; those of this block are added.</param>
    /// <param name="add">Receives the cells.</param>
    /// <exception cref="ArgumentException">A value makes no sense; with the line.</exception>
    public void Expand(Dictionary<string, LearnerSettings> known, Action<Cell> add)
    {
        SweepAxis? where = axes.GetValueOrDefault("where");
        List<SweepAxis> order = Order();
        _values.Clear();
        Visit(0);

        void Visit(int depth)
        {
            if (depth == order.Count)
            {
                bool holds = where is null || SweepNode.Located(path, where.Line, () => where.Items[0].Expression!.IsTrue(LookUp));
                if (holds) add(CreateCell(known));
                return;
            }
            SweepAxis axis = order[depth];
            string name = axis.Parameter;
            LearnerParameter parameter = ParameterOf(name);
            bool any = false;
            foreach (SweepAxis.Item item in axis.Items)
            {
                foreach (Value one in axis.ValuesOf(path, item, LookUp))
                {
                    any = true;
                    _values[name] = parameter.Optional && one is Value.Text { Content: "none" } ? LearnerParameter.None
                        : SweepNode.Located(path, item.Line, () => Convert(parameter, one, item.Literal is not null));
                    Visit(depth + 1);
                }
            }
            if (!any) throw SweepNode.At(path, axis.Line, $"{axis.Name} has no values: the grid is empty");
            _values.Remove(name);
        }
    }

    private LearnerParameter? OwnParameter(string name) => learner.Parameters.FirstOrDefault(parameter => parameter.Name == name);

    private LearnerParameter ParameterOf(string name) => OwnParameter(name) ?? ProblemParameters.All.FirstOrDefault(one => one.Name == name)
        ?? throw new ArgumentException($"there is no parameter \"{name}\" here");

    /// <summary>The value of a name in an expression: what was given, or the default.</summary>
    private Value LookUp(string name) => _values.TryGetValue(name, out object? value) ? ToValue(value) : name switch
    {
        "learner" => new Value.Text(learner.Name),
        "classes" => LookUp("v"),
        _ => ToValue(ParameterOf(name).Default),
    };

    private static Value ToValue(object value) => value switch
    {
        bool flag => Value.Of(flag ? 1 : 0),
        int or long => Value.Of(System.Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        double number => Value.Parse(LearnerParameter.Format(number)) ?? Value.Of(number),
        _ => new Value.Text(LearnerParameter.Format(value)),
    };

    /// <summary>Parameters behind those that their expressions mention; else in the order of the file.</summary>
    private List<SweepAxis> Order()
    {
        var order = new List<SweepAxis>();
        var waiting = axes.Values.Where(axis => axis.Name != "where").ToList();
        while (waiting.Count > 0)
        {
            SweepAxis? next = waiting.Find(axis => !axis.Mentions.Any(name => waiting.Any(other => other.Parameter == name)));
            if (next is null)
            {
                string circle = string.Join(" and ", waiting.Select(axis => axis.Name));
                throw SweepNode.At(path, waiting[0].Line, $"{circle} are defined by one another in a circle");
            }
            if (next.Mentions.FirstOrDefault(name => !Cell.Common.Contains(name) && OwnParameter(name) is null) is string unknown)
            {
                throw SweepNode.At(path, next.Line,
                    $"{next.Name} mentions \"{unknown}\", which is no parameter of learner {learner.Name}");
            }
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

    private Cell CreateCell(Dictionary<string, LearnerSettings> known)
    {
        Dictionary<string, object> chosen = [];
        foreach (LearnerParameter parameter in learner.Parameters)
        {
            if (_values.TryGetValue(parameter.Name, out object? own)) chosen[parameter.Name] = own;
        }
        string name = learner.Name + string.Concat(chosen.Select(pair => $"\n{pair.Key}={LearnerParameter.Format(pair.Value)}"));
        if (!known.TryGetValue(name, out LearnerSettings? settings)) known[name] = settings = LearnerSettings.Of(learner, chosen);
        T Given<T>(LearnerParameter parameter) => (T)_values.GetValueOrDefault(parameter.Name, parameter.Default);
        try
        {
            foreach ((string given, object value) in _values) ParameterOf(given).Require(value);
            int? classes = _values.TryGetValue("classes", out object? number) ? (int)number : null;
            var shape = new GrammarShape((int)_values["L"], (int)_values["s"], (int)_values["v"], (int)_values["m"], classes);
            (long grammar, long seed) = (Given<long>(ProblemParameters.GrammarSeed), Given<long>(ProblemParameters.Seed));
            var cell = new Cell(shape, Given<double>(ProblemParameters.Zipf), (long)_values["P"], grammar, seed,
                Given<long>(ProblemParameters.HeldOut), settings);
            _ = shape.TokenCount;
            learner.Require(shape, cell.Samples, settings.Options);
            return cell;
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
