using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Rhm.Files;
using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>
/// The results of sweeps: one SQLite file. A row for each cell, keyed by the hash of its configuration, so that nothing is there
/// twice; results of other versions of a learner have other keys. Each finished cell is one transaction in a write-ahead log: a killed
/// process loses the cells it was running and no other. That a cell was begun is written down as well, so that one whose processes die
/// again and
/// again becomes known. Any number of readers, one writing process.
/// </summary>
public sealed class ResultStore : IDisposable
{
    /// <summary>A cell that was begun so often and ended never counts as failed.</summary>
    public const int MaxLostAttempts = 3;

    private static readonly string[] s_outcome =
    [
        "$key", "$state", "$accuracy", "$measures", "$error", "$wall", "$cpu", "$allocated", "$peak", "$code", "$host", "$finished",
        "$processor",
    ];

    private readonly string _start = string.Create(CultureInfo.InvariantCulture,
        $"process {Environment.ProcessId} on {Environment.MachineName}, {DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}");

    private readonly StoreDatabase _database;
    private readonly FileStream? _lock;
    private readonly Lock _turn = new();
    private SqliteCommand? _finish;
    private SqliteCommand? _begin;

    private ResultStore(StoreDatabase database, FileStream? exclusive) => (_database, _lock) = (database, exclusive);

    /// <summary>Version of the tables; stores of earlier versions are brought up to date when they are opened.</summary>
    public static int Version => StoreSchema.Version;

    /// <summary>The file.</summary>
    public string Path => _database.Path;

