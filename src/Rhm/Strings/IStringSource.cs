namespace Rhm.Strings;

/// <summary>A set of strings that can be read any number of times, from any number of threads, always the same.</summary>
public interface IStringSource
{
    /// <summary>P, the number of strings.</summary>
    long Count { get; }

    /// <summary>s^L, tokens per string.</summary>
    int TokenCount { get; }

    /// <summary>v: tokens are 0..v-1.</summary>
    int Vocabulary { get; }

    /// <summary>A reader for the use of one thread.</summary>
    IStringReader OpenReader();
}
