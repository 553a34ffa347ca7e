using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Networks.Probes;
using Rhm.Networks.Training;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Rhm.Strings;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm train: trains a transformer encoder.</summary>
internal static class TrainCommand
{
    private static readonly IReadOnlyDictionary<string, TransformerObjective> s_objectives = new Dictionary<string, TransformerObjective>
    {
        ["data2vec"] = TransformerObjective.Data2Vec,
        ["data2vec-whitened"] = TransformerObjective.WhitenedData2Vec,
        ["mlm"] = TransformerObjective.MaskedTokens,
        ["latents"] = TransformerObjective.MaskedLatents,
        ["next"] = TransformerObjective.NextToken,
        ["supervised"] = TransformerObjective.Supervised,
    };

    private const string CurvesHeader = "step,strings,loss,gradient_norm,floor,floor_error";

    public static Command Create()
    {
        var grammar = new GrammarOptions();
        var defaults = new TransformerTraining();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<TransformerObjective> objective = new("--objective")
        {
            Description = "What is learned: data2vec (latents of a moving average), the same with whitened targets, masked tokens, the true latents above masked tokens, next tokens, or the root.",
            HelpName = string.Join('|', s_objectives.Keys),
            Required = true,
            CustomParser = result =>
            {
                string name = result.Tokens[0].Value;
                if (s_objectives.TryGetValue(name, out TransformerObjective chosen)) return chosen;
                result.AddError($"objective \"{name}\" is none of {string.Join(", ", s_objectives.Keys)}");
                return default;
            },
        };
        Option<long?> count = new("--count", "-P") { Description = "P, strings that are read again and again; by default every step reads fresh ones." };
        Option<string?> data = new("--data") { Description = "Your own strings instead of a grammar: an integer array [P, s^L], with --branching and --vocabulary.", HelpName = "FILE.npy" };
        Option<int> width = new("--width") { Description = "d_model; 2048 in the paper.", DefaultValueFactory = _ => 64 };
        Option<int> heads = new("--heads") { Description = "Attention heads; 32 in the paper.", DefaultValueFactory = _ => 4 };
        Option<int> layers = new("--layers") { Description = "Blocks; 8 in the paper.", DefaultValueFactory = _ => 4 };
        Option<int?> feedForward = new("--feed-forward") { Description = "Units of a block's hidden layer; 4 d_model by default." };
        Option<long> steps = new("--steps") { Description = "Training steps in all; 262144 in the paper.", DefaultValueFactory = _ => defaults.Steps };
        Option<int> batch = new("--batch") { Description = "B, strings of a batch; 512 in the paper.", DefaultValueFactory = _ => defaults.BatchSize };
        Option<double> rate = new("--learning-rate") { Description = "Learning rate of AdamW; 1e-4 in the paper.", DefaultValueFactory = _ => defaults.LearningRate };
        Option<int> warmUp = new("--warm-up") { Description = "Steps over which the learning rate rises from 0.", DefaultValueFactory = _ => defaults.WarmUpSteps };
        Option<double> decay = new("--weight-decay") { Description = "Weight decay of AdamW.", DefaultValueFactory = _ => defaults.WeightDecay };
        Option<double> clip = new("--clip") { Description = "Largest norm of the gradient.", DefaultValueFactory = _ => defaults.ClipNorm };
        Option<double> dropout = new("--dropout") { Description = "Probability of dropping a number; 0.1 in the paper.", DefaultValueFactory = _ => defaults.Dropout };
        Option<double> mask = new("--mask") { Description = "Probability of masking a token.", DefaultValueFactory = _ => defaults.MaskShare };
        Option<int> span = new("--mask-span") { Description = "Neighbouring tokens that are masked together; s for whole tuples.", DefaultValueFactory = _ => defaults.MaskSpan };
        Option<double> teacher = new("--teacher-decay") { Description = "Decay of data2vec's moving average; 0.99 in the paper.", DefaultValueFactory = _ => defaults.TeacherDecay };
        Option<int> targets = new("--target-layers") { Description = "K, last layers of the moving average that make a target.", DefaultValueFactory = _ => defaults.TargetLayers };
        Option<int> level = new("--target-level") { Description = "Level of the latents that the objective latents predicts, 1 to L-1.", DefaultValueFactory = _ => defaults.TargetLevel };
        Option<double> beta = new("--smooth-l1-beta") { Description = "Where the loss of data2vec turns from quadratic to linear.", DefaultValueFactory = _ => defaults.SmoothL1Beta };
        Option<int> probes = new("--probes") { Description = "Strings to which linear probes of every level are fitted, before and after the training; 0 for none.", DefaultValueFactory = _ => 1500 };
        Option<bool> mlp = new("--mlp") { Description = "Also probe with one hidden layer, as the paper does beside the linear probe." };
        Option<string?> checkpoint = new("--checkpoint") { Description = "Saves the state (safetensors, readable by PyTorch) fifty times in a training and when interrupted (twice: stops at once).", HelpName = "FILE.safetensors" };
        Option<bool> resume = new("--resume") { Description = "Go on from --checkpoint, to --steps in all." };
        Option<string?> curves = new("--curves") { Description = "Receives the training curve.", HelpName = "FILE.csv" };
        var command = new Command("train", """
            Train a transformer encoder on one of six objectives, all on the same network and strings (figures 4 and 5 of the paper).

            Examples:
              rhm train --objective mlm -L 3 -s 2 -v 8 -m 2 --steps 600
              rhm train --objective data2vec -L 4 -s 2 -v 16 -m 4 --teacher-decay 0.999 --checkpoint net.safetensors --curves curve.csv
              rhm train --objective next --data strings.npy --branching 2 --vocabulary 8
            """);
        command.Add(objective);
        grammar.AddTo(command, withFile: true);
        foreach (Option option in (Option[])[seed, threads, count, data, width, heads, layers, feedForward, steps, batch, rate, warmUp, decay, clip, dropout, mask, span, teacher,
            targets, level, beta, probes, mlp, checkpoint, resume, curves]) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            ulong chosenSeed = result.GetValue(seed);
            string? path = result.GetValue(data), checkpointFile = result.GetValue(checkpoint), curvesFile = result.GetValue(curves);
            var training = new TransformerTraining
            {
                Objective = result.GetValue(objective),
                LearningRate = result.GetValue(rate),
                WarmUpSteps = result.GetValue(warmUp),
                WeightDecay = result.GetValue(decay),
                ClipNorm = result.GetValue(clip),
                Dropout = result.GetValue(dropout),
                MaskShare = result.GetValue(mask),
                MaskSpan = result.GetValue(span),
                TeacherDecay = result.GetValue(teacher),
                TargetLayers = result.GetValue(targets),
                TargetLevel = result.GetValue(level),
                SmoothL1Beta = result.GetValue(beta),
                Strings = result.GetValue(count),
                BatchSize = result.GetValue(batch),
                Steps = result.GetValue(steps),
                Seed = chosenSeed,
                Threads = result.GetValue(threads),
            };
            if (result.GetValue(resume) && checkpointFile is null) throw new ArgumentException("--resume needs --checkpoint: the file to go on from");
            using IDisposable? held = OutputFile.Hold(checkpointFile);
            OutputFile.RequireWritable([checkpointFile, curvesFile], path, grammar.FileOf(result));
            if (result.GetValue(resume)) CurvesFile.RequireReadable(curvesFile, CurvesHeader);

            Grammar? truth = path is null ? grammar.Resolve(result, chosenSeed) : null;
            (IStringSource Strings, int Branching, Grammar?)? own = path is null ? null : grammar.ResolveStrings(result, path, training.Strings, _ => 0, chosenSeed);
            using var stored = (StoredStrings?)own?.Strings;
            _ = own?.Strings.Depth(own.Value.Branching);
            var shape = new TransformerShape(truth?.Shape.Vocabulary ?? stored!.Vocabulary, truth?.Shape.TokenCount ?? stored!.TokenCount, result.GetValue(width),
                result.GetValue(heads), result.GetValue(layers), result.GetValue(feedForward));
            TransformerTrainer trainer = truth is null ? new TransformerTrainer(stored!, shape, training) : new TransformerTrainer(truth, shape, training);
            RepresentationMeasure? measure = truth is null || result.GetValue(probes) == 0 ? null
                : new RepresentationMeasure { Strings = result.GetValue(probes), SynonymStrings = 0, Mlp = result.GetValue(mlp), Seed = chosenSeed, Threads = training.Threads };
            RepresentationScore? untrained = measure is null ? null : RepresentationScore.Measure(trainer.Encoder, truth!, measure);
            if (result.GetValue(resume)) TransformerCheckpoint.Load(checkpointFile!, trainer);
            CrossEntropy? floor = truth is null ? null : TokenFloor.Measure(truth, training, threads: training.Threads);

            long first = trainer.Step;
            var clock = Stopwatch.StartNew();
            string[] earlier = CurvesFile.Earlier(curvesFile, first);
            var curve = new List<TransformerCurvePoint>();
            try
            {
                Train(trainer, floor, measure is null ? null : truth, checkpointFile, point =>
                {
                    curve.Add(point);
                    CurvesFile.Write(curvesFile, CurvesHeader, [.. earlier, .. curve.Select(one => Line(one, floor))]);
                }, curve, cancellation);
            }
            catch (TrainingDivergedException error)
            {
                bool saved = checkpointFile is not null && (result.GetValue(resume) || curve.Count > 0);
                Console.Error.WriteLine($"rhm: {error.Message}{(saved ? $"; {checkpointFile} keeps the last good state" : "")}");
                return ExitCode.BadInput;
            }
            double seconds = clock.Elapsed.TotalSeconds;
            Console.WriteLine($"{(training.Strings is { } p ? $"{p} strings" : "fresh strings")} of {shape.Length} tokens{(truth is null ? "" : $" of a grammar with {truth.Shape}")}; "
                + $"{trainer.Encoder.ParameterCount} parameters ({shape})");
            if (curve.Count > 0) Terminal.Write(Picture([.. curve.Where((_, i) => i % Math.Max(1, curve.Count / 10) == curve.Count % Math.Max(1, curve.Count / 10) || i == curve.Count - 1)], floor));
            Console.WriteLine(trainer.Step == first ? $"{checkpointFile} is of a finished training, step {first}"
                : string.Create(CultureInfo.InvariantCulture, $"steps {first + 1} to {trainer.Step} in {seconds:0.0} s, {1e3 * seconds / (trainer.Step - first):0.00} ms a step"));
            if (untrained is not null) ShowLevels(trainer, truth!, measure!, untrained);
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static void Train(TransformerTrainer trainer, CrossEntropy? floor, Grammar? probed, string? checkpoint, Action<TransformerCurvePoint> onPoint, List<TransformerCurvePoint> seen, CancellationToken cancellation)
    {
        const int points = 50, shown = 12;
        var quick = new RepresentationMeasure { Strings = 300, SynonymStrings = 0, LastLayerOnly = true, Seed = trainer.Training.Seed, Threads = trainer.Training.Threads };
        var levels = new List<string>();
        _ = Terminal.WithLive(() => Picture(seen.TakeLast(shown), floor, levels.TakeLast(shown)).Title($"step {trainer.Step} of {trainer.Training.Steps}"),
            redraw => TransformerRun.Train(trainer, points, checkpoint, point =>
            {
                onPoint(point);
                if (probed is not null && Terminal.IsWatched)
                {
                    RepresentationScore score = RepresentationScore.Measure(trainer.Encoder, probed, quick);
                    levels.Add(string.Join(' ', Enumerable.Range(1, probed.Shape.Depth).Select(level => score.Best(level).ToString("0.00", CultureInfo.InvariantCulture))));
                }
                redraw();
            }, cancellation: cancellation));
    }

    private static Table Picture(IEnumerable<TransformerCurvePoint> points, CrossEntropy? floor, IEnumerable<string>? levels = null)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("step", "strings", "loss", "gradient norm");
        if (floor is not null) table.AddColumns("least loss of any predictor", "above it");
        string[] probes = [.. levels ?? []];
        if (probes.Length > 0) table.AddColumn("probes of levels 1 .. L");
        foreach ((int i, TransformerCurvePoint point) in points.Index())
        {
            List<string> row = [$"{point.Step}", $"{point.Strings}", Number(point.Loss), Number(point.GradientNorm)];
            if (floor is { } bayes) row.AddRange([$"{Number(bayes.Mean)} +- {Number(bayes.StandardError)}", Number(point.Loss - bayes.Mean)]);
            if (probes.Length > 0) row.Add(probes[i]);
            table.AddRow([.. row]);
        }
        return table;
    }

