using System.Globalization;
using System.Text;

namespace Rhm.Commands;

/// <summary>How a command becomes a learner: its name, and the types of its parameters.</summary>
public static class CommandParameters
{
    /// <summary>A value from text: a whole number, a number, true or false, else the text itself.</summary>
    /// <param name="text">The text.</param>
    public static object ValueOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long whole)) return whole;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
            return number;
        return text switch
        {
            "true" => true,
            "false" => false,
            _ => text,
        };
    }

    /// <summary>A learner's name from a command: of the first file behind its first word, else of that word, in lower case.</summary>
    /// <param name="command">The command.</param>
    public static string NameOf(string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        string[] words = Words(command);
        string word = words.Skip(1).FirstOrDefault(File.Exists) ?? words.FirstOrDefault() ?? "";
        var name = new StringBuilder();
        foreach (char letter in Path.GetFileNameWithoutExtension(word).ToLowerInvariant())
            name.Append(char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) ? letter : '-');
        string trimmed = name.ToString().Trim('-');
        return trimmed.Length > 0 ? trimmed : "command";
    }

    /// <summary>The words of a command, without quotes around them.</summary>
    internal static string[] Words(string command) =>
        [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('"', '\''))];
}
