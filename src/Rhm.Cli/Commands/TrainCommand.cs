using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Grammars;
using Rhm.Networks.Probes;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Rhm.Strings;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm train: trains a transformer encoder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var grammar = new GrammarOptions();
        var network = new TransformerOptions();
        var files = new TrainingOptions("Go on from --checkpoint, to --steps in all.", "Receives the training curve.",
            TransformerTables.CurvesHeader);
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<long?> count = Options.Count("P, strings that are read again and again; by default every step reads fresh ones.");
        FileOption data = Options.Data();
        FileOption latents = Options.Truth();
        FileOption labels = Options.Input("--labels", "With --data and the objective supervised: labels, an integer array [P].",
            "FILE.npy");
        Option<int> probes = TrainingOptions.Of("--probes",
            "Strings to which linear probes of every level are fitted, before and after the training; 0 for none.", 1500);
        Option<bool> mlp = new("--mlp") { Description = "Also probe with one hidden layer, as the paper does beside the linear probe." };
        var command = new Command("train", """
            Train a transformer encoder on one of seven objectives, all on the same network and strings (figures 4 and 5 of the paper).

            Examples:
              rhm train --objective mlm -L 3 -s 2 -v 8 -m 2 --steps 600
              rhm train --objective data2vec -L 4 -s 2 -v 16 -m 4 --teacher-decay 0.999 --checkpoint net.safetensors --curves curve.csv
              rhm train --objective block-embedding -L 3 -s 2 -v 8 -m 4 --mask-span 2 --mask-blocks 1 --embedding-width 32
              rhm train --objective next --data strings.npy --branching 2 --vocabulary 8
              rhm train --objective supervised --data strings.npy --labels labels.npy --branching 2 --vocabulary 8
            """);
        command.Add(network.Objective);
        grammar.AddTo(command, withFile: true);
        Option[] options = [seed, threads, count, data, latents, labels, .. network.All, probes, mlp, .. files.All];
        foreach (Option option in options) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            ulong chosenSeed = result.GetValue(seed);
            string? path = result.GetValue(data);
            TransformerTraining training = network.Training(result, result.GetValue(count), chosenSeed, result.GetValue(threads));
            using TrainingSession session = files.Open(result, [], Options.Inputs(result));
            (GrammarShape? drawn, Grammar? read) = path is null ? grammar.ResolveShape(result) : (null, null);
            using StoredStrings? stored = path is null ? null : OwnStrings(grammar, result, path, training, chosenSeed);
            using StoredDerivations? known = Known(result, latents, labels, stored, grammar);
            TransformerShape shape = network.Shape(result, drawn?.Vocabulary ?? stored!.Vocabulary,
                drawn?.TokenCount ?? stored!.TokenCount);
            int probed = drawn is null ? 0 : result.GetValue(probes);
            WorkEstimate expected = Expected(shape, training, drawn?.Depth ?? 0, probed).Required();
            Grammar? truth = drawn is null ? null : read ?? Grammar.Draw(drawn, chosenSeed, grammar.ZipfOf(result));
            string? teacher = result.GetValue(network.Teacher);
            if (teacher is not null && truth is null) throw new ArgumentException("--teacher needs a grammar, and not --data");
            TransformerEncoder? given = teacher is null ? null : TransformerCheckpoint.LoadEncoder(teacher, shape);
            TransformerTrainer trainer = truth is null
                ? new TransformerTrainer(known ?? (IStringSource)stored!, shape, training)
                : new TransformerTrainer(truth, shape, training, given);
            session.Expect(trainer, expected);
            RepresentationMeasure? measure = probed == 0 ? null : new RepresentationMeasure
            {
                Strings = probed,
                SynonymStrings = 0,
                Mlp = result.GetValue(mlp),
                Seed = chosenSeed,
                Threads = training.Threads,
            };
            return Run(trainer, truth, measure, session, cancellation);
        }, cancellation));
        return command;
    }

    /// <summary>
    /// What a training takes. Probes hold features, in float32, of twice as many strings as they are fitted to: of every layer, the mean
    /// over the spans of each level, of the string, and one position; 4.7 to 5.4 times over by the peaks of L=3, s=2 and L=4, s=3.
    /// </summary>
    internal static WorkEstimate Expected(TransformerShape shape, TransformerTraining training, int depth, int probes)
    {
        const double copies = 5.5;
        double features = copies * 4 * 2 * probes * (depth + 1.0) * shape.Width * (shape.Layers + 1);
        return new WorkEstimate($"train with {shape} and B = {training.BatchSize}", training.MemoryBytes(shape) + features,
            "a smaller --batch, --probes or network needs less");
    }

    /// <summary>What is given of the derivations of a user's strings; null for nothing.</summary>
    private static StoredDerivations? Known(ParseResult result, FileOption latents, FileOption labels, StoredStrings? strings,
        GrammarOptions grammar)
    {
        (string? levels, string? roots) = (result.GetValue(latents), result.GetValue(labels));
        if (levels is null && roots is null) return null;
        if (levels is not null && roots is not null) throw new ArgumentException("--truth and --labels exclude each other");
        if (strings is null) throw new ArgumentException($"{(levels is null ? "--labels" : "--truth")} needs --data");
        int branching = grammar.DataShape(result).Branching;
        return levels is not null
            ? StoredDerivations.WithLatents(levels, strings, branching)
            : StoredDerivations.WithLabels(roots!, strings, branching);
    }

    private static StoredStrings OwnStrings(GrammarOptions grammar, ParseResult result, string path, TransformerTraining training,
        ulong seed)
    {
        (IStringSource strings, int branching, _) = grammar.ResolveStrings(result, path, training.Strings, _ => 0, seed);
        _ = strings.Depth(branching);
        return (StoredStrings)strings;
    }

    private static int Run(TransformerTrainer trainer, Grammar? truth, RepresentationMeasure? measure, TrainingSession session,
        CancellationToken cancellation)
    {
        const int shown = 12;
        TransformerTraining training = trainer.Training;
        var clock = Stopwatch.StartNew();
        RepresentationScore? untrained = measure is null ? null
            : Terminal.WithProgress("probes", _ => EncoderKnowledge.Measure(trainer.Encoder, truth!, measure));
        // As long again takes the trained encoder.
        session.ExpectAfter(clock.Elapsed.TotalSeconds);
        CrossEntropy? floor = truth is null ? null : TokenFloor.Measure(truth, training, threads: training.Threads);
        var levels = new List<string>();
        List<TransformerCurvePoint>? curve = session.Train<TransformerStep, TransformerCurvePoint>(trainer,
            path => TransformerCheckpoint.Load(path, trainer),
            (onPoint, progress) => TransformerRun.Train(trainer, TrainingSession.Points, session.Checkpoint, point =>
            {
                if (measure is not null && Terminal.IsWatched) levels.Add(QuickProbes(trainer, truth!));
                onPoint(point);
            }, progress, cancellation),
            point => [TransformerTables.Line(point, floor)],
            seen => TransformerTables.Curve(seen.TakeLast(shown), floor, levels.TakeLast(shown))
                .Title($"step {trainer.Step} of {training.Steps}"));
        if (curve is null) return ExitCode.BadInput;
        TransformerShape shape = trainer.Encoder.Shape;
        string strings = training.Strings is { } p ? $"{p} strings" : "fresh strings";
        Console.WriteLine($"{strings} of {shape.Length} tokens{(truth is null ? "" : $" of a grammar with {truth.Shape}")}; "
            + $"{trainer.Encoder.ParameterCount} parameters ({shape})");
        if (curve.Count > 0) Terminal.Write(TransformerTables.Summary(curve, floor));
        session.WriteTime(trainer);
        if (untrained is not null) ShowLevels(trainer, truth!, measure!, untrained);
        return ExitCode.Success;
    }

    /// <summary>What few strings tell of every level while a person watches.</summary>
    private static string QuickProbes(TransformerTrainer trainer, Grammar truth)
    {
        RepresentationScore score = EncoderKnowledge.Measure(trainer.Encoder, truth, new RepresentationMeasure
        {
            Strings = 300,
            SynonymStrings = 0,
            LastLayerOnly = true,
            Seed = trainer.Training.Seed,
            Threads = trainer.Training.Threads,
        });
        return string.Join(' ', Enumerable.Range(1, truth.Shape.Depth)
            .Select(level => score.Best(level).ToString("0.00", CultureInfo.InvariantCulture)));
    }

    private static void ShowLevels(TransformerTrainer trainer, Grammar truth, RepresentationMeasure measure, RepresentationScore untrained)
    {
        RepresentationScore trained = EncoderKnowledge.Measure(trainer.Encoder, truth, measure);
        TargetKnowledge? targets = EncoderKnowledge.MeasureTargets(trainer, truth, measure);
        Terminal.Write(TransformerTables.Levels(trained, untrained, targets, truth.Shape, measure.Mlp));
        double error = 0.5 / Math.Sqrt(measure.Strings), share = 1.0 / truth.Shape.Multiplicity;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"shares of {measure.Strings} held-out strings, standard error at most {error:0.000}; new subtrees: the {share:P0} of ")
            + $"{2 * measure.Strings} strings with derivations to which the probe was not fitted");
        Console.WriteLine(TransformerTables.Ranks(trained, untrained, targets, trainer.Encoder.Shape.Width));
    }
}
