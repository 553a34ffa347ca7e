using System.Numerics;

namespace Rhm.Sweeps.Expressions;

/// <summary>The functions of expressions.</summary>
internal static class Functions
{
    private const int MaxList = 1_000_000;

    /// <summary>How many arguments a function takes; null where there is none of the name.</summary>
    public static int? ArgumentsOf(string name) => name switch
    {
        "sqrt" or "log" or "log10" or "log2" or "exp" or "abs" or "round" or "floor" or "ceil" => 1,
        "min" or "max" or "range" or "pick" => 2,
        "geomspace" => 3,
        _ => null,
    };

    /// <summary>The value of a function.</summary>
    /// <param name="name">The function.</param>
    /// <param name="values">As many as it takes.</param>
    public static Value Apply(string name, Value[] values)
    {
        if (values.Any(value => value is Value.Missing)) return Value.Missing.Instance;
        if (values.Length == 1 && values[0] is Value.List list) return new Value.List([.. list.Items.Select(item => Apply(name, [item]))]);
        if (name == "pick") return Pick(values[0], values[1]);
        if (name is "min" or "max" && values.Any(value => value is Value.List))
            return Operations.Broadcast(values[0], values[1], (a, b) => Apply(name, [a, b]));
        Value.Number[] numbers =
            [.. values.Select(value => value as Value.Number ?? throw new ArgumentException($"{name} of {value} is no number"))];
        Value.Number x = numbers[0];
        return name switch
        {
            "sqrt" => Value.Of(Math.Sqrt(x.Approximate)),
            "log" => Value.Of(Math.Log(x.Approximate)),
            "log10" => Value.Of(Math.Log10(x.Approximate)),
            "log2" => Value.Of(Math.Log2(x.Approximate)),
            "exp" => Value.Of(Math.Exp(x.Approximate)),
            "abs" => x.CompareTo((Value.Number)Value.Of(0)) < 0 ? Operations.Negate(x) : x,
            "round" => Value.Of(x.Round()),
            "floor" => Value.Of(x.Floor()),
            "ceil" => Value.Of(-((Value.Number)Operations.Negate(x)).Floor()),
            "min" => x.CompareTo(numbers[1]) <= 0 ? x : numbers[1],
            "max" => x.CompareTo(numbers[1]) >= 0 ? x : numbers[1],
            "range" => Range(x.Round(), numbers[1].Round()),
            _ => GeometricSpace(x.Approximate, numbers[1].Approximate, numbers[2].Round()),
        };
    }

    private static Value.List Range(BigInteger first, BigInteger last) => last - first >= MaxList
        ? throw new ArgumentException($"range({first}, {last}) has more than {MaxList} values")
        : new Value.List([.. Enumerable.Range(0, (int)BigInteger.Max(0, last - first + 1)).Select(i => Value.Of(first + i))]);

    /// <summary>The least element of a list that is at least so large; the largest where there is none.</summary>
    private static Value.Number Pick(Value list, Value least)
    {
        IReadOnlyList<Value> items = list is Value.List { Items: var several } ? several : [list];
        if (least is not Value.Number bound || items.Count == 0 || items.Any(item => item is not Value.Number))
            throw new ArgumentException($"pick({list}, {least}) needs a list of numbers and a number");
        Value.Number[] ordered = [.. items.Cast<Value.Number>().Order(Comparer<Value.Number>.Create((a, b) => a.CompareTo(b)))];
        return ordered.FirstOrDefault(item => item.CompareTo(bound) >= 0) ?? ordered[^1];
    }

    private static Value.List GeometricSpace(double first, double last, BigInteger count)
    {
        if (!(first > 0) || !(last > 0)) throw new ArgumentException($"geomspace from {first} to {last} needs positive ends");
        if (count < 2 || count > MaxList) throw new ArgumentException($"geomspace of {count} values is outside 2..{MaxList}");
        int n = (int)count;
        // The last exactly: first * (last / first) need not be it.
        return new Value.List([.. Enumerable.Range(0, n)
            .Select(i => Value.Of(i == n - 1 ? last : first * Math.Pow(last / first, (double)i / (n - 1))))]);
    }
}
