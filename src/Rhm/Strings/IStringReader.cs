namespace Rhm.Strings;

/// <summary>Reads groups of strings; one per thread.</summary>
public interface IStringReader : IDisposable
{
    /// <summary>Fills every level that <paramref name="destination"/> has room for with strings 64 g .. 64 g + 63.</summary>
    /// <param name="group">g, 0..(P-1)/64; ascending order is the fast order.</param>
    /// <param name="destination">Receives the symbols and the number of strings.</param>
    void Read(long group, StringGroup destination);
}
