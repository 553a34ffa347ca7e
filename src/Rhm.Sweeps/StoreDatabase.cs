using Microsoft.Data.Sqlite;
using Rhm.Files;

namespace Rhm.Sweeps;

/// <summary>The SQLite file of a <see cref="ResultStore"/>: commands in one line each, and SQLite's errors as sentences.</summary>
/// <param name="path">The file.</param>
/// <param name="mode">Whether it may be made.</param>
internal sealed class StoreDatabase(string path, SqliteOpenMode mode) : IDisposable
{
    private readonly SqliteConnection _connection = new(new SqliteConnectionStringBuilder
    {
        DataSource = SourceOf(path, mode),
        Mode = mode,
        Pooling = false,
        DefaultTimeout = 60,
    }.ToString());

    private readonly List<string> _unreadable = [];

    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>Rows that could not be read, one sentence each.</summary>
    public IReadOnlyList<string> Unreadable => _unreadable;

    /// <summary>Whether it was opened.</summary>
    public bool IsOpen => _connection.State == System.Data.ConnectionState.Open;

    /// <summary>Opens it.</summary>
    public void Open() => _connection.Open();

    /// <summary>Begins a transaction, which is rolled back where it is not committed.</summary>
    public SqliteTransaction BeginTransaction() => _connection.BeginTransaction();

    /// <summary>A command to be run again and again.</summary>
    public SqliteCommand Command(string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        foreach ((string name, object value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }

    /// <summary>Runs a command once.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Run(string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = Command(text, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The only value of a query.</summary>
    public object? Scalar(string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = Command(text, parameters);
        return command.ExecuteScalar();
    }

    /// <summary>The rows of a query, one by one; those that another program wrote, or that are damaged, are noted and left out.</summary>
    /// <param name="text">The query.</param>
    /// <param name="table">What its rows are, for messages.</param>
    /// <param name="read">Reads one; a value of another kind is a <see cref="FormatException"/>.</param>
    /// <param name="parameters">Of the query.</param>
    public IEnumerable<T> Query<T>(string text, string table, Func<SqliteDataReader, T> read,
        params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(text, parameters);
        using SqliteDataReader rows = command.ExecuteReader();
        for (int number = 1; rows.Read(); number++)
        {
            T row;
            try
            {
                row = read(rows);
            }
            catch (Exception error) when (error is InvalidCastException or ArgumentException || JsonText.Fault(error) is not null)
            {
                NoteUnreadable($"{table} {number}", JsonText.Fault(error) ?? "a value is of another kind");
                continue;
            }
            yield return row;
        }
    }

    /// <summary>Notes that a row cannot be read.</summary>
    /// <param name="row">Its table and number.</param>
    /// <param name="reason">What is wrong with it.</param>
    public void NoteUnreadable(string row, string reason)
    {
        string sentence = $"{Path}: {row} cannot be read and is left out: {reason}";
        if (!_unreadable.Contains(sentence)) _unreadable.Add(sentence);
    }

    /// <summary>Does something; SQLite's errors become sentences.</summary>
    public void Guard(Action action) => Guard(() =>
    {
        action();
        return 0;
    });

    /// <summary>The value of something; SQLite's errors become sentences.</summary>
    /// <exception cref="IOException">It cannot be written or read.</exception>
    /// <exception cref="ArgumentException">It is no SQLite file, or cannot be opened.</exception>
    public T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException error)
        {
            string reason = StoreFault.Reason(error);
            throw (error.SqliteErrorCode & 0xff) switch
            {
                13 or 10 => new IOException($"{Path}: {reason}; what was finished is kept: make room and run again", error),
                26 or 11 => new ArgumentException($"{Path} is no store of rhm sweep, or it is damaged", error),
                _ => new ArgumentException($"{Path} cannot be used: {reason}", error),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>
    /// The file as SQLite is told, so that a name such as :memory: is that of a file. One that is only read lies where nobody can write,
    /// not even SQLite's own files beside it: it does not change.
    /// </summary>
    private static string SourceOf(string path, SqliteOpenMode mode)
    {
        string full = System.IO.Path.GetFullPath(path);
        return mode == SqliteOpenMode.ReadOnly ? $"{new Uri(full).AbsoluteUri}?immutable=1" : full;
    }
}
