using Microsoft.Data.Sqlite;

namespace Rhm.Sweeps;

/// <summary>The SQLite file of a <see cref="ResultStore"/>: commands in one line each, and SQLite's errors as sentences.</summary>
/// <param name="path">The file.</param>
/// <param name="mode">Whether it may be made.</param>
internal sealed class StoreDatabase(string path, SqliteOpenMode mode) : IDisposable
{
    private readonly SqliteConnection _connection = new(
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 60 }.ToString());

    /// <summary>The file.</summary>
    public string Path { get; } = path;

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

    /// <summary>The rows of a query, one by one.</summary>
    public IEnumerable<T> Query<T>(string text, Func<SqliteDataReader, T> read, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(text, parameters);
        using SqliteDataReader rows = command.ExecuteReader();
        while (rows.Read()) yield return read(rows);
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
            throw error.SqliteErrorCode switch
            {
                13 => new IOException($"the disk is full: {Path} keeps what was finished; make room and run again", error),
                26 or 11 => new ArgumentException($"{Path} is no store of rhm sweep, or it is damaged: {error.Message}", error),
                14 => new ArgumentException($"cannot open {Path}: {error.Message}", error),
                _ => new IOException($"{Path}: {error.Message}", error),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
