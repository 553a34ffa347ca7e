namespace Rhm.Sweeps.Expressions;

/// <summary>What a <see cref="Token"/> is.</summary>
internal enum TokenKind
{
    /// <summary>A decimal number.</summary>
    Number,

    /// <summary>A name, a function, or an operator that is a word.</summary>
    Word,

    /// <summary>A text in quotes.</summary>
    Quoted,

    /// <summary>An operator, a bracket or a comma.</summary>
    Symbol,

    /// <summary>The end of the expression.</summary>
    End,
}
