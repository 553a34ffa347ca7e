using System.Numerics;

namespace Rhm.Sweeps.Expressions;

/// <summary>
/// An expression over the parameters or columns of a sweep: <c>[0.1, 0.3, 1] * v*m^3</c>, <c>m &lt; 8 and learner == 'ilc'</c>.
/// Operators by rising rank: or; and; not; == != &lt; &lt;= &gt; &gt;= in; + -; * /; - (sign); ^. Functions: sqrt log log10 log2 exp abs
/// round floor ceil min max, range(first, last), geomspace(first, last, count). A list meets a number element by element.
/// </summary>
/// <remarks>
/// Decimal numbers are exact fractions, and so are their sums, products, quotients and whole powers: 0.29 * 50 is 14.5 and not the
/// double below it. Only functions and other powers give doubles.
/// </remarks>
public sealed class Expression
{
    private const int MaxLength = 10_000;
    private const int MaxNesting = 200;
    private const int MaxList = 1_000_000;

    private static readonly string[] s_operators = ["==", "!=", "<=", ">=", "&&", "||", "=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "!"];

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
        var parser = new Parser(text);
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

    private static Value Truth(bool value) => Value.Of(value ? 1 : 0);

    private sealed class Parser(string text)
    {
        private readonly List<(string Text, int At, char Kind)> _tokens = Scan(text);
        private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
        private int _next;
        private int _nesting;

        public IReadOnlyCollection<string> Names => _names;

        private string Peek => _tokens[_next].Kind == 'q' ? "" : _tokens[_next].Text;

        public Func<Func<string, Value>, Value> ParseAll()
        {
            Func<Func<string, Value>, Value> tree = Or();
            return _tokens[_next].Kind == 'e' ? tree : throw Unexpected();
        }

        private static List<(string, int, char)> Scan(string text)
        {
            var tokens = new List<(string, int, char)>();
            for (int i = 0; i < text.Length;)
            {
                int start = i;
                char c = text[i];
                if (char.IsWhiteSpace(c))
                {
                    i++;
                    continue;
                }
                if (char.IsAsciiDigit(c) || (c == '.' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1])))
                {
                    while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] is '.' or '_')) i++;
                    if (i < text.Length && text[i] is 'e' or 'E')
                    {
                        int exponent = i + 1;
                        if (exponent < text.Length && text[exponent] is '+' or '-') exponent++;
                        if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
                        {
                            i = exponent;
                            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
                        }
                    }
                    tokens.Add((text[start..i], start, 'n'));
                }
                else if (char.IsAsciiLetter(c) || c == '_')
                {
                    while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '_')) i++;
                    tokens.Add((text[start..i], start, 'w'));
                }
                else if (c is '\'' or '"')
                {
                    int end = text.IndexOf(c, i + 1);
                    if (end < 0) throw new ArgumentException($"expression \"{text}\": the quote at column {start + 1} is not closed");
                    tokens.Add((text[(start + 1)..end], start, 'q'));
                    i = end + 1;
                }
                else
                {
                    string symbol = s_operators.FirstOrDefault(o => string.CompareOrdinal(text, i, o, 0, o.Length) == 0)
                        ?? throw new ArgumentException($"expression \"{text}\": \"{c}\" at column {start + 1} means nothing here");
                    tokens.Add((symbol, start, 'o'));
                    i += symbol.Length;
                }
            }
            tokens.Add(("", text.Length, 'e'));
            return tokens;
        }

        private ArgumentException Unexpected() => new(_tokens[_next].Kind == 'e'
            ? $"expression \"{text}\" ends too early"
            : $"expression \"{text}\": unexpected \"{_tokens[_next].Text}\" at column {_tokens[_next].At + 1}");

        private bool Take(params ReadOnlySpan<string> symbols)
        {
            if (!symbols.Contains(Peek) || _tokens[_next].Kind == 'e') return false;
            _next++;
            return true;
        }

        private void Require(string symbol)
        {
            if (!Take(symbol)) throw Unexpected();
        }

        private Func<Func<string, Value>, Value> Or()
        {
            if (++_nesting > MaxNesting) throw new ArgumentException($"expression \"{text[..20]}...\" is nested more than {MaxNesting} deep");
            Func<Func<string, Value>, Value> left = And();
            while (Take("or", "||"))
            {
                Func<Func<string, Value>, Value> a = left, b = And();
                left = names => Truth(Holds(a(names)) || Holds(b(names)));
            }
            _nesting--;
            return left;
        }

        private Func<Func<string, Value>, Value> And()
        {
            Func<Func<string, Value>, Value> left = Not();
            while (Take("and", "&&"))
            {
                Func<Func<string, Value>, Value> a = left, b = Not();
                left = names => Truth(Holds(a(names)) && Holds(b(names)));
            }
            return left;
        }

        private static bool Holds(Value value) => value switch
        {
            Value.Number number => number.Approximate != 0,
            Value.Missing => false,
            _ => throw new ArgumentException($"{value} is neither true nor false"),
        };

        private Func<Func<string, Value>, Value> Not()
        {
            bool negate = false;
            while (Take("not", "!")) negate = !negate;
            Func<Func<string, Value>, Value> inner = Comparison();
            if (!negate) return inner;
            return names => Truth(!Holds(inner(names)));
        }

        private Func<Func<string, Value>, Value> Comparison()
        {
            Func<Func<string, Value>, Value> left = Sum();
            string symbol = Peek;
            if (!Take("==", "=", "!=", "<", "<=", ">", ">=", "in")) return left;
            Func<Func<string, Value>, Value> right = Sum();
            return names =>
            {
                Value a = left(names), b = right(names);
                if (a is Value.Missing || b is Value.Missing) return Truth(false);
                if (symbol == "in")
                {
                    return b is Value.List list
                        ? Truth(list.Items.Any(item => Equal(a, item)))
                        : throw new ArgumentException("\"in\" needs a list to its right");
                }
                if (symbol is "==" or "=") return Truth(Equal(a, b));
                if (symbol == "!=") return Truth(!Equal(a, b));
                if (a is not Value.Number x || b is not Value.Number y) throw new ArgumentException($"{a} {symbol} {b} compares what has no order");
                int order = x.CompareTo(y);
                return Truth(symbol switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 });
            };
        }

        private static bool Equal(Value a, Value b) => (a, b) switch
        {
            (Value.Number x, Value.Number y) => x.CompareTo(y) == 0,
            (Value.Text x, Value.Text y) => x.Content == y.Content,
            // The words true and false in quotes are what a flag is compared with.
            (Value.Number x, Value.Text { Content: "true" or "false" } y) => x.Approximate != 0 == (y.Content == "true"),
            (Value.Text, Value.Number) => Equal(b, a),
            _ => throw new ArgumentException($"{a} and {b} cannot be compared"),
        };

        private Func<Func<string, Value>, Value> Sum()
        {
            Func<Func<string, Value>, Value> left = Product();
            for (string symbol = Peek; Take("+", "-"); symbol = Peek)
            {
                Func<Func<string, Value>, Value> a = left, b = Product();
                left = Binary(symbol, a, b);
            }
            return left;
        }

        private Func<Func<string, Value>, Value> Product()
        {
            Func<Func<string, Value>, Value> left = Sign();
            for (string symbol = Peek; Take("*", "/"); symbol = Peek)
            {
                Func<Func<string, Value>, Value> a = left, b = Sign();
                left = Binary(symbol, a, b);
            }
            return left;
        }

        private Func<Func<string, Value>, Value> Sign()
        {
            bool negate = false;
            for (string symbol = Peek; Take("-", "+"); symbol = Peek) negate ^= symbol == "-";
            Func<Func<string, Value>, Value> inner = Power();
            return negate ? Binary("-", _ => Value.Of(0), inner) : inner;
        }

        private Func<Func<string, Value>, Value> Power()
        {
            Func<Func<string, Value>, Value> left = Atom();
            if (!Take("^")) return left;
            if (++_nesting > MaxNesting) throw new ArgumentException($"expression \"{text[..20]}...\" is nested more than {MaxNesting} deep");
            Func<Func<string, Value>, Value> right = Sign();
            _nesting--;
            return Binary("^", left, right);
        }

        private Func<Func<string, Value>, Value> Atom()
        {
            (string token, int at, char kind) = _tokens[_next];
            if (Take("("))
            {
                Func<Func<string, Value>, Value> inner = Or();
                Require(")");
                return inner;
            }
            if (Take("["))
            {
                var items = new List<Func<Func<string, Value>, Value>>();
                while (!Take("]"))
                {
                    items.Add(Or());
                    if (!Take(","))
                    {
                        Require("]");
                        break;
                    }
                }
                return names => new Value.List([.. items.Select(item => item(names) is Value.List
                    ? throw new ArgumentException("a list cannot stand in a list")
                    : item(names))]);
            }
            if (kind == 'n')
            {
                _next++;
                Value number = Value.Parse(token) ?? throw new ArgumentException($"expression \"{text}\": \"{token}\" at column {at + 1} is no number");
                return _ => number;
            }
            if (kind == 'q')
            {
                _next++;
                var content = new Value.Text(token);
                return _ => content;
            }
            if (kind != 'w' || token is "and" or "or" or "not" or "in") throw Unexpected();
            _next++;
            if (token is "true" or "false") return _ => Truth(token == "true");
            if (Take("(")) return Call(token);
            _names.Add(token);
            return names => names(token);
        }

        private Func<Func<string, Value>, Value> Call(string name)
        {
            var arguments = new List<Func<Func<string, Value>, Value>>();
            while (!Take(")"))
            {
                arguments.Add(Or());
                if (!Take(","))
                {
                    Require(")");
                    break;
                }
            }
            int expected = name switch
            {
                "sqrt" or "log" or "log10" or "log2" or "exp" or "abs" or "round" or "floor" or "ceil" => 1,
                "min" or "max" or "range" => 2,
                "geomspace" => 3,
                _ => throw new ArgumentException($"expression \"{text}\": there is no function \"{name}\""),
            };
            if (arguments.Count != expected) throw new ArgumentException($"expression \"{text}\": {name} takes {expected} argument{(expected == 1 ? "" : "s")}, not {arguments.Count}");
            return names => Apply(name, [.. arguments.Select(argument => argument(names))]);
        }

        private static Value Apply(string name, Value[] values)
        {
            if (values.Any(value => value is Value.Missing)) return Value.Missing.Instance;
            if (values.Length == 1 && values[0] is Value.List list) return new Value.List([.. list.Items.Select(item => Apply(name, [item]))]);
            if (name is "min" or "max" && values.Any(value => value is Value.List)) return Broadcast(values[0], values[1], (a, b) => Apply(name, [a, b]));
            Value.Number[] numbers = [.. values.Select(value => value as Value.Number ?? throw new ArgumentException($"{name} of {value} is no number"))];
            Value.Number x = numbers[0];
            return name switch
            {
                "sqrt" => Value.Of(Math.Sqrt(x.Approximate)),
                "log" => Value.Of(Math.Log(x.Approximate)),
                "log10" => Value.Of(Math.Log10(x.Approximate)),
                "log2" => Value.Of(Math.Log2(x.Approximate)),
                "exp" => Value.Of(Math.Exp(x.Approximate)),
                "abs" => x.CompareTo((Value.Number)Value.Of(0)) < 0 ? Binary("-", _ => Value.Of(0), _ => x)(null!) : x,
                "round" => Value.Of(x.Round()),
                "floor" => Value.Of(x.Floor()),
                "ceil" => Value.Of(-((Value.Number)Binary("-", _ => Value.Of(0), _ => x)(null!)).Floor()),
                "min" => x.CompareTo(numbers[1]) <= 0 ? x : numbers[1],
                "max" => x.CompareTo(numbers[1]) >= 0 ? x : numbers[1],
                "range" => Range(x.Round(), numbers[1].Round()),
                _ => GeometricSpace(x.Approximate, numbers[1].Approximate, numbers[2].Round()),
            };
        }

        private static Value.List Range(BigInteger first, BigInteger last) => last - first >= MaxList
            ? throw new ArgumentException($"range({first}, {last}) has more than {MaxList} values")
            : new Value.List([.. Enumerable.Range(0, (int)BigInteger.Max(0, last - first + 1)).Select(i => Value.Of(first + i))]);

        private static Value.List GeometricSpace(double first, double last, BigInteger count)
        {
            if (!(first > 0) || !(last > 0)) throw new ArgumentException($"geomspace from {first} to {last} needs positive ends");
            if (count < 2 || count > MaxList) throw new ArgumentException($"geomspace of {count} values is outside 2..{MaxList}");
            int n = (int)count;
            // The last exactly: first * (last / first) need not be it.
            return new Value.List([.. Enumerable.Range(0, n).Select(i => Value.Of(i == n - 1 ? last : first * Math.Pow(last / first, (double)i / (n - 1))))]);
        }

        private static Value Broadcast(Value a, Value b, Func<Value, Value, Value> operation) => (a, b) switch
        {
            (Value.List, Value.List) => throw new ArgumentException("a list meets a list: only a list and a number combine, element by element"),
            (Value.List list, _) => new Value.List([.. list.Items.Select(item => operation(item, b))]),
            (_, Value.List list) => new Value.List([.. list.Items.Select(item => operation(a, item))]),
            _ => operation(a, b),
        };

        private static Func<Func<string, Value>, Value> Binary(string symbol, Func<Func<string, Value>, Value> left, Func<Func<string, Value>, Value> right) =>
            names => Broadcast(left(names), right(names), (a, b) => (a, b) switch
            {
                (Value.Missing, _) or (_, Value.Missing) => Value.Missing.Instance,
                (Value.Number x, Value.Number y) => Value.Number.Combine(symbol, x, y),
                _ => throw new ArgumentException($"{a} {symbol} {b} is no arithmetic"),
            });
    }
}
