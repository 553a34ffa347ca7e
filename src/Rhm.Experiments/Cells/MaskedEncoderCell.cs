using System.Globalization;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.Probes;
using Rhm.Networks.Training;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Sweeps;

namespace Rhm.Experiments.Cells;

/// <summary>
/// What an encoder knows of every level before and after its training on P strings, or, on fresh strings, at powers of two of the steps.
/// </summary>
internal static class MaskedEncoderCell
{
    private const int Heads = 4;
    private const double MultiplyAddsPerSecond = 2e10, ScoreSeconds = 0.5;

    /// <summary>By the name <c>masked-encoder</c>; its version is that of the trainer.</summary>
    public static CellFunction Function { get; } = CellFunction.Define("masked-encoder", TransformerTrainer.Version,
        new MaskedEncoderOptions(), Run, Require, MemoryBytes, Seconds);

    /// <summary>A measure of a level: <c>span_level2</c>.</summary>
    public static string NameOf(string measure, int level) => string.Create(CultureInfo.InvariantCulture, $"{measure}_level{level}");

    private static void Require(MaskedEncoderOptions options)
    {
        Unlearnable.Refuse(options.Shape);
        if (options.Count < 0) throw new ArgumentException($"P = {options.Count} must be at least 0");
        if (options.Training.Strings is { } strings)
            throw new ArgumentException($"strings = {strings}: how many strings are read again and again is P of the cell");
        if (options.Width % Heads != 0) throw new ArgumentException($"width = {options.Width} is no multiple of the {Heads} heads");
        if (options.Teacher != TeacherOrigin.Moving && !options.Training.HasTeacher)
            throw new ArgumentException($"a teacher that stays needs an objective with a teacher, and not {options.Training.Objective}");
        TrainingOf(options, 1, 1).Validate(options.Shape.TokenCount);
    }

    private static double MemoryBytes(MaskedEncoderOptions options) => (1L << 27) + 2.0 * options.Count * options.Shape.TokenCount;

    private static double Seconds(MaskedEncoderOptions options)
    {
        TransformerTraining training = options.Training;
        double d = options.Width, length = options.Shape.TokenCount;
        double forward = (12 * d * d + 2 * length * d) * length * options.Depth;
        int passes = training.Objective == TransformerObjective.BlockEmbedding ? 6 : training.HasTeacher ? 4 : 3;
        int before = options.Teacher == TeacherOrigin.Trained ? 4 : options.Teacher == TeacherOrigin.Latents ? 3 : 0;
        return ScoreSeconds + (passes + before) * forward * training.Steps * training.BatchSize / MultiplyAddsPerSecond;
    }

    private static TransformerTraining TrainingOf(MaskedEncoderOptions options, ulong seed, int threads) => options.Training with
    {
        Seed = seed,
        Threads = threads,
        Strings = options.Count == 0 ? null : options.Count,
        BatchSize = options.Count == 0 ? options.Training.BatchSize : (int)Math.Min(options.Training.BatchSize, options.Count),
        TargetLayers = Math.Min(options.Training.TargetLayers, options.Depth),
    };

    private static LearningResult Run(MaskedEncoderOptions options, CellContext context)
    {
        ulong seed = GrammarSeeds.OfShape(context.Seed, options.Depth, options.Branching, options.Vocabulary, options.Multiplicity,
            (int)options.Grammar);
        var grammar = Grammar.Draw(options.Shape, seed);
        TransformerTraining training = TrainingOf(options, seed, context.Threads);
        TransformerEncoder? teacher = Teacher(options, grammar, training, context.Cancellation);
        if (teacher is not null) training = training with { TeacherDecay = 1 };
        var trainer = new TransformerTrainer(grammar, options.Encoder, training, teacher);
        var measures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        bool looksBetween = options.Count == 0;
        RepresentationScore before = Score(trainer, grammar, seed, context.Threads);
        for (int level = 1; level <= options.Depth; level++)
        {
            measures[NameOf("untrained", level)] = before.Best(level);
            measures[NameOf("new_untrained", level)] = Subtrees(before, level);
        }
        for (long next = looksBetween ? Math.Min(16, training.Steps) : training.Steps; ; next = Math.Min(2 * next, training.Steps))
        {
            if (!Advance(trainer, next, context.Cancellation)) measures["diverged"] = 1;
            RepresentationScore score = Score(trainer, grammar, seed, context.Threads);
            for (int level = 1; level <= options.Depth; level++)
            {
                if (looksBetween)
                {
                    long read = next * training.BatchSize;
                    measures[CellCurve.NameOf(NameOf("span", level), read)] = score.Best(level);
                    measures[CellCurve.NameOf(NameOf("new", level), read)] = Subtrees(score, level);
                }
                if (next < training.Steps) continue;
                measures[NameOf("span", level)] = score.Best(level);
                measures[NameOf("new", level)] = Subtrees(score, level);
            }
            if (next == training.Steps) break;
        }
        AddLast(measures, trainer, grammar, seed, context.Threads);
        return new LearningResult([]) { Measures = measures };
    }

    /// <summary>Effective ranks, and what the targets carry: loss and probes alone do not show a collapse.</summary>
    private static void AddLast(SortedDictionary<string, double> measures, TransformerTrainer trainer, Grammar grammar, ulong seed,
        int threads)
    {
        measures["rank"] = Score(trainer, grammar, seed, threads).Layers[^1].EffectiveRank;
        if (EncoderKnowledge.MeasureTargets(trainer, grammar, Measure(seed, threads)) is not { } targets) return;
        measures["target_rank"] = targets.EffectiveRank;
        for (int level = 1; level <= grammar.Shape.Depth; level++) measures[NameOf("target", level)] = targets.Levels[level - 1];
    }

    /// <summary>The teacher that stays; null for one that moves, or none.</summary>
    private static TransformerEncoder? Teacher(MaskedEncoderOptions options, Grammar grammar, TransformerTraining training,
        CancellationToken cancellation)
    {
        if (options.Teacher == TeacherOrigin.Moving) return null;
        bool ofLatents = options.Teacher == TeacherOrigin.Latents;
        TransformerTraining earlier = !ofLatents ? training : training with
        {
            Objective = TransformerObjective.MaskedLatents,
            PoolTargets = false,
            LocalTargets = false,
        };
        var trainer = new TransformerTrainer(grammar, options.Encoder, earlier);
        Advance(trainer, earlier.Steps, cancellation);
        return trainer.Teacher ?? trainer.Encoder;
    }

    /// <summary>Trains up to a step; an encoder that diverges stays as it was before.</summary>
    private static bool Advance(TransformerTrainer trainer, long step, CancellationToken cancellation)
    {
        try
        {
            while (trainer.Step < step)
            {
                cancellation.ThrowIfCancellationRequested();
                trainer.Advance();
            }
            return true;
        }
        catch (TrainingDivergedException)
        {
            return false;
        }
    }

    private static double Subtrees(RepresentationScore score, int level) => score.Layers.Max(layer => layer.Levels[level - 1].NewSubtrees);

    private static RepresentationScore Score(TransformerTrainer trainer, Grammar grammar, ulong seed, int threads) =>
        EncoderKnowledge.Measure(trainer.Encoder, grammar, Measure(seed, threads));

    private static RepresentationMeasure Measure(ulong seed, int threads) => new() { Seed = seed, SynonymStrings = 0, Threads = threads };
}
