using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Rhm.Claims;
using Rhm.Files;
using Rhm.Report.Evidence;
using Rhm.Running;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm verify: measures the claims of the ledger.</summary>
internal static class VerifyCommand
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private sealed record Outcome(string Id, string Chapter, string Statement, string Source, string Formula, string Quantity, double Predicted,
        double Measured, double Low, double High, double AcceptLow, double AcceptHigh, string Tolerance, double FalseAlarm, bool Holds, double Seconds);

    public static Command Create()
    {
        Option<string> pattern = new("--claims") { Description = "Only claims whose identifier matches; * and ? stand for anything, commas separate.", DefaultValueFactory = _ => "*", HelpName = "PATTERN" };
        Option<Scale> scale = Options.Scale();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<string?> json = new("--json") { Description = "Also write everything measured to a file.", HelpName = "FILE" };
        Option<bool> controls = new("--controls") { Description = "Also run the negative controls, each of which must fail." };
        Option<string?> results = Options.Results();
        Option<bool> list = new("--list") { Description = "Show the claims without measuring them." };
        var command = new Command("verify", """
            Measure every claim of the ledger: what the paper predicts, what is measured, and whether they agree.
            Exit code 0: all hold; 1: a claim fails; 2: bad input.

            Examples:
              rhm verify
              rhm verify --claims 'thm-*' --scale paper --json claims.json
            """) { pattern, scale, seed, threads, controls, results, json, list };
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            Microsoft.FSharp.Collections.FSharpList<Claim> chosen = Ledger.matching(result.GetValue(pattern)!);
            if (result.GetValue(list)) return List(chosen);
            IReadOnlyList<Claim> claims = [.. Ledger.decidable(result.GetValue(scale), chosen)];
            string? file = result.GetValue(json);
            if (file is not null) OutputFile.RequireWritable(file);
            string folder = result.GetValue(results) ?? ResultsFolder.Default;
            StoredClaims.RequireWritable(folder, claims[0]);
            var outcomes = new List<Outcome>();
            var deaf = new List<string>();
            int kept = 0;
            foreach (Claim claim in claims)
            {
                var clock = Stopwatch.StartNew();
                string title = $"{claim.Id} ({outcomes.Count + 1} of {claims.Count})";
                RunContext Watched(Action<double> progress) => new(result.GetValue(scale), result.GetValue(seed), result.GetValue(threads), progress, cancellation);
                Measurement measured = Terminal.WithProgress(title, progress => claim.Run(Watched(progress)));
                Measurement? control = result.GetValue(controls) ? Terminal.WithProgress($"{title}, control", progress => claim.RunControl(Watched(progress))) : null;
                if (control is { Holds: true }) deaf.Add(claim.Id);
                if (!StoredClaims.Write(folder, claim, Watched(_ => { }), measured, control)) kept++;
                outcomes.Add(new Outcome(claim.Id, claim.Chapter.Name, claim.Statement, claim.Source, claim.Formula, measured.Quantity, measured.Predicted,
                    measured.Measured, measured.Low, measured.High, measured.AcceptLow, measured.AcceptHigh, claim.Tolerance, claim.FalseAlarm,
                    measured.Holds, Math.Round(clock.Elapsed.TotalSeconds, 3)));
            }
            Show(outcomes);
            if (result.GetValue(controls)) Console.WriteLine($"{outcomes.Count - deaf.Count} of {outcomes.Count} negative controls fail, as they must{(deaf.Count == 0 ? "" : $"; these do not: {string.Join(", ", deaf)}")}.");
            Console.WriteLine($"Stored in {Path.Combine(folder, "claims")}{(kept == 0 ? "" : $", but for {kept} that are stored at paper scale already")}.");
            if (claims.Count < chosen.Length) Console.WriteLine($"Only --scale paper can decide {string.Join(", ", chosen.Except(claims).Select(claim => claim.Id))}.");
            if (file is not null)
            {
                OutputFile.Write(file, stream => JsonSerializer.Serialize(stream, new
                {
                    format = "rhm-claims",
                    version = 1,
                    scale = result.GetValue(scale).ToString().ToLowerInvariant(),
                    seed = result.GetValue(seed),
                    claims = outcomes,
                }, s_json));
            }
            return outcomes.All(outcome => outcome.Holds) && deaf.Count == 0 ? ExitCode.Success : ExitCode.ClaimFailed;
        }, cancellation));
        return command;
    }

    private static int List(IEnumerable<Claim> claims)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("claim", "statement", "formula", "tolerance", "source");
        foreach (Claim claim in claims)
        {
            string least = claim.Least == Scale.Quick ? "" : " (--scale paper only)";
            table.AddRow(Markup.Escape(claim.Id + least), Markup.Escape(claim.Statement), Markup.Escape(claim.Formula), Markup.Escape(claim.Tolerance), Markup.Escape(claim.Source));
        }
        Terminal.Write(table);
        return ExitCode.Success;
    }

    private static void Show(List<Outcome> outcomes)
    {
        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("claim").NoWrap());
        table.AddColumn("statement");
        table.AddColumn(new TableColumn("predicted").RightAligned());
        table.AddColumn("measured [[interval]]");
        table.AddColumn(new TableColumn("verdict").NoWrap());
        table.AddColumn(new TableColumn("seconds").RightAligned().NoWrap());
        foreach (Outcome o in outcomes)
        {
            string interval = o.Low == o.High
                ? o.FalseAlarm == 0 ? "(exact)" : $"(at most {Terminal.Format(o.AcceptHigh)})"
                : $"[{Terminal.Format(o.Low)}, {Terminal.Format(o.High)}]";
            table.AddRow(Markup.Escape(o.Id), Markup.Escape(o.Statement), Terminal.Format(o.Predicted),
                Markup.Escape($"{Terminal.Format(o.Measured)} {interval} {o.Quantity}"), o.Holds ? "[green]holds[/]" : "[red]FAILS[/]",
                o.Seconds.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture));
        }
        Terminal.Write(table);
        int held = outcomes.Count(o => o.Holds);
        AnsiConsole.WriteLine($"{held} of {outcomes.Count} claims hold, in {Math.Round(outcomes.Sum(o => o.Seconds))} s. A true claim fails with probability at most {outcomes.Max(o => o.FalseAlarm):0.#e0}.");
    }
}
