using System.CommandLine;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.JointEmbedding;
using Rhm.Strings;

namespace Rhm.Cli.Commands;

/// <summary>rhm joint-embedding: learns latents by encoders that predict the embeddings of cousin tuples.</summary>
internal static class JointEmbeddingCommand
{
    private static readonly Learner<JointEmbeddingLearnerOptions> s_learner = JointEmbeddingLearner.Learner;

    public static Command Create()
    {
        var grammar = new GrammarOptions();
        IReadOnlyDictionary<string, Option> own = Options.Of(s_learner, s_learner.Parameters.Select(parameter => parameter.Name)
            .Except(["latents", "estimate_latents", "probes"]));
        var latents = new LatentsOption(s_learner);
        var files = new TrainingOptions("Go on from --checkpoint.", "Receives loss and effective rank of each level.",
            JointEmbeddingTables.CurvesHeader);
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<long?> count = Options.Count($"Number of strings drawn from the grammar; {SpectralCommand.DefaultCount.Words} by default.");
        FileOption data = Options.Data();
        Option<string?> output = LearnCommand.Output();
        var command = new Command(s_learner.Name, """
            Learn the latents of levels 1..L-1 by gradient descent: at each level an encoder of tuples predicts the embedding of cousin
            tuples, and an objective keeps embeddings from collapsing; k-means gives the codes of the next level. It needs about v m^2
            strings, as rhm own-latents, where elements as targets need v m^3.
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm joint-embedding -L 4 -s 3 -v 8 -m 16
              rhm joint-embedding -L 4 -s 3 -v 8 -m 16 --objective barlow-twins --curves curves.csv --checkpoint net.safetensors
              rhm joint-embedding --data strings.npy --branching 3 --vocabulary 8 --latents auto --out latents
            """);
        grammar.AddTo(command, withFile: true);
        Option[] options = [seed, threads, count, data, .. own.Values, latents.Option, .. files.All, output];
        foreach (Option option in options) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            Dictionary<string, object> given = Options.Given(result, own);
            latents.Add(result, given);
            var chosen = (JointEmbeddingLearnerOptions)s_learner.Options(given);
            string? folder = result.GetValue(output);
            WorkEstimate? expected = null;
            (IStringSource strings, int branching, Grammar? truth) = grammar.ResolveStrings(result, result.GetValue(data),
                result.GetValue(count), SpectralCommand.DefaultCount.Of, result.GetValue(seed), (shape, samples) =>
                {
                    s_learner.Require(shape, samples, chosen);
                    expected = LearnCommand.Expected(s_learner, chosen, shape, samples, folder);
                });
            using IDisposable? file = strings as IDisposable;
            expected ??= LearnCommand.Expected(s_learner, chosen, SeenShape.Of(strings, branching), strings.Count, folder);
            using TrainingSession session = files.Open(result, LatentFiles.FilesOf(folder, strings.Depth(branching)),
                Options.Inputs(result));
            var trainer = new JointEmbeddingTrainer(strings, branching, chosen.Embedding with
            {
                Seed = result.GetValue(seed),
                Threads = result.GetValue(threads),
            });
            session.Expect(trainer, expected);
            return Run(trainer, strings, truth, session, folder, cancellation);
        }, cancellation));
        return command;
    }

    private static int Run(JointEmbeddingTrainer trainer, IStringSource strings, Grammar? truth, TrainingSession session, string? folder,
        CancellationToken cancellation)
    {
        List<JointEmbeddingCurvePoint>? curve = session.Train<IReadOnlyList<double>, JointEmbeddingCurvePoint>(trainer,
            path => JointEmbeddingCheckpoint.Load(path, trainer),
            (onPoint, progress) =>
                JointEmbeddingRun.Train(trainer, TrainingSession.Points, session.Checkpoint, onPoint, progress, cancellation),
            JointEmbeddingTables.Lines, seen => JointEmbeddingTables.Live(seen, trainer));
        if (curve is null) return ExitCode.BadInput;
        LearnedHierarchy learned = trainer.Learned;
        LearnCommand.Show(strings, learned, truth, trainer.Options.Seed, trainer.Options.Threads);
        IReadOnlyList<double>? probes = truth is null ? null : JointEmbeddingLearner.Probe(trainer, truth);
        Terminal.Write(JointEmbeddingTables.Embeddings(trainer, probes));
        session.WriteTime(trainer);
        if (folder is not null) LearnCommand.Write(learned, strings, folder, cancellation);
        return ExitCode.Success;
    }
}
