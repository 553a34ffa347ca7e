using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Rhm.Sweeps.Expressions;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Rhm.Sweeps;

/// <summary>What a sweep file says, whether it is TOML or JSON: tables, lists and values, each with its line.</summary>
/// <param name="Line">From 1.</param>
internal abstract record SweepNode(int Line)
{
    /// <summary>Names with what they are given. A TOML file's [[grid]] and [[learner]] are entries of the same name.</summary>
    public sealed record Table(int Line, IReadOnlyList<Entry> Entries) : SweepNode(Line);

    /// <summary>[a, b].</summary>
    public sealed record Sequence(int Line, IReadOnlyList<SweepNode> Items) : SweepNode(Line);

    /// <summary>A text, without its quotes.</summary>
    public sealed record Text(int Line, string Content) : SweepNode(Line);

    /// <summary>A number in decimal digits.</summary>
    public sealed record Number(int Line, string Digits) : SweepNode(Line);

    /// <summary>true or false.</summary>
    public sealed record Flag(int Line, bool Value) : SweepNode(Line);

    /// <summary>What no parameter can be: a date, null.</summary>
    public sealed record Other(int Line, string Source) : SweepNode(Line);

    /// <summary>A name and what it is given.</summary>
    public sealed record Entry(string Name, int Line, SweepNode Node);

    /// <summary>Reads a file: JSON where its name ends in .json, else TOML.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="contents">What is in it.</param>
    /// <exception cref="ArgumentException">It is neither; with the line.</exception>
    public static Table Parse(string path, byte[] contents)
    {
        bool marked = contents.AsSpan().StartsWith(Encoding.UTF8.Preamble);
        ReadOnlyMemory<byte> text = contents.AsMemory(marked ? Encoding.UTF8.Preamble.Length : 0);
        if (!Utf8.IsValid(text.Span)) throw At(path, LineOfFirstInvalid(text.Span), "the text is not UTF-8");
        return IsJson(path) ? new JsonTree(path, text.Span).Read() : FromToml(path, Encoding.UTF8.GetString(text.Span));
    }

    /// <summary>Whether a name ends in .toml or .json.</summary>
    /// <param name="path">The name.</param>
    public static bool IsSweepFile(string path) =>
        IsJson(path) || string.Equals(Path.GetExtension(path), ".toml", StringComparison.OrdinalIgnoreCase);

    /// <summary>A sentence about a line.</summary>
    public static ArgumentException At(string path, int line, string message) => new($"{path}, line {line}: {message}");

    /// <summary>Does something; the sentence of an error begins with the line.</summary>
    public static T Located<T>(string path, int line, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (ArgumentException error)
        {
            throw At(path, line, error.Message);
        }
    }

    /// <summary>Does something; the sentence of an error begins with the line.</summary>
    public static void Located(string path, int line, Action action) => Located(path, line, () =>
    {
        action();
        return 0;
    });

    private static bool IsJson(string path) => string.Equals(Path.GetExtension(path), ".json", StringComparison.OrdinalIgnoreCase);

    private static int LineOfFirstInvalid(ReadOnlySpan<byte> text)
    {
        int line = 1;
        foreach (Range part in text.Split((byte)'\n'))
        {
            if (!Utf8.IsValid(text[part])) return line;
            line++;
        }
        return 1;
    }

