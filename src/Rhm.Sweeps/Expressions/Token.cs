namespace Rhm.Sweeps.Expressions;

/// <summary>A word, number, symbol or text of an expression.</summary>
/// <param name="Text">Its characters; a text without its quotes.</param>
/// <param name="At">Where it begins, from 0.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct Token(string Text, int At, TokenKind Kind)
{
    private static readonly string[] s_symbols =
        ["==", "!=", "<=", ">=", "&&", "||", "=", "<", ">", "+", "-", "**", "*", "/", "^", "(", ")", "[", "]", ",", "!"];

    /// <summary>The tokens of a text, the last of which is its end.</summary>
    /// <param name="text">The expression.</param>
    /// <exception cref="ArgumentException">A character means nothing, or a quote is not closed.</exception>
    public static List<Token> Scan(string text)
    {
        var tokens = new List<Token>();
        for (int at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at])) at++;
            else at = Next(text, at, tokens);
        }
        tokens.Add(new Token("", text.Length, TokenKind.End));
        return tokens;
    }

    /// <summary>Adds the token at a place and returns the place behind it.</summary>
    private static int Next(string text, int start, List<Token> tokens)
    {
        char first = text[start];
        if (char.IsAsciiDigit(first) || (first == '.' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1])))
            return Add(TokenKind.Number, EndOfNumber(text, start));
        if (char.IsAsciiLetter(first) || first == '_')
        {
            int end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_')) end++;
            return Add(TokenKind.Word, end);
        }
        if (first is '\'' or '"')
        {
            int end = text.IndexOf(first, start + 1);
            if (end < 0) throw new ArgumentException($"expression \"{text}\": the quote at column {start + 1} is not closed");
            tokens.Add(new Token(text[(start + 1)..end], start, TokenKind.Quoted));
            return end + 1;
        }
        string symbol = s_symbols.FirstOrDefault(symbol => string.CompareOrdinal(text, start, symbol, 0, symbol.Length) == 0)
            ?? throw new ArgumentException($"expression \"{text}\": \"{first}\" at column {start + 1} means nothing here");
        return Add(TokenKind.Symbol, start + symbol.Length);

        int Add(TokenKind kind, int end)
        {
            tokens.Add(new Token(text[start..end], start, kind));
            return end;
        }
    }

    private static int EndOfNumber(string text, int start)
    {
        int end = start;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or '_')) end++;
        if (end == text.Length || text[end] is not ('e' or 'E')) return end;
        int exponent = end + 1;
        if (exponent < text.Length && text[exponent] is '+' or '-') exponent++;
        if (exponent >= text.Length || !char.IsAsciiDigit(text[exponent])) return end;
        while (exponent < text.Length && char.IsAsciiDigit(text[exponent])) exponent++;
        return exponent;
    }
}
