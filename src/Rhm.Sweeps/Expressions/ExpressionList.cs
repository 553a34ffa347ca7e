namespace Rhm.Sweeps.Expressions;

/// <summary>Expressions in a row, separated by commas: <c>m, min(v, 8)</c>.</summary>
public static class ExpressionList
{
    /// <summary>Reads them; commas in parentheses, brackets and quotes belong to their expression.</summary>
    /// <param name="text">The text; empty for none.</param>
    /// <exception cref="ArgumentException">One is no expression; the message names its column.</exception>
    public static IReadOnlyList<Expression> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<string>();
        int start = 0, depth = 0;
        char quote = '\0';
        for (int i = 0; i <= text.Length; i++)
        {
            char letter = i < text.Length ? text[i] : ',';
            if (i < text.Length && quote != '\0') quote = letter == quote ? '\0' : quote;
            else if (letter is '\'' or '"') quote = letter;
            else if (letter is '(' or '[') depth++;
            else if (letter is ')' or ']') depth--;
            else if (letter == ',' && (depth <= 0 || i == text.Length))
            {
                parts.Add(text[start..i].Trim());
                start = i + 1;
            }
        }
        return [.. parts.Where(part => part.Length > 0).Select(Expression.Parse)];
    }
}
