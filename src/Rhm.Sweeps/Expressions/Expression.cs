namespace Rhm.Sweeps.Expressions;

/// <summary>
/// An expression over the parameters or columns of a sweep: <c>[0.1, 0.3, 1] * v*m^3</c>, <c>m &lt; 8 and learner == 'ilc'</c>.
/// Operators by rising rank: or; and; not; == != &lt; &lt;= &gt; &gt;= in; + -; * /; - (sign); ^ or **. Functions: sqrt log log10
/// log2 exp abs round floor ceil min max, range(first, last), geomspace(first, last, count), pick(list, least). A list meets a number
/// element by element.
/// </summary>
/// <remarks>
/// Decimal numbers are exact fractions, and so are their sums, products, quotients and whole powers: 0.29 * 50 is 14.5 and not the
/// double below it. Only functions and other powers give doubles.
/// </remarks>
public sealed class Expression
{
    private const int MaxLength = 10_000;

    private readonly Func<Func<string, Value>, Value> _evaluate;

    private Expression(string text, Func<Func<string, Value>, Value> evaluate, IReadOnlyCollection<string> names) =>
        (Text, _evaluate, Names) = (text, evaluate, names);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>The names it mentions.</summary>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It is none; the message names the column.</exception>
    public static Expression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength) throw new ArgumentException($"an expression of {text.Length} characters is longer than {MaxLength}");
        var parser = new ExpressionParser(text);
        Func<Func<string, Value>, Value> tree = parser.ParseAll();
        return new Expression(text, tree, parser.Names);
    }

    /// <summary>Its value.</summary>
    /// <param name="lookUp">The value of a name.</param>
    /// <exception cref="ArgumentException">An operator met what it cannot take, or a name is not known.</exception>
    public Value Evaluate(Func<string, Value> lookUp)
    {
        try
        {
            return _evaluate(lookUp);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"expression \"{Text}\": {error.Message}", error);
        }
    }

    /// <summary>Whether a condition holds; one about a missing value does not.</summary>
    /// <param name="lookUp">The value of a name.</param>
    public bool IsTrue(Func<string, Value> lookUp) => Evaluate(lookUp) switch
    {
        Value.Number number => number.Approximate != 0,
        Value.Missing => false,
        _ => throw new ArgumentException($"expression \"{Text}\" is no condition: its value is neither true nor false"),
    };
}