    private static Table FromToml(string path, string text)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(text, path, validate: true);
        }
        catch (TomlException error)
        {
            throw At(path, (error.Span?.Start.Line ?? 0) + 1, "lists or tables are nested too deep, or it is no TOML");
        }
        if (document.Diagnostics.FirstOrDefault(message => message.Kind == DiagnosticMessageKind.Error) is { } wrong)
            throw Malformed(path, text, wrong.Span.Start.Line, wrong.Message);
        IEnumerable<Entry> tables = from table in document.Tables
                                    let entries = new Table(LineOf(table), [.. table.Items.Select(FromToml)])
                                    select new Entry(Name(table.Name), LineOf(table), entries);
        return new Table(1, [.. document.KeyValues.Select(FromToml), .. tables]);
    }

    private static Entry FromToml(KeyValueSyntax entry) => new(Name(entry.Key), LineOf(entry), FromToml(entry.Value, LineOf(entry)));

    private static SweepNode FromToml(ValueSyntax? value, int line) => value switch
    {
        StringValueSyntax { Value: string content } => new Text(line, content),
        BooleanValueSyntax flag => new Flag(line, flag.Value),
        IntegerValueSyntax integer => new Number(line, integer.Value.ToString(CultureInfo.InvariantCulture)),
        FloatValueSyntax number => new Number(line, number.Token?.Text ?? ""),
        ArraySyntax array => new Sequence(line, [.. array.Items.Select(item => FromToml(item.Value, LineOf(item)))]),
        InlineTableSyntax table => new Table(line, [.. table.Items.Select(item => FromToml(item.KeyValue!))]),
        _ => new Other(line, value?.ToString().Trim() ?? ""),
    };

    private static int LineOf(SyntaxNode node) => node.Span.Start.Line + 1;

    private static string Name(KeySyntax? key) => key?.ToString().Trim() ?? "";

    /// <summary>A file that cannot be read; its line from 0.</summary>
    private static ArgumentException Malformed(string path, string text, int line, string message)
    {
        bool expression = LooksLikeExpression(text.Split('\n').ElementAtOrDefault(line) ?? "");
        string hint = expression ? "; an expression stands in quotes: \"[0.1, 1] * v*m^3\"" : "";
        return At(path, line + 1, message.TrimEnd('.') + hint);
    }

    private static bool LooksLikeExpression(string line)
    {
        int start = line.AsSpan().IndexOfAny('=', ':');
        if (start < 0) return false;
        try
        {
            return Expression.Parse(line[(start + 1)..].Split('#')[0].TrimEnd(' ', '\r', ',')).Names.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>JSON token by token, so that lines are known.</summary>
    private ref struct JsonTree
    {
        private readonly string _path;
        private readonly ReadOnlySpan<byte> _text;
        private Utf8JsonReader _reader;
        private int _line;
        private int _counted;

        public JsonTree(string path, ReadOnlySpan<byte> text)
        {
            _path = path;
            _text = text;
            _line = 1;
            _reader = new Utf8JsonReader(text);
        }

        public Table Read()
        {
            try
            {
                _reader.Read();
                SweepNode root = Node();
                _reader.Read();
                return root as Table
                    ?? throw At(_path, root.Line, "a sweep file is a JSON object: { \"grid\": { ... }, \"learner\": { ... } }");
            }
            catch (InvalidOperationException)
            {
                throw At(_path, Line(), "a text has half of a surrogate pair (\\ud800 to \\udfff) alone, which is no character");
            }
            catch (JsonException error)
            {
                // The reader ends its message with its own line and column.
                int end = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
                string message = end < 0 ? error.Message : error.Message[..end];
                throw Malformed(_path, Encoding.UTF8.GetString(_text), (int)(error.LineNumber ?? 0), message);
            }
        }

        private int Line()
        {
            int start = (int)_reader.TokenStartIndex;
            _line += _text[_counted..start].Count((byte)'\n');
            _counted = start;
            return _line;
        }

        private SweepNode Node()
        {
            int line = Line();
            switch (_reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    var entries = new List<Entry>();
                    var names = new HashSet<string>();
                    while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
                    {
                        (string name, int at) = (_reader.GetString()!, Line());
                        if (!names.Add(name)) throw At(_path, at, $"{name} is given twice");
                        _reader.Read();
                        entries.Add(new Entry(name, at, Node()));
                    }
                    return new Table(line, entries);
                case JsonTokenType.StartArray:
                    var items = new List<SweepNode>();
                    while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray) items.Add(Node());
                    return new Sequence(line, items);
                case JsonTokenType.String:
                    return new Text(line, _reader.GetString()!);
                case JsonTokenType.Number:
                    return new Number(line, Encoding.UTF8.GetString(_reader.ValueSpan));
                case JsonTokenType.True or JsonTokenType.False:
                    return new Flag(line, _reader.GetBoolean());
                default:
                    return new Other(line, "null");
            }
        }
    }
}
