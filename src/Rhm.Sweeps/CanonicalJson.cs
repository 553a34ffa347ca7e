using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>
/// The text that identifies a cell: a JSON object without blanks, names in ordinal order, numbers in their shortest form (doubles with a
/// point or an exponent, integers without).
/// </summary>
internal static class CanonicalJson
{
    /// <summary>The text of some values.</summary>
    /// <param name="fields">Booleans, integers, doubles, texts and enumerations by name; each name once.</param>
    public static ArrayBufferWriter<byte> Write(IEnumerable<(string Name, object Value)> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        var format = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
        using var writer = new Utf8JsonWriter(buffer, format);
        writer.WriteStartObject();
        foreach ((string name, object value) in fields.OrderBy(field => field.Name, StringComparer.Ordinal))
        {
            writer.WritePropertyName(name);
            switch (value)
            {
                case bool flag:
                    writer.WriteBooleanValue(flag);
                    break;
                case int or long:
                    writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case double number:
                    // A point or an exponent tells doubles from integers.
                    string digits = LearnerParameter.Format(number);
                    writer.WriteRawValue(digits.AsSpan().IndexOfAny(".E") < 0 ? digits + ".0" : digits, skipInputValidation: true);
                    break;
                default:
                    writer.WriteStringValue(LearnerParameter.Format(value));
                    break;
            }
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    /// <summary>The parameters of a learner or a function that a text gives; others have their defaults.</summary>
    /// <param name="root">The object.</param>
    /// <param name="parameters">The parameters.</param>
    public static Dictionary<string, object> Values(JsonElement root, IEnumerable<LearnerParameter> parameters)
    {
        var chosen = new Dictionary<string, object>();
        foreach (LearnerParameter parameter in parameters)
        {
            if (!root.TryGetProperty(parameter.Name, out JsonElement value)) continue;
            bool none = parameter.Optional && value.ValueKind == JsonValueKind.String && value.GetString() == "none";
            chosen[parameter.Name] = none ? LearnerParameter.None : Read(value, parameter.Type);
        }
        return chosen;
    }

    private static object Read(JsonElement value, Type type) =>
        type == typeof(bool) ? value.GetBoolean()
        : type == typeof(int) ? value.GetInt32()
        : type == typeof(long) ? value.GetInt64()
        : type == typeof(double) ? value.GetDouble()
        : type == typeof(string) ? value.GetString()!
        : Enum.GetValues(type).Cast<object>().First(choice => LearnerParameter.Format(choice) == value.GetString());
}
