using System.CommandLine;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;

namespace Rhm.Cli.Commands;

/// <summary>A sweep file and its store, or a store alone.</summary>
internal sealed class SweepTarget
{
    private readonly FileArgument _path;
    private readonly Option<string?> _store = new("--store")
    {
        Description = "The store; FILE.sqlite beside the sweep file by default.",
        HelpName = "FILE",
    };

    private readonly bool _file;

    /// <param name="file">Whether only a sweep file will do.</param>
    public SweepTarget(bool file)
    {
        _file = file;
        _path = new FileArgument("file")
        {
            Description = "The sweep file (.toml or .json)" + (file ? "." : ", or a store, whose results are then taken all together."),
        };
    }

    public void AddTo(Command command)
    {
        command.Add(_path);
        command.Add(_store);
    }

    public (SweepFile? Sweep, string Store) Resolve(ParseResult result)
    {
        string path = result.GetValue(_path)!;
        string? store = result.GetValue(_store);
        if (_file || SweepFile.IsNamedAsOne(path)) return (SweepFile.Read(path, CellKinds.All), StoreOf(result));
        return store is null
            ? (null, path)
            : throw new ArgumentException($"{path} is no sweep file (.toml or .json), so it is the store; --store names another one");
    }

    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Files(ParseResult result) => [result.GetValue(_path)!, StoreOf(result)];

    /// <summary>The rows of a sweep, which must have been run in its present form, or of a store.</summary>
    public T WithTable<T>(ParseResult result, Func<SweepTable, SweepFile?, T> use)
    {
        (SweepFile? sweep, string path) = Resolve(result);
        using ResultStore store = ResultStore.OpenToRead(path);
        if (sweep is not null)
        {
            ResultStore.SweepCounts known = store.Find(sweep.Name)
                ?? throw new ArgumentException($"{path} has no results of {sweep.Name}: rhm sweep run has not started it yet");
            if (known.Fingerprint != sweep.Fingerprint)
            {
                Console.Error.WriteLine(
                    $"rhm: {sweep.FullPath} or a learner's version has changed since the last run: these are the cells of that run");
            }
        }
        T value = use(SweepTable.Of(store, sweep?.Name), sweep);
        TellUnreadable(store);
        return value;
    }

    /// <summary>Says which rows of a store could not be read.</summary>
    public static void TellUnreadable(ResultStore store)
    {
        const int most = 5;
        foreach (string row in store.Unreadable.Take(most)) Console.Error.WriteLine($"rhm: {Terminal.Plain(row)}");
        if (store.Unreadable.Count > most) Console.Error.WriteLine($"rhm: {store.Unreadable.Count - most} more rows cannot be read");
    }

    public static Option<string?> Only() => new("--only")
    {
        Description = "Only the cells for which a condition holds, such as \"m == 8 and learner == 'ilc'\".",
        HelpName = "EXPR",
    };

    public static Expression? Condition(ParseResult result, Option<string?> only) =>
        result.GetValue(only) is string text ? Expression.Parse(text) : null;

    private string StoreOf(ParseResult result)
    {
        string path = result.GetValue(_path)!;
        return result.GetValue(_store) ?? (SweepFile.IsNamedAsOne(path) ? Path.ChangeExtension(path, ".sqlite") : path);
    }
}
