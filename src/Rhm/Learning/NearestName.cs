namespace Rhm.Learning;

/// <summary>What a user probably meant by a name that there is not.</summary>
public static class NearestName
{
    /// <summary>"; did you mean X?", or nothing where no name is near.</summary>
    /// <param name="given">What was written.</param>
    /// <param name="known">The names that there are.</param>
    public static string Hint(string given, IEnumerable<string> known) =>
        Of(given, known) is string nearest ? $"; did you mean {nearest}?" : "";

    /// <summary>
    /// The known name of the least distance, counted in letters changed, left out or put in, where that is at most two and not
    /// the whole name; or the only one that begins as it does. Null where there is none.
    /// </summary>
    /// <param name="given">What was written.</param>
    /// <param name="known">The names that there are.</param>
    public static string? Of(string given, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(given);
        string[] names = [.. known];
        string? nearest = names.MinBy(name => Distance(given, name));
        if (nearest is null) return null;
        int distance = Distance(given, nearest);
        if (distance <= 2 && distance < Math.Max(given.Length, nearest.Length)) return nearest;
        string[] longer = [.. names.Where(name => given.Length > 2 && name.StartsWith(given, StringComparison.OrdinalIgnoreCase))];
        return longer.Length == 1 ? longer[0] : null;
    }

    /// <summary>Levenshtein's distance without regard to case, and with hyphens and underscores alike; long names count as far.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2) return int.MaxValue;
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0]++;
            for (int j = 0; j < b.Length; j++)
            {
                int change = diagonal + (Plain(a[i]) == Plain(b[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, Math.Min(row[j], diagonal) + 1);
            }
        }
        return row[^1];
    }

    private static char Plain(char letter) => letter == '_' ? '-' : char.ToLowerInvariant(letter);
}