    /// <summary>Opens a store for writing, alone; makes it where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">It is no store, of a later version, or another process writes to it.</exception>
    public static ResultStore OpenToWrite(string path)
    {
        FileStream exclusive;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            exclusive = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException(File.Exists(path + ".lock")
                ? $"another process writes to {path} now; wait for it, or choose another --store"
                : $"cannot write {path}: {FileFault.Reason(error)}", error);
        }
        try
        {
            return Open(path, SqliteOpenMode.ReadWriteCreate, exclusive);
        }
        catch
        {
            exclusive.Dispose();
            throw;
        }
    }

    /// <summary>Opens a store that exists, to look at it; also while another process fills it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">There is none, it is no store, or of a later version.</exception>
    public static ResultStore OpenToRead(string path)
    {
        if (!File.Exists(path)) throw new ArgumentException($"there is no store {path}: nothing was run yet");
        try
        {
            return Open(path, SqliteOpenMode.ReadWrite, null);
        }
        catch (Exception error) when (error.InnerException is SqliteException { SqliteErrorCode: 8 or 14 }
            && new FileInfo(path + "-wal") is { Exists: false } or { Length: 0 })
        {
            return OpenUnchanging(path);
        }
    }

    /// <summary>Opens a store that nobody can write: in a folder that may only be read.</summary>
    internal static ResultStore OpenUnchanging(string path) => Open(path, SqliteOpenMode.ReadOnly, null);

    /// <summary>Rows that could not be read, one sentence each: another program wrote them, or the file is damaged.</summary>
    public IReadOnlyList<string> Unreadable => _database.Unreadable;

    /// <summary>Notes that a cell cannot be read.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="reason">What is wrong with it.</param>
    internal void NoteUnreadable(CellKey key, string reason) => _database.NoteUnreadable($"cell {key}", reason);

    private static ResultStore Open(string path, SqliteOpenMode mode, FileStream? exclusive)
    {
        var database = new StoreDatabase(path, mode);
        try
        {
            database.Guard(() =>
            {
                database.Open();
                StoreSchema.Prepare(database, create: mode == SqliteOpenMode.ReadWriteCreate);
            });
            return new ResultStore(database, exclusive);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Makes a sweep and its cells known; cells that are there keep their results.</summary>
    /// <param name="name">The sweep; what was planned under this name before is forgotten, results stay.</param>
    /// <param name="fingerprint">Of the sweep's file.</param>
    /// <param name="cells">All cells.</param>
    public void Register(string name, CellKey fingerprint, IReadOnlyList<Cell> cells) => _database.Guard(() =>
    {
        ArgumentNullException.ThrowIfNull(cells);
        if (Find(name) is { } known && known.Fingerprint == fingerprint) return;
        using SqliteTransaction transaction = _database.BeginTransaction();
        _database.Run("""
            INSERT INTO sweep(name, fingerprint, cells, done, failed) VALUES($name, $print, $cells, 0, 0)
                ON CONFLICT(name) DO UPDATE SET fingerprint = $print, cells = $cells, refused = 0
            """, ("$name", name), ("$print", fingerprint.ToBytes()), ("$cells", cells.Count));
        long sweep = (long)_database.Scalar("SELECT id FROM sweep WHERE name = $name", ("$name", name))!;
        _database.Run("DELETE FROM member WHERE sweep = $sweep", ("$sweep", sweep));
        AddMembers(sweep, cells);
        _database.Run("DELETE FROM cell WHERE state = 0 AND id NOT IN (SELECT cell FROM member)");
        _database.Run("""
            UPDATE sweep SET
                done = (SELECT count(*) FROM member JOIN cell ON id = member.cell WHERE member.sweep = $sweep AND state = 1),
                failed = (SELECT count(*) FROM member JOIN cell ON id = member.cell WHERE member.sweep = $sweep AND state = 2)
                WHERE id = $sweep
            """, ("$sweep", sweep));
        transaction.Commit();
    });

    private void AddMembers(long sweep, IReadOnlyList<Cell> cells)
    {
        using SqliteCommand add = _database.Command("""
            INSERT OR IGNORE INTO cell(key, config, kind, learner, learner_version, model_version)
                VALUES($key, $config, $kind, $learner, $version, $model)
            """, ("$key", Array.Empty<byte>()), ("$config", ""), ("$kind", ""), ("$learner", ""), ("$version", 0L),
            ("$model", (long)LearningProblem.ModelVersion));
        using SqliteCommand join = _database.Command("INSERT OR IGNORE INTO member SELECT id, $sweep FROM cell WHERE key = $key",
            ("$sweep", sweep), ("$key", Array.Empty<byte>()));
        foreach (Cell cell in cells)
        {
            byte[] key = cell.Key.ToBytes();
            (add.Parameters[0].Value, add.Parameters[1].Value, add.Parameters[2].Value) = (key, cell.Configuration, cell.Kind);
            (add.Parameters[3].Value, add.Parameters[4].Value) = (cell.Worker, cell.Version);
            add.ExecuteNonQuery();
            join.Parameters[1].Value = key;
            join.ExecuteNonQuery();
        }
    }

    /// <summary>Notes how many cells of a sweep did not fit in memory.</summary>
    /// <param name="name">The sweep.</param>
    /// <param name="refused">How many.</param>
    public void NoteRefused(string name, int refused) => _database.Guard(() => _database.Run(
        "UPDATE sweep SET refused = $refused WHERE name = $name AND refused <> $refused", ("$refused", refused), ("$name", name)));

    /// <summary>A sweep that was registered.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Fingerprint">Of its file.</param>
    /// <param name="Cells">How many cells it has.</param>
    /// <param name="Done">Those with a result.</param>
    /// <param name="Failed">Those that failed.</param>
    /// <param name="Refused">Those that did not fit in memory at the last run.</param>
    /// <param name="Begun">Those to run that were begun: they run now, or the processes that ran them died.</param>
    public sealed record SweepCounts(string Name, CellKey Fingerprint, long Cells, long Done, long Failed, long Refused, long Begun);

    /// <summary>Cells of one version of a learner or function in one state.</summary>
    /// <param name="Kind">Kind of the cells.</param>
    /// <param name="Learner">Its name.</param>
    /// <param name="LearnerVersion">Its version.</param>
    /// <param name="ModelVersion">Version of the model.</param>
    /// <param name="State">The state.</param>
    /// <param name="Cells">How many.</param>
    /// <param name="WallSeconds">What they took together.</param>
    public sealed record TallyRow(string Kind, string Learner, long LearnerVersion, long ModelVersion, CellState State, long Cells,
        double WallSeconds);

    /// <summary>The sweeps, from counts that are kept up to date: takes no longer for a million cells.</summary>
    public IReadOnlyList<SweepCounts> Sweeps() => _database.Guard(() => _database.Query("""
        SELECT name, fingerprint, cells, done, failed, refused,
            (SELECT count(DISTINCT attempt.cell) FROM attempt JOIN member ON member.cell = attempt.cell
                JOIN cell ON cell.id = attempt.cell WHERE member.sweep = sweep.id AND forgiven = 0 AND state = 0) FROM sweep ORDER BY name
        """, "sweep",
        row => new SweepCounts(TextAt(row, 0), KeyAt(row, 1), row.GetInt64(2), row.GetInt64(3),
            row.GetInt64(4), row.GetInt64(5), row.GetInt64(6))).ToList());

    /// <summary>The sweep of a name, or null.</summary>
    /// <param name="name">The name.</param>
    public SweepCounts? Find(string name) => Sweeps().FirstOrDefault(sweep => sweep.Name == name);

    /// <summary>All cells by learner and state, from counts that are kept up to date.</summary>
    public IReadOnlyList<TallyRow> Tally() => _database.Guard(() => _database.Query(
        "SELECT kind, learner, learner_version, model_version, state, cells, wall_seconds FROM tally WHERE cells > 0", "tally",
        row => new TallyRow(TextAt(row, 0), TextAt(row, 1), row.GetInt64(2), row.GetInt64(3), StateAt(row, 4), row.GetInt64(5),
            NumberAt(row, 6) ?? 0)).ToList());

    /// <summary>Cells that are done or failed.</summary>
    public Dictionary<CellKey, CellState> Finished() => _database.Guard(() => _database.Query(
        "SELECT key, state FROM cell WHERE state <> 0", "finished cell",
        row => KeyValuePair.Create(KeyAt(row, 0), StateAt(row, 1))).ToDictionary());

    /// <summary>Writes down that a cell is being run by this process.</summary>
    /// <param name="key">The cell.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Begin(CellKey key) => Begin([(key, _start)]);

    /// <summary>Writes down that cells were begun; again, as often as one likes. Those that have a result are left out.</summary>
    /// <param name="attempts">The cells, and which process or array began them.</param>
    public void Begin(IEnumerable<(CellKey Key, string Start)> attempts) => _database.Guard(() =>
    {
        lock (_turn)
        {
            _begin ??= _database.Command("""
                INSERT OR IGNORE INTO attempt(cell, start) SELECT id, $start FROM cell WHERE key = $key AND state <> 1
                """, ("$key", DBNull.Value), ("$start", DBNull.Value));
            foreach ((CellKey key, string start) in attempts)
            {
                (_begin.Parameters[0].Value, _begin.Parameters[1].Value) = (key.ToBytes(), start);
                _begin.ExecuteNonQuery();
            }
        }
    });

    /// <summary>How often cells without a result were begun: they run now, or the processes that ran them died.</summary>
    public IReadOnlyDictionary<CellKey, int> Begun() => _database.Guard(() => _database.Query("""
        SELECT key, count(*) FROM attempt JOIN cell ON id = attempt.cell WHERE forgiven = 0 AND state <> 1 AND start <> $own GROUP BY id
        """, "attempt", row => KeyValuePair.Create(KeyAt(row, 0), row.GetInt32(1)), ("$own", _start)).ToDictionary());

    /// <summary>Forgets how often cells were begun: they are to be tried again.</summary>
    /// <param name="cells">The cells.</param>
    public void Forgive(IEnumerable<Cell> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        _database.Guard(() =>
        {
            using SqliteTransaction transaction = _database.BeginTransaction();
            using SqliteCommand forgive = _database.Command(
                "UPDATE attempt SET forgiven = 1 WHERE cell = (SELECT id FROM cell WHERE key = $key)", ("$key", DBNull.Value));
            foreach (Cell cell in cells)
            {
                forgive.Parameters[0].Value = cell.Key.ToBytes();
                forgive.ExecuteNonQuery();
            }
            transaction.Commit();
        });
    }

    /// <summary>Counts cells as failed that were begun <see cref="MaxLostAttempts"/> times and never ended.</summary>
    /// <param name="cells">Cells that no process runs now.</param>
    /// <returns>What was written down about those.</returns>
    public IReadOnlyList<CellOutcome> GiveUp(IEnumerable<Cell> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        IReadOnlyDictionary<CellKey, int> begun = Begun();
        var given = new List<CellOutcome>();
        if (begun.Count == 0) return given;
        foreach (Cell cell in cells)
        {
            CellKey key = cell.Key;
            if (!begun.TryGetValue(key, out int count) || count < MaxLostAttempts) continue;
            string last = _database.Guard(() => (string)_database.Scalar("""
                SELECT start FROM attempt JOIN cell ON id = attempt.cell WHERE key = $key AND forgiven = 0 ORDER BY start DESC LIMIT 1
                """, ("$key", key.ToBytes()))!);
            string error = $"the process that ran it died {count} times without a word: out of memory, or killed (last: {last})";
            given.Add(new CellOutcome(key, cell.Configuration, null, null, error, double.NaN, null, null, null, CellRunner.Code,
                Environment.MachineName, CellRunner.Now));
        }
        FinishAll(given);
        return given;
    }

    /// <summary>Writes down what came of a cell, in one transaction. A result that is there stays.</summary>
    /// <param name="outcome">What came of it.</param>
    /// <returns>Whether something changed.</returns>
    /// <exception cref="IOException">It cannot be written, because the disk is full, say; what is stored stays valid.</exception>
    public bool Finish(CellOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return _database.Guard(() =>
        {
            lock (_turn)
            {
                _finish ??= _database.Command("""
                    UPDATE cell SET state = $state, accuracy = $accuracy, measures = $measures, error = $error, wall_seconds = $wall,
                    cpu_seconds = $cpu, allocated_bytes = $allocated, process_peak_bytes = $peak,
                    code = $code, host = $host, finished = $finished, processor = $processor
                    WHERE key = $key AND (state = 0 OR (state = 2 AND ($state = 1 OR finished < $finished)))
                    """, [.. s_outcome.Select(name => (name, (object)DBNull.Value))]);
                object[] values = ValuesOf(outcome);
                for (int i = 0; i < values.Length; i++) _finish.Parameters[i].Value = values[i];
                return _finish.ExecuteNonQuery() > 0;
            }
        });
    }

    /// <summary>Writes down many outcomes in one transaction.</summary>
    /// <param name="outcomes">What came of cells that are known here.</param>
    /// <returns>How many changed something.</returns>
    public int FinishAll(IEnumerable<CellOutcome> outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return _database.Guard(() =>
        {
            using SqliteTransaction transaction = _database.BeginTransaction();
            int changed = outcomes.Count(Finish);
            transaction.Commit();
            // A command belongs to the transaction that it was made in.
            _finish?.Dispose();
            _finish = null;
            return changed;
        });
    }

    /// <summary>In the order of <see cref="s_outcome"/>.</summary>
    private static object[] ValuesOf(CellOutcome outcome) =>
    [
        outcome.Key.ToBytes(),
        outcome.Accuracy is null ? 2 : 1,
        outcome.Accuracy is null ? DBNull.Value : Numbers(outcome.Accuracy),
        outcome.Measures is { Count: > 0 } ? JsonSerializer.Serialize(outcome.Measures) : DBNull.Value,
        (object?)outcome.Error ?? DBNull.Value,
        double.IsNaN(outcome.WallSeconds) ? DBNull.Value : outcome.WallSeconds,
        (object?)outcome.CpuSeconds ?? DBNull.Value,
        (object?)outcome.AllocatedBytes ?? DBNull.Value,
        (object?)outcome.ProcessPeakBytes ?? DBNull.Value,
        outcome.Code,
        outcome.Host,
        outcome.Finished,
        outcome.Processor,
    ];

    /// <summary>A stored cell.</summary>
    /// <param name="Key">Its key.</param>
    /// <param name="State">Where it stands.</param>
    /// <param name="Outcome">What came of it; only the configuration means something while it is pending.</param>
    /// <param name="Begun">How often it was begun without having got a result: it runs now, or the processes that ran it died.</param>
    public sealed record StoredCell(CellKey Key, CellState State, CellOutcome Outcome, int Begun);

    /// <summary>The cells in the order in which they were planned.</summary>
    /// <param name="sweep">Of one sweep only, or (null) of the whole store.</param>
    public IEnumerable<StoredCell> Cells(string? sweep = null)
    {
        string chosen = sweep is null ? ""
            : "WHERE id IN (SELECT cell FROM member WHERE sweep = (SELECT id FROM sweep WHERE name = $name))";
        using IEnumerator<StoredCell> rows = _database.Query($"""
            SELECT key, state, config, accuracy, measures, error, wall_seconds, cpu_seconds, allocated_bytes, process_peak_bytes,
                code, host, finished, processor,
                CASE state WHEN 1 THEN 0 ELSE (SELECT count(*) FROM attempt WHERE cell = cell.id AND forgiven = 0) END FROM cell
            {chosen} ORDER BY id
            """, "cell", ReadCell, sweep is null ? [] : [("$name", sweep)]).GetEnumerator();
        while (_database.Guard(rows.MoveNext)) yield return rows.Current;
    }

    private static StoredCell ReadCell(SqliteDataReader row)
    {
        CellKey key = KeyAt(row, 0);
        string Text(int column) => row.IsDBNull(column) ? "" : TextAt(row, column);
        T? Json<T>(int column) where T : class => row.IsDBNull(column) ? null : JsonSerializer.Deserialize<T>(TextAt(row, column));
        var outcome = new CellOutcome(key, TextAt(row, 2), Json<double[]>(3), Json<Dictionary<string, double>>(4),
            row.IsDBNull(5) ? null : TextAt(row, 5), NumberAt(row, 6) ?? double.NaN, NumberAt(row, 7), (long?)NumberAt(row, 8),
            (long?)NumberAt(row, 9), Text(10), Text(11), Text(12))
        {
            Processor = Text(13),
        };
        CellState state = StateAt(row, 1);
        if (state == CellState.Done && outcome.Accuracy is null) throw new FormatException("a result without an accuracy");
        return new StoredCell(key, state, outcome, row.GetInt32(14));
    }

    /// <summary>Lets the file grow no more, as a full disk does: for tests.</summary>
    internal void LimitPages() =>
        _database.Guard(() => _database.Run($"PRAGMA max_page_count = {(long)_database.Scalar("PRAGMA page_count")! + 4}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // Who gets here was not killed: the cells that it abandoned are not to blame.
            if (_lock is not null && _database.IsOpen) _database.Run("DELETE FROM attempt WHERE start = $own", ("$own", _start));
        }
        catch (SqliteException)
        {
            // A full disk, say: they count as lost once.
        }
        _begin?.Dispose();
        _finish?.Dispose();
        _database.Dispose();
        _lock?.Dispose();
    }

    /// <summary>Numbers as text that gives back the same bits.</summary>
    internal static string Numbers(IReadOnlyList<double> values) =>
        "[" + string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture))) + "]";

    // SQLite gives a text for a number, and a number for a text, without a word.
    private static CellKey KeyAt(SqliteDataReader row, int column) => row.GetValue(column) is byte[] { Length: 16 } key
        ? CellKey.FromBytes(key)
        : throw new FormatException("a key is 16 bytes");

    private static string TextAt(SqliteDataReader row, int column) => row.GetValue(column) as string
        ?? throw new FormatException($"{row.GetName(column)} is no text");

    private static double? NumberAt(SqliteDataReader row, int column) => row.GetValue(column) switch
    {
        DBNull => null,
        double number => number,
        long number => number,
        _ => throw new FormatException($"{row.GetName(column)} is no number"),
    };

    private static CellState StateAt(SqliteDataReader row, int column) => row.GetValue(column) is long number
        && number is >= 0 and <= (long)CellState.Failed
            ? (CellState)number
            : throw new FormatException("there is no such state");
}
