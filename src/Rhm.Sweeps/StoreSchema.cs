using Microsoft.Data.Sqlite;

namespace Rhm.Sweeps;

/// <summary>
/// The tables of a <see cref="ResultStore"/>, as they were in each version: a store of an older one is brought up to date.
/// </summary>
internal static class StoreSchema
{
    /// <summary>Tells a store from other SQLite files.</summary>
    public const int ApplicationId = 0x52484D53;

    private const string Version1 = """
        CREATE TABLE cell(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, config TEXT NOT NULL, learner TEXT NOT NULL,
            learner_version INTEGER NOT NULL, model_version INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,
            accuracy TEXT, measures TEXT, error TEXT, wall_seconds REAL, cpu_seconds REAL, peak_memory_bytes INTEGER,
            code TEXT, host TEXT, finished TEXT);
        CREATE INDEX cell_open ON cell(state) WHERE state <> 1;
        CREATE TABLE sweep(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fingerprint BLOB NOT NULL, cells INTEGER NOT NULL,
            done INTEGER NOT NULL, failed INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE member(cell INTEGER NOT NULL, sweep INTEGER NOT NULL, PRIMARY KEY(cell, sweep)) WITHOUT ROWID;
        CREATE TABLE tally(learner TEXT NOT NULL, learner_version INTEGER NOT NULL, model_version INTEGER NOT NULL, state INTEGER NOT NULL,
            cells INTEGER NOT NULL, wall_seconds REAL NOT NULL, PRIMARY KEY(learner, learner_version, model_version, state)) WITHOUT ROWID;
        CREATE TRIGGER cell_new AFTER INSERT ON cell BEGIN
            INSERT INTO tally VALUES(NEW.learner, NEW.learner_version, NEW.model_version, NEW.state, 1, ifnull(NEW.wall_seconds, 0))
                ON CONFLICT DO UPDATE SET cells = cells + 1, wall_seconds = wall_seconds + excluded.wall_seconds;
        END;
        CREATE TRIGGER cell_gone AFTER DELETE ON cell BEGIN
            UPDATE tally SET cells = cells - 1, wall_seconds = wall_seconds - ifnull(OLD.wall_seconds, 0) WHERE learner = OLD.learner
                AND learner_version = OLD.learner_version AND model_version = OLD.model_version AND state = OLD.state;
        END;
        CREATE TRIGGER cell_state AFTER UPDATE OF state ON cell BEGIN
            UPDATE tally SET cells = cells - 1, wall_seconds = wall_seconds - ifnull(OLD.wall_seconds, 0) WHERE learner = OLD.learner
                AND learner_version = OLD.learner_version AND model_version = OLD.model_version AND state = OLD.state;
            INSERT INTO tally VALUES(NEW.learner, NEW.learner_version, NEW.model_version, NEW.state, 1, ifnull(NEW.wall_seconds, 0))
                ON CONFLICT DO UPDATE SET cells = cells + 1, wall_seconds = wall_seconds + excluded.wall_seconds;
            UPDATE sweep SET done = done + (NEW.state = 1) - (OLD.state = 1), failed = failed + (NEW.state = 2) - (OLD.state = 2)
                WHERE id IN (SELECT sweep FROM member WHERE cell = NEW.id);
        END;
        """;

    // An attempt is a cell begun by a process or by an array of a cluster; its row goes when the cell has a result.
    private const string Version2 = """
        ALTER TABLE cell RENAME COLUMN peak_memory_bytes TO process_peak_bytes;
        ALTER TABLE cell ADD COLUMN allocated_bytes INTEGER;
        CREATE TABLE attempt(cell INTEGER NOT NULL, start TEXT NOT NULL, forgiven INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(cell, start)) WITHOUT ROWID;
        CREATE TRIGGER cell_done AFTER UPDATE OF state ON cell WHEN NEW.state = 1 BEGIN
            DELETE FROM attempt WHERE cell = NEW.id;
        END;
        CREATE TRIGGER cell_forgotten AFTER DELETE ON cell BEGIN
            DELETE FROM attempt WHERE cell = OLD.id;
        END;
        """;

