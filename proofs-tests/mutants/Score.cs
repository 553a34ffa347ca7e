using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rhm.Mutants;

/// <summary>All results together: a table, CSV, and the numbers that the appendix quotes.</summary>
internal static class Score
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The table of folders, and of every bug that no check says to be one.</summary>
    public static string Table(IReadOnlyList<(Mutant Mutant, MutantResult Result)> measured)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"folder",-40} {"bugs",6} {"killed",6} {"equivalent",10}");
        foreach (var folder in measured.GroupBy(one => one.Mutant.Folder).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            int equivalent = folder.Count(IsEquivalent);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{folder.Key,-40} {folder.Count() - equivalent,6} {folder.Count(IsKilled),6} {equivalent,10}");
        }
        foreach ((Mutant mutant, MutantResult result) in measured.Where(one => !IsKilled(one) && !IsEquivalent(one)))
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{result.Outcome}: {mutant.Id} ({mutant.File}): {mutant.Means} {string.Join("; ", result.Checks)}");
        int bugs = measured.Count(one => !IsEquivalent(one)), killed = measured.Count(IsKilled);
        return text.Append(CultureInfo.InvariantCulture, $"{killed} of {bugs} planted bugs killed").ToString();
    }

    /// <summary>One row a bug.</summary>
    public static string Csv(IReadOnlyList<(Mutant Mutant, MutantResult Result)> measured) =>
        "id,folder,outcome,check,seconds\n" + string.Concat(measured.Select(one => string.Create(CultureInfo.InvariantCulture,
            $"{one.Mutant.Id},{one.Mutant.Folder},{Word(one)},\"{Check(one.Result).Replace("\"", "\"\"", StringComparison.Ordinal)}\",")
            + one.Result.Seconds.ToString("F0", CultureInfo.InvariantCulture) + "\n"));

    /// <summary>The score with what it is made of.</summary>
    public static string Json(IReadOnlyList<(Mutant Mutant, MutantResult Result)> measured, IReadOnlyList<Mutant> all, string commit)
    {
        int bugs = measured.Count(one => !IsEquivalent(one)), killed = measured.Count(IsKilled);
        return JsonSerializer.Serialize(new
        {
            commit,
            catalogue = all.Count(mutant => mutant.Equivalent.Length == 0),
            measured = bugs,
            killed,
            equivalent = measured.Count(IsEquivalent),
            percent = Math.Round(100.0 * killed / bugs, 1),
            hours = Math.Round(measured.Sum(one => one.Result.Seconds) / 3600, 2),
            mutants = measured.Select(one => new { one.Mutant.Id, one.Mutant.Folder, outcome = Word(one), check = Check(one.Result) }),
        }, s_json) + "\n";
    }

    /// <summary>Whether a check says what is wrong.</summary>
    public static bool IsKilled((Mutant Mutant, MutantResult Result) one) => one.Result.Outcome == Outcome.Killed;

    /// <summary>Whether the catalogue explains why the program does the same, and no check says otherwise.</summary>
    public static bool IsEquivalent((Mutant Mutant, MutantResult Result) one) =>
        one.Mutant.Equivalent.Length > 0 && !IsKilled(one);

    private static string Word((Mutant Mutant, MutantResult Result) one) =>
        IsEquivalent(one) ? "Equivalent" : one.Result.Outcome.ToString();

    private static string Check(MutantResult result) => result.Checks.Count == 0 ? "" : result.Checks[0];
}
