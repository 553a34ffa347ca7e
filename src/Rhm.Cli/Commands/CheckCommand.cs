using System.CommandLine;
using Rhm.Experiments;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Report.Settings;
using Rhm.Running;
using Rhm.Sweeps;

namespace Rhm.Cli.Commands;

/// <summary>rhm check: the theory at a user's own setting.</summary>
internal sealed class CheckCommand
{
    private const double PilotSeconds = 5;

    private readonly GrammarOptions _grammar = new();
    private readonly Option<int> _grammars = Options.Number("--grammars", "Random grammars of each learner and setting.", 16, 2, 10_000);
    private readonly Option<long> _most =
        Options.Number("--most", "Most strings that are tried; what may need more than half of them is left out.", 1L << 26, 1, 1L << 60);
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<int> _threads = Options.Threads();
    private readonly Option<bool> _dry = new("--dry-run") { Description = "Say what would be measured and about how long it takes." };
    private readonly FileOption _json = Options.Output("--json", "Also write all numbers and sentences to a file.");
    private readonly Option<string?> _output = new("--out")
    {
        Description = "Target folder; results/check-SETTING by default. What was measured there is not repeated.",
        HelpName = "FOLDER",
    };

    public static Command Create()
    {
        var check = new CheckCommand();
        var command = new Command("check", """
            Check the theory at your own setting. P* of latents (one cousin element, the theorem; all cousins, the default of rhm ilc), own
            latents, tokens, labels and the spectral learner, at the setting and at a neighbour in m and in L: predicted, measured, with
            constants and 95% intervals; and for each statement a verdict (established, compatible, undecided, contradicted) beside what is
            allowed and what a rival theory says. One page of text, CSV, a figure. Says first how long it takes. Interrupted, it goes on
            where it stopped. Exit code 1: a learner failed.

            Examples:
              rhm check -L 3 -s 3 -v 8 -m 8
              rhm check -L 4 -s 2 -v 32 -m 8 --classes 10 --zipf 0.5 --grammars 32 --json check.json
            """);
        check._grammar.AddTo(command, withFile: false);
        foreach (Option option in (Option[])[check._grammars, check._most, check._seed, check._threads, check._dry, check._json,
            check._output])
        {
            command.Add(option);
        }
        command.SetAction((result, cancellation) => Task.Run(() => check.Run(result, cancellation), cancellation));
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        (GrammarShape shape, _) = _grammar.ResolveShape(result);
        var setting = new SettingThresholds(shape)
        {
            Zipf = _grammar.ZipfOf(result),
            Grammars = result.GetValue(_grammars),
            Most = result.GetValue(_most),
            Seed = result.GetValue(_seed),
        };
        SweepFile sweep = setting.Sweep();
        string path = result.GetValue(_output) ?? Path.Combine("results", setting.FolderName);
        string? json = result.GetValue(_json);
        if (json is not null) OutputFile.RequireWritable(json);
        int threads = result.GetValue(_threads);
        if (result.GetValue(_dry)) return Estimate(sweep, Path.Combine(path, ExperimentFolder.StoreName), threads, cancellation);
        var folder = new ExperimentFolder(path, setting.Command);
        folder.RequireSetting(setting.Setting);
        using SweepRun run = folder.Open(sweep, threads);
        Estimate(run.Plan, threads, cancellation);
        try
        {
            SweepPicture.Show(run, () => run.Execute(cancellation));
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"rhm: interrupted: {run.Progress.Now()}; run again to go on");
            return ExitCode.Interrupted;
        }
        if (run.Store.Cells(sweep.Name).FirstOrDefault(cell => cell.State == CellState.Failed)?.Outcome is { } failed)
        {
            Console.Error.WriteLine($"rhm: {Terminal.Plain(failed.Error!)} (cell {failed.Configuration}; the others are kept)");
            return ExitCode.CellsFailed;
        }
        Conclude(setting, folder, run, json);
        return ExitCode.Success;
    }

    private static int Estimate(SweepFile sweep, string store, int threads, CancellationToken cancellation)
    {
        using ResultStore? known = File.Exists(store) ? ResultStore.OpenToRead(store) : null;
        Estimate(SweepPlan.Of(sweep, known, null, retryFailed: false, MemoryLimit.AvailableBytes, cancellation), threads, cancellation);
        return ExitCode.Success;
    }

    /// <summary>Says what there is to do and how long it takes, by a pilot; refuses what does not fit.</summary>
    private static void Estimate(SweepPlan plan, int threads, CancellationToken cancellation)
    {
        if (plan.Refused is [{ } large, ..])
        {
            throw new ArgumentException($"{large.Title} needs about {MemoryLimit.Size(large.MemoryBytes)}, more than the "
                + $"{MemoryLimit.Size(MemoryLimit.AvailableBytes)} there are");
        }
        Console.WriteLine($"{plan.All.Count} thresholds, {plan.Done} of them measured before");
        if (plan.ToRun.Count == 0) return;
        (Func<Cell, double> seconds, int runs) =
            Terminal.WithProgress("pilot", _ => plan.Calibrate(PilotSeconds, _ => { }, cancellation));
        double total = Math.Max(plan.ToRun.Max(seconds), plan.ToRun.Sum(seconds) / threads);
        Console.WriteLine($"about {SweepProgress.Format(total)} on {threads} threads (from a pilot of {runs} runs, within a factor of "
            + "about two)");
    }

    private static void Conclude(SettingThresholds setting, ExperimentFolder folder, SweepRun run, string? json)
    {
        var check = new SettingCheck(setting, setting.Write(folder, run));
        folder.Write(check.Table(), "statements.csv");
        string page = check.Page(setting.Command), text = Path.Combine(folder.Path, "page.txt");
        OutputFile.Write(text, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(page)));
        if (json is not null) check.WriteJson(json);
        Console.WriteLine();
        Console.Write(page);
        Console.WriteLine();
        foreach (string file in new[] { text, json }.OfType<string>().Union(folder.Files)) Console.WriteLine(file);
    }
}