    // Kinds of cells, and the processor that a result comes from.
    private const string Version3 = """
        ALTER TABLE cell ADD COLUMN kind TEXT NOT NULL DEFAULT 'run';
        ALTER TABLE cell ADD COLUMN processor TEXT;
        DROP TRIGGER cell_new;
        DROP TRIGGER cell_gone;
        DROP TRIGGER cell_state;
        ALTER TABLE tally RENAME TO tally_of_runs;
        CREATE TABLE tally(kind TEXT NOT NULL, learner TEXT NOT NULL, learner_version INTEGER NOT NULL, model_version INTEGER NOT NULL,
            state INTEGER NOT NULL, cells INTEGER NOT NULL, wall_seconds REAL NOT NULL,
            PRIMARY KEY(kind, learner, learner_version, model_version, state)) WITHOUT ROWID;
        INSERT INTO tally SELECT 'run', learner, learner_version, model_version, state, cells, wall_seconds FROM tally_of_runs;
        DROP TABLE tally_of_runs;
        CREATE TRIGGER cell_new AFTER INSERT ON cell BEGIN
            INSERT INTO tally VALUES(NEW.kind, NEW.learner, NEW.learner_version, NEW.model_version, NEW.state, 1,
                ifnull(NEW.wall_seconds, 0))
                ON CONFLICT DO UPDATE SET cells = cells + 1, wall_seconds = wall_seconds + excluded.wall_seconds;
        END;
        CREATE TRIGGER cell_gone AFTER DELETE ON cell BEGIN
            UPDATE tally SET cells = cells - 1, wall_seconds = wall_seconds - ifnull(OLD.wall_seconds, 0) WHERE kind = OLD.kind
                AND learner = OLD.learner AND learner_version = OLD.learner_version AND model_version = OLD.model_version
                AND state = OLD.state;
        END;
        CREATE TRIGGER cell_state AFTER UPDATE OF state ON cell BEGIN
            UPDATE tally SET cells = cells - 1, wall_seconds = wall_seconds - ifnull(OLD.wall_seconds, 0) WHERE kind = OLD.kind
                AND learner = OLD.learner AND learner_version = OLD.learner_version AND model_version = OLD.model_version
                AND state = OLD.state;
            INSERT INTO tally VALUES(NEW.kind, NEW.learner, NEW.learner_version, NEW.model_version, NEW.state, 1,
                ifnull(NEW.wall_seconds, 0))
                ON CONFLICT DO UPDATE SET cells = cells + 1, wall_seconds = wall_seconds + excluded.wall_seconds;
            UPDATE sweep SET done = done + (NEW.state = 1) - (OLD.state = 1), failed = failed + (NEW.state = 2) - (OLD.state = 2)
                WHERE id IN (SELECT sweep FROM member WHERE cell = NEW.id);
        END;
        """;

    /// <summary>What each version changes, from an empty file on.</summary>
    public static IReadOnlyList<string> Versions { get; } = [Version1, Version2, Version3];

    /// <summary>The present version of the tables.</summary>
    public static int Version => Versions.Count;

    /// <summary>Makes the tables in a new file; brings those of an older version up to date.</summary>
    /// <param name="database">The file.</param>
    /// <param name="create">Whether an empty file becomes a store.</param>
    /// <exception cref="ArgumentException">It is no store, or one of a later version.</exception>
    public static void Prepare(StoreDatabase database, bool create)
    {
        bool empty = (long)database.Scalar("SELECT count(*) FROM sqlite_master")! == 0;
        long application = (long)database.Scalar("PRAGMA application_id")!, version = (long)database.Scalar("PRAGMA user_version")!;
        if (empty && create)
        {
            // WAL with synchronous=NORMAL: a commit is safe from the death of the process; a power cut may take the last ones, whole.
            database.Run("PRAGMA journal_mode = WAL");
            (application, version) = (ApplicationId, 0);
        }
        if (application != ApplicationId) throw new ArgumentException($"{database.Path} is no store of rhm sweep");
        if (version > Version)
        {
            throw new ArgumentException($"{database.Path} is a store of version {version}, this program has version {Version}: "
                + "use the program that wrote it, or another --store");
        }
        if (version < Version)
        {
            using SqliteTransaction transaction = database.BeginTransaction();
            foreach (string change in Versions.Skip((int)version)) database.Run(change);
            database.Run($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
            transaction.Commit();
        }
        database.Run("PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 60000; PRAGMA cache_size = -65536");
    }
}
