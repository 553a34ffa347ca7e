using Node = System.Func<System.Func<string, Rhm.Sweeps.Expressions.Value>, Rhm.Sweeps.Expressions.Value>;

namespace Rhm.Sweeps.Expressions;

/// <summary>
/// Reads an expression by recursive descent, one method for each rank of operators, into nested functions of the names' values.
/// </summary>
/// <param name="text">The expression.</param>
internal sealed class ExpressionParser(string text)
{
    private const int MaxNesting = 200;

    private readonly List<Token> _tokens = Token.Scan(text);
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private int _next;
    private int _nesting;

    /// <summary>The names that were met.</summary>
    public IReadOnlyCollection<string> Names => _names;

    private string Peek => _tokens[_next].Kind == TokenKind.Quoted ? "" : _tokens[_next].Text;

    /// <summary>The whole expression.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public Node ParseAll()
    {
        Node tree = Or();
        return _tokens[_next].Kind == TokenKind.End ? tree : throw Unexpected();
    }

    private ArgumentException Unexpected() => new(_tokens[_next].Kind == TokenKind.End
        ? $"expression \"{text}\" ends too early"
        : $"expression \"{text}\": unexpected \"{_tokens[_next].Text}\" at column {_tokens[_next].At + 1}");

    private bool Take(params ReadOnlySpan<string> symbols)
    {
        if (!symbols.Contains(Peek) || _tokens[_next].Kind == TokenKind.End) return false;
        _next++;
        return true;
    }

    private void Require(string symbol)
    {
        if (!Take(symbol)) throw Unexpected();
    }

    private void Enter()
    {
        if (++_nesting > MaxNesting) throw new ArgumentException($"expression \"{text[..20]}...\" is nested more than {MaxNesting} deep");
    }

    private Node Or()
    {
        Enter();
        Node left = And();
        while (Take("or", "||"))
        {
            Node a = left, b = And();
            left = names => Operations.Truth(Operations.Holds(a(names)) || Operations.Holds(b(names)));
        }
        _nesting--;
        return left;
    }

    private Node And()
    {
        Node left = Not();
        while (Take("and", "&&"))
        {
            Node a = left, b = Not();
            left = names => Operations.Truth(Operations.Holds(a(names)) && Operations.Holds(b(names)));
        }
        return left;
    }

    private Node Not()
    {
        bool negate = false;
        while (Take("not", "!")) negate = !negate;
        Node inner = Comparison();
        return negate ? names => Operations.Truth(!Operations.Holds(inner(names))) : inner;
    }

    private Node Comparison()
    {
        Node left = Sum();
        string symbol = Peek;
        if (!Take("==", "=", "!=", "<", "<=", ">", ">=", "in")) return left;
        Node right = Sum();
        return names => Operations.Compare(symbol, left(names), right(names));
    }

    private Node Sum()
    {
        Node left = Product();
        for (string symbol = Peek; Take("+", "-"); symbol = Peek) left = Binary(symbol, left, Product());
        return left;
    }

    private Node Product()
    {
        Node left = Sign();
        for (string symbol = Peek; Take("*", "/"); symbol = Peek) left = Binary(symbol, left, Sign());
        return left;
    }

    private Node Sign()
    {
        bool negate = false;
        for (string symbol = Peek; Take("-", "+"); symbol = Peek) negate ^= symbol == "-";
        Node inner = Power();
        return negate ? names => Operations.Negate(inner(names)) : inner;
    }

    private Node Power()
    {
        Node left = Atom();
        if (!Take("^", "**")) return left;
        Enter();
        Node right = Sign();
        _nesting--;
        return Binary("^", left, right);
    }

    private static Node Binary(string symbol, Node left, Node right) => names => Operations.Arithmetic(symbol, left(names), right(names));

    private Node Atom()
    {
        Token token = _tokens[_next];
        if (Take("("))
        {
            Node inner = Or();
            Require(")");
            return inner;
        }
        if (Take("["))
        {
            List<Node> items = Items("]");
            return names => Operations.ListOf(items.Select(item => item(names)));
        }
        if (token.Kind == TokenKind.Number)
        {
            _next++;
            Value number = Value.Parse(token.Text)
                ?? throw new ArgumentException($"expression \"{text}\": \"{token.Text}\" at column {token.At + 1} is no number");
            return _ => number;
        }
        if (token.Kind == TokenKind.Quoted)
        {
            _next++;
            var content = new Value.Text(token.Text);
            return _ => content;
        }
        if (token is not { Kind: TokenKind.Word, Text: not ("and" or "or" or "not" or "in") }) throw Unexpected();
        _next++;
        if (token.Text is "true" or "false") return _ => Operations.Truth(token.Text == "true");
        if (Take("(")) return Call(token.Text);
        _names.Add(token.Text);
        return names => names(token.Text);
    }

    private Node Call(string name)
    {
        List<Node> arguments = Items(")");
        int expected = Functions.ArgumentsOf(name)
            ?? throw new ArgumentException($"expression \"{text}\": there is no function \"{name}\"");
        if (arguments.Count != expected)
        {
            throw new ArgumentException(
                $"expression \"{text}\": {name} takes {expected} argument{(expected == 1 ? "" : "s")}, not {arguments.Count}");
        }
        return names => Functions.Apply(name, [.. arguments.Select(argument => argument(names))]);
    }

    /// <summary>What stands between commas, up to a closing bracket.</summary>
    private List<Node> Items(string end)
    {
        var items = new List<Node>();
        while (!Take(end))
        {
            items.Add(Or());
            if (Take(",")) continue;
            Require(end);
            break;
        }
        return items;
    }
}
