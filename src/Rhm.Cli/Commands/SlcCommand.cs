using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Networks.Training;
using Rhm.Population;
using Rhm.Strings;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm slc: trains a stacked latent clustering network.</summary>
internal static class SlcCommand
{
    private const string CurvesHeader = "step,level,prediction_loss,clustering_loss,margin,accuracy,majority,codes";

    public static Command Create()
    {
        var grammar = new GrammarOptions();
        var objective = new SlcObjective();
        var training = new SlcTraining();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<long?> count = new("--count", "-P") { Description = "Number of strings drawn from the grammar; 4 v m^3 by default." };
        Option<string?> data = new("--data") { Description = "Your own strings instead of a grammar: an integer array [P, s^L], with --branching and --vocabulary.", HelpName = "FILE.npy" };
        Option<int> codes = new("--codes") { Description = "d_h, codes of a latent.", DefaultValueFactory = _ => 128 };
        Option<int> width = new("--width") { Description = "Units of a hidden layer.", DefaultValueFactory = _ => 150 };
        Option<long?> steps = new("--steps") { Description = $"Training steps; {training.Steps} by default." };
        Option<double?> epochs = new("--epochs") { Description = "Passes over the strings, instead of --steps; 30 in the paper." };
        Option<int> batch = new("--batch") { Description = "B, strings of a batch.", DefaultValueFactory = _ => training.BatchSize };
        Option<double> rate = new("--learning-rate") { Description = "Peak learning rate of AdamW.", DefaultValueFactory = _ => training.LearningRate };
        Option<double> decay = new("--weight-decay") { Description = "Weight decay of AdamW.", DefaultValueFactory = _ => training.WeightDecay };
        Option<SlcGradients> gradients = new("--gradients") { Description = "Local: stopped between modules and inside them; Module: between modules; EndToEnd.", DefaultValueFactory = _ => objective.Gradients };
        Option<SlcTargets> targets = new("--targets") { Description = "All cousin elements are predicted, or One.", DefaultValueFactory = _ => objective.Targets };
        Option<double?> ema = new("--ema") { Description = "Rate of an EMA teacher (0.015 in the paper); none by default.", HelpName = "RATE" };
        Option<bool> attached = new("--attached-targets") { Description = "Without a teacher: gradients also reach the targets of predictions." };
        Option<double?> margin = new("--margin") { Description = "Similarity margin S_m (0.8 in the paper); found in each batch by default." };
        Option<double> cap = new("--weight-cap") { Description = "Most that the similarity of a pair counts beyond the margin: with 0.2 classes that resemble each other merge less often, as they do with s = 2.", DefaultValueFactory = _ => objective.WeightCap };
        Option<double> push = new("--push-weight") { Description = "Weight of pushing different tuples apart.", DefaultValueFactory = _ => objective.PushWeight };
        Option<double> sparsity = new("--sparsity") { Description = "Reward of sharp assignments.", DefaultValueFactory = _ => objective.Sparsity };
        Option<int> compared = new("--compared") { Description = "N_compare, most tuples compared pair by pair.", DefaultValueFactory = _ => objective.Compared };
        Option<double> clustering = new("--clustering-weight") { Description = "Weight of the clustering losses beside the prediction losses.", DefaultValueFactory = _ => objective.ClusteringWeight };
        Option<double> shared = new("--shared-clustering") { Description = "Share of the clustering losses that goes on into predictors, where gradients do not stop there; 1 in the paper.", DefaultValueFactory = _ => objective.SharedClustering };
        Option<SlcCombination> combination = new("--combination") { Description = "Sum of the losses, or UpGrad.", DefaultValueFactory = _ => objective.Combination };
        Option<string?> checkpoint = new("--checkpoint") { Description = "Saves the state (safetensors, readable by PyTorch) fifty times in a training and when interrupted (twice: stops at once).", HelpName = "FILE.safetensors" };
        Option<bool> resume = new("--resume") { Description = "Go on from --checkpoint." };
        Option<string?> curves = new("--curves") { Description = "Receives the training curves per level.", HelpName = "FILE.csv" };
        Option<string?> output = new("--out") { Description = "Receives level1.npy .. level{L-1}.npy: the strongest code of each node, uint16 [P, s^(L-l)].", HelpName = "FOLDER" };
        var command = new Command("slc", """
            Train a stacked latent clustering network (section 4 of the paper): modules that predict their own latents.
            With a grammar, held-out accuracy per level is shown beside that of the untrained network.

            Examples:
              rhm slc -L 3 -s 3 -v 8 -m 4
              rhm slc -L 4 -s 3 -v 10 -m 10 --checkpoint net.safetensors --curves curves.csv
              rhm slc --data strings.npy --branching 3 --vocabulary 8 --out latents
            """);
        grammar.AddTo(command, withFile: true);
        foreach (Option option in (Option[])[seed, threads, count, data, codes, width, steps, epochs, batch, rate, decay, gradients, targets, ema, attached, margin, cap, push, sparsity,
            compared, clustering, shared, combination, checkpoint, resume, curves, output]) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            ulong chosenSeed = result.GetValue(seed);
            (IStringSource strings, int branching, Grammar? truth) = grammar.ResolveStrings(result, result.GetValue(data), result.GetValue(count),
                shape => 4 * shape.Vocabulary * Math.Pow(shape.Multiplicity, 3), chosenSeed);
            using IDisposable? file = strings as IDisposable;
            if (result.GetValue(steps) is not null && result.GetValue(epochs) is not null) throw new ArgumentException("--steps and --epochs exclude each other");
            long total = result.GetValue(steps) ?? training.Steps;
            if (result.GetValue(epochs) is { } passes)
            {
                if (!(passes > 0)) throw new ArgumentException($"number of epochs {passes.ToString(CultureInfo.InvariantCulture)} must be positive");
                total = Math.Max(1, (long)(passes * (strings.Count / Math.Max(1, result.GetValue(batch)))));
            }
            var shape = new SlcShape(strings.Depth(branching), branching, strings.Vocabulary, result.GetValue(codes), result.GetValue(width));
            string? checkpointFile = result.GetValue(checkpoint), curvesFile = result.GetValue(curves), folder = result.GetValue(output);
            if (result.GetValue(resume) && checkpointFile is null) throw new ArgumentException("--resume needs --checkpoint: the file to go on from");
            using IDisposable? held = OutputFile.Hold(checkpointFile);
            OutputFile.RequireWritable([checkpointFile, curvesFile, .. LatentFiles.FilesOf(folder, shape.Depth)], result.GetValue(data), grammar.FileOf(result));
            if (result.GetValue(resume)) CurvesFile.RequireReadable(curvesFile, CurvesHeader);
            var trainer = new SlcTrainer(strings, shape, new SlcObjective
            {
                Gradients = result.GetValue(gradients),
                Targets = result.GetValue(targets),
                EmaRate = result.GetValue(ema),
                AttachedTargets = result.GetValue(attached),
                Margin = result.GetValue(margin),
                WeightCap = result.GetValue(cap),
                PushWeight = result.GetValue(push),
                Sparsity = result.GetValue(sparsity),
                Compared = result.GetValue(compared),
                ClusteringWeight = result.GetValue(clustering),
                SharedClustering = result.GetValue(shared),
                Combination = result.GetValue(combination),
            }, new SlcTraining
            {
                LearningRate = result.GetValue(rate),
                WeightDecay = result.GetValue(decay),
                BatchSize = result.GetValue(batch),
                Steps = total,
                Seed = chosenSeed,
                Threads = result.GetValue(threads),
            });
            SlcScore? untrained = truth is null ? null : SlcEvaluation.Score(trainer.Network, truth, chosenSeed);
            if (result.GetValue(resume)) SlcCheckpoint.Load(checkpointFile!, trainer);
            long first = trainer.Step;
            var clock = Stopwatch.StartNew();
            string[] earlier = CurvesFile.Earlier(curvesFile, first);
            var curve = new List<SlcCurvePoint>();
            try
            {
                Train(trainer, truth, chosenSeed, checkpointFile, point =>
                {
                    curve.Add(point);
                    CurvesFile.Write(curvesFile, CurvesHeader, [.. earlier, .. curve.SelectMany(Lines)]);
                }, curve, cancellation);
            }
            catch (TrainingDivergedException error)
            {
                bool saved = checkpointFile is not null && (result.GetValue(resume) || curve.Any(point => point.Step > 0));
                Console.Error.WriteLine($"rhm: {error.Message}{(saved ? $"; {checkpointFile} keeps the last good state" : "")}");
                return ExitCode.BadInput;
            }
            double seconds = clock.Elapsed.TotalSeconds;
            Show(trainer, truth, untrained, truth is null ? null : SlcEvaluation.Score(trainer.Network, truth, chosenSeed), strings, curve);
            foreach (string doubt in truth is null ? [] : Unlearnable.Doubts(truth.Shape, strings.Count, labels: false)) Console.WriteLine($"warning: {doubt}");
            Console.WriteLine(trainer.Step == first ? $"{checkpointFile} is of a finished training, step {first}"
                : string.Create(CultureInfo.InvariantCulture, $"steps {first + 1} to {trainer.Step} in {seconds:0.0} s, {1e3 * seconds / (trainer.Step - first):0.00} ms a step"));
            if (folder is not null) SlcEvaluation.WriteLabels(trainer.Network, strings, folder, cancellation);
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static void Train(SlcTrainer trainer, Grammar? truth, ulong seed, string? checkpoint, Action<SlcCurvePoint> onPoint, List<SlcCurvePoint> seen, CancellationToken cancellation)
    {
        const int points = 50;
        _ = Terminal.WithLive(() => Live(seen, trainer), redraw => SlcRun.Train(trainer, truth, seed, points, checkpoint, point =>
        {
            onPoint(point);
            redraw();
        }, cancellation: cancellation));
    }

    private static Table NewTable(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns(columns);

    /// <summary>The curves so far: one line a level.</summary>
    private static Table Live(List<SlcCurvePoint> seen, SlcTrainer trainer)
    {
        Table table = NewTable("level", "prediction loss", "clustering loss", "margin", "codes", "accuracy", "").Title($"step {trainer.Step} of {trainer.Training.Steps}");
        SlcCurvePoint? last = seen.Count == 0 ? null : seen[^1];
        for (int l = 0; l < trainer.Network.Shape.Modules; l++)
        {
            SlcLevelScore? score = last?.Score?.Levels[l];
            table.AddRow(new Text($"{l + 1}"), new Text(Number(last?.Losses?.Prediction[l])), new Text(Number(last?.Losses?.Clustering[l])), new Text(Number(last?.Losses?.Margin[l])),
                new Text(score is null ? "" : $"{score.Codes}"), new Text(Number(score?.Accuracy)), Curve(seen, l));
        }
        return table;
    }

    /// <summary>The accuracy of a level at every point.</summary>
    private static Sparkline Curve(IEnumerable<SlcCurvePoint> seen, int l) => new([.. seen.Where(point => point.Score is not null).Select(point => point.Score!.Levels[l].Accuracy)]);

    private static void Show(SlcTrainer trainer, Grammar? truth, SlcScore? untrained, SlcScore? trained, IStringSource strings, List<SlcCurvePoint> curve)
    {
        Console.WriteLine($"{strings.Count} strings of {strings.TokenCount} tokens{(truth is null ? "" : $" of a grammar with {truth.Shape}")}; {trainer.Network.Parameters.Length} parameters");
        SlcLosses? losses = curve.Count == 0 ? null : curve[^1].Losses;
        Table training = NewTable("level", "prediction loss", "clustering loss", "margin", trained is null ? "" : "accuracy while training");
        for (int l = 0; l < trainer.Network.Shape.Modules; l++)
        {
            training.AddRow(new Text($"{l + 1}"), new Text(Number(losses?.Prediction[l])), new Text(Number(losses?.Clustering[l])), new Text(Number(losses?.Margin[l])), Curve(curve, l));
        }
        Terminal.Write(training);
        if (trained is null || untrained is null) return;
        Table known = NewTable("level", "codes", "accuracy (one-to-one)", "majority", "linear probe", "probe, untrained");
        for (int l = 0; l < trainer.Network.Shape.Modules; l++)
        {
            SlcLevelScore score = trained.Levels[l];
            known.AddRow($"{l + 1}", $"{score.Codes}", Number(score.Accuracy), Number(score.Majority), Number(score.Probe), Number(untrained.Levels[l].Probe));
        }
        known.AddRow("root", "", "", "", Number(trained.RootTuple), Number(untrained.RootTuple));
        known.AddRow("root, linear in each child", "", "", "", Number(trained.RootLinear), Number(untrained.RootLinear));
        Terminal.Write(known);
    }

    private static string Number(double? value) => value is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "";

    private static IEnumerable<string> Lines(SlcCurvePoint point)
    {
        for (int l = 0; l < (point.Losses?.Prediction.Length ?? point.Score?.Levels.Count ?? 0); l++)
        {
            SlcLevelScore? score = point.Score?.Levels[l];
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{point.Step},{l + 1},{point.Losses?.Prediction[l]:R},{point.Losses?.Clustering[l]:R},{point.Losses?.Margin[l]:R},{score?.Accuracy:R},{score?.Majority:R},{score?.Codes}");
        }
    }
}
