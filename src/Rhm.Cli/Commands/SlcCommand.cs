using System.CommandLine;
using System.Diagnostics;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Population;
using Rhm.Strings;

namespace Rhm.Cli.Commands;

/// <summary>rhm slc: trains a stacked latent clustering network.</summary>
internal static class SlcCommand
{
    public static Command Create()
    {
        var grammar = new GrammarOptions();
        var network = new SlcOptions();
        var files = new TrainingOptions("Go on from --checkpoint.", "Receives the training curves per level.", SlcTables.CurvesHeader);
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<long?> count = Options.Count("Number of strings drawn from the grammar; 4 v m^3 by default.");
        FileOption data = Options.Data();
        FileOption latents = Options.Truth();
        FileOption others = Options.Input("--apply", "Other strings, of the same length: --out receives their codes instead.", "FILE.npy");
        Option<string?> output = new("--out")
        {
            Description = "Receives level1.npy .. level{L-1}.npy: the strongest code of each node, uint16 [P, s^(L-l)].",
            HelpName = "FOLDER",
        };
        var command = new Command("slc", """
            Train a stacked latent clustering network (section 4 of the paper): modules that predict their own latents.
            With a grammar, held-out accuracy per level is shown beside that of the untrained network.

            Examples:
              rhm slc -L 3 -s 3 -v 8 -m 4
              rhm slc -L 4 -s 3 -v 10 -m 10 --checkpoint net.safetensors --curves curves.csv
              rhm slc --data strings.npy --branching 3 --vocabulary 8 --out latents
            """);
        grammar.AddTo(command, withFile: true);
        foreach (Option option in (Option[])[seed, threads, count, data, latents, .. network.All, .. files.All, others, output])
            command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            ulong chosenSeed = result.GetValue(seed);
            string? folder = result.GetValue(output);
            SlcLearnerOptions sizes = network.Sizes(result);
            WorkEstimate? expected = null;
            (IStringSource strings, int branching, Grammar? truth) = grammar.ResolveStrings(result, result.GetValue(data),
                result.GetValue(count), shape => 4 * SampleScales.Latents(shape), chosenSeed,
                (drawn, samples) => expected = LearnCommand.Expected(SlcLearner.Learner, sizes, drawn, samples, folder));
            using IDisposable? file = strings as IDisposable;
            expected ??= LearnCommand.Expected(SlcLearner.Learner, sizes, SeenShape.Of(strings, branching), strings.Count, folder);
            SlcTraining training = network.Training(result, strings.Count, chosenSeed, result.GetValue(threads));
            SlcShape shape = network.Shape(result, strings.Depth(branching), branching, strings.Vocabulary);
            using TrainingSession session = files.Open(result, LatentFiles.FilesOf(folder, shape.Depth), Options.Inputs(result));
            using StoredDerivations? given = LearnCommand.OpenTruth(result, latents, strings, branching, truth);
            if (result.GetValue(others) is not null && folder is null) throw new ArgumentException("--apply needs --out");
            using StoredStrings? applied = result.GetValue(others) is string path ? new StoredStrings(path, strings.Vocabulary) : null;
            var trainer = new SlcTrainer(strings, shape, network.Objective(result), training);
            session.Expect(trainer, expected);
            if (!Train(trainer, strings, truth, session, cancellation)) return ExitCode.BadInput;
            if (given is not null) Terminal.Write(SlcTables.Known(SlcEvaluation.Accuracy(trainer.Network, given)));
            if (folder is not null) SlcEvaluation.WriteLabels(trainer.Network, applied ?? strings, folder, cancellation);
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    /// <summary>Trains and shows; false where the training diverged, which was said then.</summary>
    private static bool Train(SlcTrainer trainer, IStringSource strings, Grammar? truth, TrainingSession session,
        CancellationToken cancellation)
    {
        ulong seed = trainer.Training.Seed;
        var clock = Stopwatch.StartNew();
        SlcScore? untrained = truth is null ? null : SlcEvaluation.Score(trainer.Network, truth, seed);
        // As long again takes the trained network.
        session.ExpectAfter(clock.Elapsed.TotalSeconds);
        List<SlcCurvePoint>? curve = session.Train<SlcLosses, SlcCurvePoint>(trainer, path => SlcCheckpoint.Load(path, trainer),
            (onPoint, progress) =>
                SlcRun.Train(trainer, truth, seed, TrainingSession.Points, session.Checkpoint, onPoint, progress, cancellation),
            SlcTables.Lines, seen => SlcTables.Live(seen, trainer));
        if (curve is null) return false;
        SlcScore? trained = truth is null ? null : SlcEvaluation.Score(trainer.Network, truth, seed);
        string ofGrammar = truth is null ? "" : $" of a grammar with {truth.Shape}";
        Console.WriteLine($"{strings.Count} strings of {strings.TokenCount} tokens{ofGrammar}; "
            + $"{trainer.Network.Parameters.Length} parameters");
        Terminal.Write(SlcTables.Training(curve, trainer.Network.Shape.Modules, hasAccuracy: trained is not null));
        if (trained is not null && untrained is not null) Terminal.Write(SlcTables.Known(trained, untrained));
        if (truth is not null)
        {
            foreach (string warning in Unlearnable.Warnings(truth.Shape, strings.Count, labels: false))
                Console.WriteLine($"warning: {warning}");
        }
        session.WriteTime(trainer);
        return true;
    }
}
