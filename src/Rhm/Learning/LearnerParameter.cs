using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Rhm.Learning;

/// <summary>
/// A parameter of a grammar, a learner, an experiment or a command, described once: its key in files and in stored results, its option on
/// the command line, what it means, what it may be, its default, and how its values are read and written.
/// </summary>
/// <param name="Name">The key in files and columns: <c>pool_grandparents</c>, <c>L</c>. Part of the identity of stored results.</param>
/// <param name="Type">bool, int, long, ulong, double, string, or an enumeration.</param>
/// <param name="Default">Its value where nothing is said; <see cref="None"/> where there is none.</param>
/// <param name="Optional">Whether it can also be <see cref="None"/>: a nullable property.</param>
public sealed record LearnerParameter(string Name, Type Type, object Default, bool Optional = false)
{
    /// <summary>The value of an optional parameter that has none.</summary>
    public static object None { get; } = new NoValue();

    /// <summary>What it means, in a sentence for help texts.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>The word on the command line, where that is not <see cref="Name"/>: <c>depth</c> for L.</summary>
    public string Word { get => field ?? Name; init; } = null!;

    /// <summary>The letter of a short option; null for none.</summary>
    public char? Letter { get; init; }

    /// <summary>Other words that are understood.</summary>
    public IReadOnlyList<string> OtherWords { get; init; } = [];

    /// <summary>Whether it takes several values, separated by commas, each of them once.</summary>
    public bool Several { get; init; }

    /// <summary>What a number may be.</summary>
    public ParameterRange Range { get; init; } = ParameterRange.Any;

    /// <summary>What a text may be; empty for any.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>The option: <c>--pool-grandparents</c>.</summary>
    public string Option => OptionOf(Word);

    /// <summary>Other spellings of the option.</summary>
    public IEnumerable<string> OtherOptions => OtherWords.Select(OptionOf);

    /// <summary>The values that an enumeration or a text can have, as they are written: lower-case words with hyphens.</summary>
    public IReadOnlyList<string> Choices => Type.IsEnum ? [.. Enum.GetNames(Type).Select(name => Words(name, '-'))] : Texts;

    /// <summary>What its values may be, in words.</summary>
    public string Values
    {
        get
        {
            if (Type == typeof(bool)) return "true, false";
            string kind = Choices.Count > 0 ? string.Join(", ", Choices)
                : Type == typeof(string) ? "text"
                : (Type == typeof(double) ? "number" : "integer") + (Range == ParameterRange.Any ? "" : $" {Range}");
            return kind + (Optional ? ", none" : "");
        }
    }

    private PropertyInfo[] Path { get; init; } = [];

    /// <summary>
    /// The parameters of a type of options: those settable properties that are a bool, int, long, double, string or enumeration, or a
    /// nullable of these, but for <c>Seed</c> and <c>Threads</c>, which the problem has. Records within the options add their properties.
    /// What a parameter means is its <see cref="DescriptionAttribute"/>, what it may be its <see cref="RangeAttribute"/>.
    /// </summary>
    /// <param name="defaults">The options where nothing is said.</param>
    public static IReadOnlyList<LearnerParameter> Of(object defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        return [.. Paths(defaults.GetType()).Select(path => Of(path, defaults))];
    }

    /// <summary>Refuses options one of whose values is out of its range.</summary>
    /// <param name="options">Options whose properties have ranges.</param>
    /// <exception cref="ArgumentException">One is; the message names value and range.</exception>
    public static void RequireAll<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(T options)
        where T : notnull
    {
        foreach (LearnerParameter parameter in Of(options)) parameter.Require(parameter.Default);
    }

    /// <summary>A value as written in files: lower case for names, the shortest text that gives back the same number.</summary>
    /// <param name="value">A value of <see cref="Type"/>, or several of them.</param>
    public static string Format(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        Enum name => Words(name.ToString(), '_'),
        double number => (number + 0.0).ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string text => text,
        IEnumerable several => string.Join(',', several.Cast<object>().Select(Format)),
        _ => value?.ToString() ?? "",
    };

    /// <summary>A value as a user writes it and reads it: like <see cref="Format"/>, choices with hyphens.</summary>
    /// <param name="value">A value of <see cref="Type"/>.</param>
    public static string Written(object value) => value is Enum name ? Words(name.ToString(), '-') : Format(value);

    /// <summary>Whether a name is this parameter's: its key, its word or another word, with hyphens or underscores.</summary>
    /// <param name="name">The name.</param>
    public bool IsNamed(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = name.Replace('-', '_');
        return plain == Name || plain == Word || OtherWords.Contains(plain);
    }

    /// <summary>The parameter's value in given options.</summary>
    /// <param name="options">Options of the learner.</param>
    public object ValueOf(object options)
    {
        object? value = options;
        foreach (PropertyInfo property in Path) value = property.GetValue(value);
        return value ?? None;
    }

    /// <summary>Reads a value, or several, as a user writes them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="called">What messages call the parameter; its key by default.</param>
    /// <returns>A value of <see cref="Type"/>, <see cref="None"/>, or an array of <see cref="Type"/>.</returns>
    /// <exception cref="ArgumentException">It is none, or out of its range; one sentence says what is expected.</exception>
    public object Parse(string text, string? called = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        string name = called ?? Name;
        if (!Several) return ParseOne(text, name);
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        var values = Array.CreateInstance(Type, parts.Length);
        for (int i = 0; i < parts.Length; i++)
        {
            object value = ParseOne(parts[i], name);
            if (Array.IndexOf(values, value, 0, i) >= 0) throw new ArgumentException($"{name}: {parts[i]} stands there twice");
            values.SetValue(value, i);
        }
        return values;
    }

