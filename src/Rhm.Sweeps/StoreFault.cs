using Microsoft.Data.Sqlite;

namespace Rhm.Sweeps;

/// <summary>SQLite's refusals in words of this project.</summary>
public static class StoreFault
{
    /// <summary>Why SQLite refused, as the second half of a sentence.</summary>
    /// <param name="error">What it threw.</param>
    public static string Reason(SqliteException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return (error.SqliteErrorCode & 0xff) switch
        {
            5 or 6 => "another program holds it",
            8 => "it may only be read",
            10 => "the disk does not take or give what it should; perhaps it is full",
            11 or 26 => "the file is damaged, or no store",
            13 => "the disk is full",
            14 => "the file cannot be opened",
            1 => "its tables are not those of a store of this version",
            int code => $"SQLite answers with code {code}",
        };
    }
}
