using System.Text.Json;

namespace Rhm.Files;

/// <summary>JSON that others may have written: whatever is wrong with it becomes one sentence.</summary>
public static class JsonText
{
    /// <summary>What is wrong with a text, as the second half of a sentence; null where an exception is no fault of JSON.</summary>
    /// <param name="error">What a reader of JSON threw.</param>
    public static string? Fault(Exception error) => error switch
    {
        JsonException { LineNumber: long line } => $"line {line + 1} is not the JSON that is read here",
        JsonException => "it is not the JSON that is read here",
        KeyNotFoundException or ArgumentNullException => "a value is missing",
        // A lone surrogate, bytes that are not UTF-8, a text for a number.
        InvalidOperationException or FormatException or OverflowException or NotSupportedException => "a value is of another kind",
        _ => null,
    };

    /// <summary>Reads a text.</summary>
    /// <param name="text">UTF-8, with or without a byte-order mark.</param>
    /// <param name="read">Makes something of it.</param>
    /// <exception cref="ArgumentException">It is no JSON, or another one; the message is the second half of a sentence.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> text, Func<JsonElement, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        try
        {
            using JsonDocument document = JsonDocument.Parse(text.Span.StartsWith(mark) ? text[mark.Length..] : text);
            return read(document.RootElement);
        }
        catch (Exception error) when (Fault(error) is string reason)
        {
            throw new ArgumentException(reason, error);
        }
    }
}
