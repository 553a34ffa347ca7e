using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rhm.Claims;
using Rhm.Files;
using Rhm.Report;
using Rhm.Report.Evidence;
using Rhm.Running;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm verify: measures the claims of the ledger.</summary>
internal static class VerifyCommand
{
    internal sealed record Outcome(Claim Claim, Scale Scale, Measurement Measured, Measurement? Control, double Seconds)
    {
        public Verdict Expected => Claim.Expected.At(Scale);

        public bool IsAsRecorded => Claim.Expected.IsMetBy(Scale, Measured.Verdict);

        public bool IsServed => Control is null || Claim.IsServedBy(Control.Verdict);
    }

    private sealed record Request(
        Scale Scale, ulong Seed, int Threads, bool Controls, bool Store, string Folder, bool Verbose,
        CancellationToken Cancellation)
    {
        public RunContext Watched(Action<double> progress) => new(Scale, Seed, Threads, progress, Cancellation);
    }

    public static Command Create()
    {
        Option<string> pattern = new("--claims")
        {
            Description = "Only claims whose identifier matches; * and ? stand for anything, commas separate.",
            DefaultValueFactory = _ => "*",
            HelpName = "PATTERN",
        };
        Option<Scale> scale = Options.Scale();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        FileOption json = Options.Output("--json", "Also write everything measured to a file; with --list, what is shown.");
        Option<bool> controls = new("--controls") { Description = "Also run the negative controls." };
        Option<bool> store = new("--store")
        {
            Description = "Store what is measured, with its controls; evidence of another seed or of a larger scale stays.",
        };
        Option<bool> stale = new("--stale")
        {
            Description = "Only claims whose stored evidence is of another version or missing: measured anew at its scale, and stored. "
                + "With --list: shown; exit code 1 if there are any.",
        };
        Option<bool> verbose = new("--verbose") { Description = "Also show statement, formula, rival and the interval that decides." };
        Option<string?> results = Options.Results();
        Option<bool> list = new("--list")
        {
            Description = "Show each claim with its verdicts on record (quick, paper scale) in a line, without measuring.",
        };
        var command = new Command("verify", """
            Measure the claims of the ledger: what is predicted, what is measured, and one of four verdicts: established, compatible,
            undecided, contradicted.
            Exit code 0: all verdicts are those on record; 1: one is not, or a negative control tells nothing; 2: bad input.

            Examples:
              rhm verify
              rhm verify --claims 'thm-*' --scale paper --json claims.json
              rhm verify --stale --list
            """) { pattern, scale, seed, threads, controls, store, stale, results, json, list, verbose };
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            Claim[] chosen = [.. Ledger.matching(result.GetValue(pattern)!)];
            string folder = result.GetValue(results) ?? ResultsFolder.Default;
            bool isStore = result.GetValue(store) || result.GetValue(stale), withControls = result.GetValue(controls) || isStore;
            int cores = result.GetValue(threads);
            var request = new Request(result.GetValue(scale), result.GetValue(seed), cores, withControls, isStore, folder,
                result.GetValue(verbose), cancellation);
            string? file = result.GetValue(json);
            if (file is not null) OutputFile.RequireWritable(file);
            if (result.GetValue(stale)) return Stale(chosen, request, result.GetValue(list), file);
            if (result.GetValue(list)) return List(chosen, result.GetValue(verbose), file);
            Claim[] claims = [.. Ledger.decidable(request.Scale, Microsoft.FSharp.Collections.ListModule.OfSeq(chosen))];
            List<Outcome> outcomes = Measure(claims, request);
            int others = chosen.Length - claims.Length;
            if (others > 0) Console.WriteLine($"{others} more are measured at --scale paper only; rhm verify --list shows which.");
            if (file is not null) Write(file, request, outcomes);
            return Code(outcomes);
        }, cancellation));
        return command;
    }

    internal static int Code(IEnumerable<Outcome> outcomes) =>
        outcomes.All(outcome => outcome.IsAsRecorded && outcome.IsServed) ? ExitCode.Success : ExitCode.ClaimFailed;

    /// <summary>Measures claims, shows and stores what comes out.</summary>
    private static List<Outcome> Measure(Claim[] claims, Request request)
    {
        if (request.Store) foreach (Claim claim in claims) StoredClaims.RequireWritable(request.Folder, claim);
        var outcomes = new List<Outcome>();
        var kept = new List<string>();
        Terminal.WithPieces(claims.Length * (request.Controls ? 2 : 1), report => Measure(claims, request, outcomes, kept, report));
        Show(outcomes, request.Verbose);
        string exceptions = kept.Count == 0 ? "" : $", but for {string.Join(", ", kept)}";
        if (request.Store) Console.WriteLine($"Stored in {Path.Combine(request.Folder, "claims")}{exceptions}.");
        return outcomes;
    }

    /// <summary>Measures claims one by one, adding to what was measured, and to those whose evidence stays as it is.</summary>
    private static int Measure(Claim[] claims, Request request, List<Outcome> outcomes, List<string> kept,
        Action<string, int, double> report)
    {
        var history = new CommitHistory();
        int done = 0;
        foreach (Claim claim in claims)
        {
            var clock = Stopwatch.StartNew();
            RunContext Piece(string name)
            {
                int number = done++;
                report(name, number, 0);
                return request.Watched(fraction => report(name, number, fraction));
            }
            Measurement measured = claim.Run(Piece(claim.Id));
            Measurement? control = request.Controls ? claim.RunControl(Piece($"{claim.Id}, control")) : null;
            string? reason = request.Store
                ? StoredClaims.Write(request.Folder, claim, request.Watched(_ => { }), measured, control, history.Contains)
                : null;
            if (reason is not null) kept.Add($"{claim.Id} ({reason})");
            outcomes.Add(new Outcome(claim, request.Scale, measured, control, Math.Round(clock.Elapsed.TotalSeconds, 3)));
        }
        return done;
    }

    /// <summary>
    /// Measures claims whose evidence is stale or missing, each at the scale of its evidence and at no less than its own.
    /// </summary>
    private static int Stale(Claim[] chosen, Request request, bool isList, string? file)
    {
        var history = new CommitHistory();
        var stale = new List<(Claim Claim, Scale Scale, string Reason)>();
        foreach (Claim claim in chosen)
        {
            StoredClaim? stored = StoredClaims.TryRead(request.Folder, claim);
            string? reason = stored is null ? "not at all" : stored.Staleness(claim, history.Contains);
            bool isPaper = stored?.Scale == "paper" || claim.Expected.Quick == Verdict.Undecided;
            Scale least = isPaper ? Scale.Paper : claim.Least;
            if (reason is not null) stale.Add((claim, least, reason));
        }
        foreach ((Claim claim, Scale scale, string reason) in stale)
            Console.WriteLine($"{claim.Id}: measured {reason} ({scale.ToString().ToLowerInvariant()} scale)");
        Console.WriteLine($"{stale.Count} of {chosen.Length} claims have stale evidence.");
        if (isList)
        {
            if (file is not null) Write(file, stale.Select(item => new { item.Claim.Id, item.Scale, Measured = item.Reason }));
            return stale.Count == 0 ? ExitCode.Success : ExitCode.ClaimFailed;
        }
        var measured = new List<Outcome>();
        foreach (var group in stale.GroupBy(item => item.Scale).OrderBy(group => group.Key))
            measured.AddRange(Measure([.. group.Select(item => item.Claim)], request with { Scale = group.Key }));
        if (file is not null) Write(file, request, measured);
        return Code(measured);
    }

    private static int List(Claim[] claims, bool verbose, string? file)
    {
        foreach (Claim claim in claims)
        {
            string quick = claim.Least == Scale.Quick ? Word(claim.Expected.Quick) : "paper scale only";
            Console.WriteLine($"{claim.Id,-36}  {quick,-16}  {Word(claim.Expected.Paper),-12}  {claim.Statement}");
            if (!verbose) continue;
            Console.WriteLine($"    formula: {claim.Formula}");
            Console.WriteLine($"    allowed: {claim.Tolerance}");
            Console.WriteLine($"    rival: {claim.Rival}");
            Console.WriteLine($"    source: {claim.Source}");
        }
        if (file is not null) Write(file, claims.Select(Described));
        return ExitCode.Success;
    }

    private static object Described(Claim claim) => new
    {
        claim.Id,
        Chapter = claim.Chapter.Name,
        claim.Statement,
        claim.Source,
        claim.Formula,
        claim.Tolerance,
        RivalTheory = claim.Rival,
        claim.FalseAlarm,
        claim.Least,
        Expected = new { claim.Expected.Quick, claim.Expected.Paper },
    };

    private static void Show(List<Outcome> outcomes, bool verbose)
    {
        Console.WriteLine(Columns("claim", "measured [95%]", "allowed", "verdict"));
        foreach (Outcome o in outcomes)
        {
            Measurement m = o.Measured;
            string measured = Numbers.WithInterval(m.Measured, m.ReadingLow, m.ReadingHigh);
            Console.WriteLine(Columns(o.Claim.Id, measured, Allowed(m.AcceptLow, m.AcceptHigh), Judged(o)));
            if (!verbose) continue;
            Console.WriteLine($"    {o.Claim.Statement}");
            Console.WriteLine($"    predicted {Terminal.Format(m.Predicted)}; measured: {m.Quantity}; the interval that decides is "
                + $"{Deciding(o)}; {Seconds(o)} s");
            string at = m.Rival.At.Length == 0 ? "" : $" ({m.Rival.At})";
            Console.WriteLine($"    rival: {o.Claim.Rival}: {Allowed(m.Rival.Low, m.Rival.High)}{at}, "
                + (m.Rival.Excluded ? "excluded" : "not excluded"));
        }
        Console.WriteLine();
        AnsiConsole.WriteLine(Summary(outcomes));
    }

    /// <summary>A line of at most 100 characters.</summary>
    private static string Columns(string claim, string measured, string allowed, string verdict) =>
        $"{claim,-36}  {measured,-24}  {allowed,-18}  {verdict}";

    private static string Allowed(double low, double high) =>
        Terminal.Format(low) == Terminal.Format(high) ? Terminal.Format(low)
        : double.IsInfinity(high) ? $"from {Terminal.Format(low)}"
        : double.IsInfinity(low) ? $"to {Terminal.Format(high)}"
        : $"{Terminal.Format(low)} to {Terminal.Format(high)}";

    private static string Deciding(Outcome o)
    {
        Measurement m = o.Measured;
        if (m.Low != m.High) return $"[{Terminal.Format(m.Low)}, {Terminal.Format(m.High)}]";
        return o.Claim.FalseAlarm == 0 ? "exact" : $"at most {Terminal.Format(m.AcceptHigh)}";
    }

    private static string Seconds(Outcome o) => o.Seconds.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Judged(Outcome o)
    {
        string verdict = Word(o.Measured.Verdict) + (o.Measured.IsByWidthAlone ? " (w)" : "");
        return o.IsAsRecorded ? verdict : $"{verdict}, on record {Word(o.Expected)}";
    }

    private static string Summary(List<Outcome> outcomes)
    {
        string counts = string.Join(", ", Enum.GetValues<Verdict>().Reverse().Select(verdict =>
            $"{outcomes.Count(o => o.Measured.Verdict == verdict)} {Word(verdict)}"));
        string[] wide = [.. outcomes.Where(o => o.Measured.IsByWidthAlone).Select(o => o.Claim.Id)];
        string width = wide.Length == 0 ? "" : $" (w): the measured value itself lies outside of what is allowed, and only the width of "
            + $"the interval speaks for it: {string.Join(", ", wide)}.";
        string[] others = [.. outcomes.Where(o => !o.IsAsRecorded).Select(o => o.Claim.Id)];
        string[] useless = [.. outcomes.Where(o => !o.IsServed).Select(o => o.Claim.Id)];
        int controls = outcomes.Count(o => o.Control is not null);
        string record = others.Length == 0 ? "as recorded" : $"not as recorded: {string.Join(", ", others)}";
        string useful = useless.Length == 0 ? "" : $"; these do not: {string.Join(", ", useless)}";
        double alarm = outcomes.Max(o => o.Claim.FalseAlarm);
        string certainty = alarm == 0 ? "All of it is exact."
            : "An interval that decides misses the truth with probability at most "
                + $"{alarm.ToString("0.#e0", CultureInfo.InvariantCulture)}.";
        return $"{counts} ({record}), in {Math.Round(outcomes.Sum(o => o.Seconds))} s. {certainty}{width}"
            + (controls == 0 ? "" : $" {controls - useless.Length} of {controls} negative controls say what they must{useful}.");
    }

    private static string Word(Verdict verdict) => ClaimResult.Word(verdict);

    private static void Write(string file, Request request, List<Outcome> outcomes) => Write(file, Document(request, outcomes));

    private static void Write(string file, IEnumerable<object> claims) =>
        Write(file, (object)new { format = "rhm-claims-list", version = 1, claims });

    private static void Write(string file, object document) =>
        OutputFile.Write(file, stream => JsonSerializer.Serialize(stream, document, JsonDocuments.Options));

    private static object Document(Request request, List<Outcome> outcomes) => new
    {
        format = "rhm-claims",
        version = 2,
        program = StoredClaims.Program.Version,
        commit = StoredClaims.Program.Commit,
        scale = request.Scale,
        seed = request.Seed,
        claims = outcomes.Select(o => new
        {
            o.Claim.Id,
            Chapter = o.Claim.Chapter.Name,
            o.Claim.Statement,
            o.Claim.Source,
            o.Claim.Formula,
            o.Claim.Tolerance,
            RivalTheory = o.Claim.Rival,
            o.Claim.FalseAlarm,
            Expected = o.Expected,
            o.Measured.Verdict,
            o.IsAsRecorded,
            o.Measured,
            o.Control,
            o.Seconds,
        }),
    };
}