    /// <summary>What the layers know of every level, beside the untrained network; for data2vec also what its targets carry.</summary>
    private static void ShowLevels(TransformerTrainer trainer, Grammar truth, RepresentationMeasure measure, RepresentationScore untrained)
    {
        RepresentationScore trained = RepresentationScore.Measure(trainer.Encoder, truth, measure);
        TargetKnowledge? targets = RepresentationScore.MeasureTargets(trainer, truth, measure);
        Table table = new Table().Border(TableBorder.Simple).AddColumns("level", "linear probe, best layer", "untrained", "its layer", "new subtrees", "untrained");
        if (measure.Mlp) table.AddColumns("hidden layer", "untrained");
        if (targets is not null) table.AddColumn("targets");
        for (int level = 1; level <= truth.Shape.Depth; level++)
        {
            LayerKnowledge best = trained.Layers.MaxBy(layer => layer.Levels[level - 1].Span)!;
            List<string> row = [level == truth.Shape.Depth ? "root" : $"{level}", Share(trained.Best(level)), Share(untrained.Best(level)), $"{best.Layer}",
                Share(best.Levels[level - 1].NewSubtrees), Share(untrained.Layers[best.Layer].Levels[level - 1].NewSubtrees)];
            if (measure.Mlp) row.AddRange([Share(trained.Layers.Max(layer => layer.Levels[level - 1].Mlp)), Share(untrained.Layers.Max(layer => layer.Levels[level - 1].Mlp))]);
            if (targets is not null) row.Add(Share(targets.Levels[level - 1]));
            table.AddRow([.. row]);
        }
        Terminal.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"shares of {measure.Strings} held-out strings, standard error at most {0.5 / Math.Sqrt(measure.Strings):0.000}; new subtrees: the {1.0 / truth.Shape.Multiplicity:P0} of {2 * measure.Strings} strings with derivations to which the probe was not fitted"));
        string Rank(double rank) => rank.ToString("0.0", CultureInfo.InvariantCulture);
        Console.WriteLine($"effective rank of the features {Rank(trained.Layers[^1].EffectiveRank)} of {trainer.Encoder.Shape.Width}, untrained {Rank(untrained.Layers[^1].EffectiveRank)}"
            + (targets is null ? "" : $"; of the targets {Rank(targets.EffectiveRank)}{(targets.Collapsed ? ": collapsed" : "")}"));
    }

    private static string Share(double value) => double.IsNaN(value) ? "none" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Line(TransformerCurvePoint point, CrossEntropy? floor) =>
        string.Create(CultureInfo.InvariantCulture, $"{point.Step},{point.Strings},{point.Loss:R},{point.GradientNorm:R},{floor?.Mean:R},{floor?.StandardError:R}");
}
