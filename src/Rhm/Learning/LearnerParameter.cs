using System.Globalization;
using System.Text;

namespace Rhm.Learning;

/// <summary>A parameter of a learner, by name.</summary>
/// <param name="Name">The property's name in lower case with underscores: <c>pool_grandparents</c>.</param>
/// <param name="Type">bool, int, long, double, string, or an enumeration.</param>
/// <param name="Default">Its value where nothing is said.</param>
/// <param name="Optional">Whether it can also be <see cref="None"/>: a nullable property.</param>
public sealed record LearnerParameter(string Name, Type Type, object Default, bool Optional = false)
{
    /// <summary>The value of an optional parameter that has none.</summary>
    public static object None { get; } = new NoValue();

    /// <summary>A value as written in files: lower case for names, the shortest text that gives back the same number.</summary>
    /// <param name="value">A value of <see cref="Type"/>.</param>
    public static string Format(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        Enum name => Words(name.ToString()),
        double number => (number + 0.0).ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };

    /// <summary>The parameter's value in given options.</summary>
    /// <param name="options">Options of the learner.</param>
    public object ValueOf(object options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.GetType().GetProperties().Single(property => Words(property.Name) == Name).GetValue(options)!;
    }

    /// <summary>The values an enumeration can have.</summary>
    public IReadOnlyList<string> Choices => Type.IsEnum ? [.. Enum.GetNames(Type).Select(Words)] : [];

    private sealed class NoValue
    {
        public override string ToString() => "none";
    }

    /// <summary>PoolGrandparents becomes pool_grandparents.</summary>
    internal static string Words(string name)
    {
        var words = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1])) words.Append('_');
            words.Append(char.ToLowerInvariant(name[i]));
        }
        return words.ToString();
    }
}
