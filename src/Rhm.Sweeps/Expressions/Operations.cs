namespace Rhm.Sweeps.Expressions;

/// <summary>The operators of expressions.</summary>
internal static class Operations
{
    /// <summary>1 or 0.</summary>
    public static Value Truth(bool value) => Value.Of(value ? 1 : 0);

    /// <summary>Whether a value counts as true; a missing one does not.</summary>
    public static bool Holds(Value value) => value switch
    {
        Value.Number number => number.Approximate != 0,
        Value.Missing => false,
        _ => throw new ArgumentException($"{value} is neither true nor false"),
    };

    /// <summary>A list of values that are no lists.</summary>
    public static Value ListOf(IEnumerable<Value> items) => new Value.List([.. items.Select(item => item is Value.List
        ? throw new ArgumentException("a list cannot stand in a list")
        : item)]);

    /// <summary>== != &lt; &lt;= &gt; &gt;= in.</summary>
    public static Value Compare(string symbol, Value a, Value b)
    {
        if (a is Value.Missing || b is Value.Missing) return Truth(false);
        if (symbol == "in")
        {
            // A single value is a list of one.
            IReadOnlyList<Value> items = b is Value.List list ? list.Items : [b];
            return Truth(items.Any(item => Equal(a, item)));
        }
        if (symbol is "==" or "=") return Truth(Equal(a, b));
        if (symbol == "!=") return Truth(!Equal(a, b));
        if (a is not Value.Number x || b is not Value.Number y) throw new ArgumentException($"{a} {symbol} {b} compares what has no order");
        int order = x.CompareTo(y);
        return Truth(symbol switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 });
    }

    private static bool Equal(Value a, Value b) => (a, b) switch
    {
        (Value.Number x, Value.Number y) => x.CompareTo(y) == 0,
        // A choice may be written with hyphens or underscores, in any case.
        (Value.Text x, Value.Text y) => x.Content.Replace('-', '_').Equals(y.Content.Replace('-', '_'), StringComparison.OrdinalIgnoreCase),
        // The words true and false in quotes are what a flag is compared with.
        (Value.Number x, Value.Text { Content: "true" or "false" } y) => x.Approximate != 0 == (y.Content == "true"),
        (Value.Text, Value.Number) => Equal(b, a),
        _ => throw new ArgumentException($"{a} and {b} cannot be compared"),
    };

    /// <summary>+ - * / ^, of a list element by element.</summary>
    public static Value Arithmetic(string symbol, Value left, Value right) => Broadcast(left, right, (a, b) => (a, b) switch
    {
        (Value.Missing, _) or (_, Value.Missing) => Value.Missing.Instance,
        (Value.Number x, Value.Number y) => Value.Number.Combine(symbol, x, y),
        _ => throw new ArgumentException($"{a} {symbol} {b} is no arithmetic"),
    });

    /// <summary>The sign turned.</summary>
    public static Value Negate(Value value) => Arithmetic("-", Value.Of(0), value);

    /// <summary>An operation of two numbers, or of a list and a number.</summary>
    public static Value Broadcast(Value a, Value b, Func<Value, Value, Value> operation) => (a, b) switch
    {
        (Value.List, Value.List) =>
            throw new ArgumentException("a list meets a list: only a list and a number combine, element by element"),
        (Value.List list, _) => new Value.List([.. list.Items.Select(item => operation(item, b))]),
        (_, Value.List list) => new Value.List([.. list.Items.Select(item => operation(a, item))]),
        _ => operation(a, b),
    };
}