    /// <summary>Refuses a number out of its range.</summary>
    /// <param name="value">A value of <see cref="Type"/>, or <see cref="None"/>.</param>
    /// <param name="called">What messages call the parameter; its key by default.</param>
    /// <exception cref="ArgumentException">It is out of its range.</exception>
    public void Require(object value, string? called = null)
    {
        if (value is not (int or long or ulong or double)) return;
        if (!Range.Contains(Convert.ToDouble(value, CultureInfo.InvariantCulture)))
            throw new ArgumentException($"{called ?? $"{Name} ="} {Format(value)} {Range.Broken}");
    }

    internal object WithValue(object options, object value, Func<object, object> clone)
    {
        object owner = options;
        foreach (PropertyInfo record in Path[..^1])
        {
            object inner = clone(record.GetValue(owner)!);
            record.SetValue(owner, inner);
            owner = inner;
        }
        Path[^1].SetValue(owner, value == None ? null : value);
        return options;
    }

    private object ParseOne(string text, string name)
    {
        if (Optional && text.Equals("none", StringComparison.OrdinalIgnoreCase)) return None;
        if (Type.IsEnum) return ParseChoice(text, name);
        if (Type == typeof(string))
            return Texts.Count == 0 ? text : Texts.FirstOrDefault(known => Plain(known) == Plain(text)) ?? throw NoChoice(text, name);
        if (Type == typeof(bool))
            return bool.TryParse(text, out bool flag) ? flag : throw new ArgumentException($"{name}: \"{text}\" is neither true nor false");
        object value = Type == typeof(double) ? ParseReal(text, name) : ParseWhole(text, name);
        Require(value, name);
        return value;
    }

    /// <summary>A choice in any of its spellings: end-to-end, end_to_end, EndToEnd.</summary>
    private object ParseChoice(string text, string name)
    {
        string? choice = Enum.GetNames(Type).FirstOrDefault(known => Plain(known) == Plain(text));
        return choice is null ? throw NoChoice(text, name) : Enum.Parse(Type, choice);
    }

    private static string Plain(string word) => string.Concat(word.Where(letter => letter is not ('-' or '_'))).ToUpperInvariant();

    private ArgumentException NoChoice(string text, string name) =>
        new($"{name}: \"{text}\" is none of: {string.Join(", ", Choices)}{NearestName.Hint(text, Choices)}");

    private static object ParseReal(string text, string name) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value + 0.0
            : throw new ArgumentException($"{name}: \"{text}\" is not a number (with a point, not a comma)");

    /// <summary>A whole number, also one such as 1e4.</summary>
    private object ParseWhole(string text, string name)
    {
        const NumberStyles plain = NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign;
        bool exponent = text.IndexOfAny(['e', 'E']) > 0 && !text.Contains("e-", StringComparison.OrdinalIgnoreCase);
        NumberStyles style = exponent ? plain | NumberStyles.AllowExponent | NumberStyles.AllowDecimalPoint : plain;
        bool whole = decimal.TryParse(text, style, CultureInfo.InvariantCulture, out decimal value) && decimal.IsInteger(value);
        if (!whole || (Type == typeof(ulong) && value is < 0 or > ulong.MaxValue))
        {
            string range = Type == typeof(ulong) ? $" in 0..{ulong.MaxValue}" : "";
            throw new ArgumentException($"{name}: \"{text}\" is not a whole number{range}");
        }
        (decimal least, decimal most) = Type == typeof(int) ? (int.MinValue, int.MaxValue)
            : Type == typeof(long) ? (long.MinValue, long.MaxValue) : ((decimal)ulong.MinValue, ulong.MaxValue);
        if (value < least || value > most)
            throw new ArgumentException($"{name} {text} {(Range == ParameterRange.Any ? $"is outside {least}..{most}" : Range.Broken)}");
        return Convert.ChangeType(value, Type, CultureInfo.InvariantCulture);
    }

    private static LearnerParameter Of(PropertyInfo[] path, object defaults)
    {
        object? value = defaults;
        foreach (PropertyInfo property in path) value = property.GetValue(value);
        PropertyInfo own = path[^1];
        Type? inner = Nullable.GetUnderlyingType(own.PropertyType);
        return new LearnerParameter(Words(own.Name, '_'), inner ?? own.PropertyType, value ?? None, inner is not null)
        {
            Meaning = own.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "",
            Range = own.GetCustomAttribute<RangeAttribute>() is { } range ? ParameterRange.Of(range) : ParameterRange.Any,
            Path = path,
        };
    }

    /// <summary>The properties that are parameters, each with the way to it.</summary>
    private static IEnumerable<PropertyInfo[]> Paths(Type options)
    {
        foreach (PropertyInfo property in options.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property is not { CanRead: true, CanWrite: true } || property.Name is "Seed" or "Threads") continue;
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            bool plain = type.IsEnum || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double)
                || type == typeof(string);
            if (plain) yield return [property];
            else if (type is { IsClass: true, IsArray: false } && type.GetMethod("<Clone>$") is not null)
            {
                foreach (PropertyInfo[] inner in Paths(type)) yield return [property, .. inner];
            }
        }
    }

    private static string OptionOf(string word) => "--" + word.Replace('_', '-');

    /// <summary>A name in code as words in lower case: PoolGrandparents becomes pool_grandparents.</summary>
    /// <param name="name">The name.</param>
    /// <param name="between">What stands between words.</param>
    public static string Words(string name, char between)
    {
        var words = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            bool begins = i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1]);
            if (begins) words.Append(between);
            words.Append(char.ToLowerInvariant(name[i]));
        }
        return words.ToString();
    }

    private sealed class NoValue
    {
        public override string ToString() => "none";
    }
}
