using System.Globalization;
using Rhm.Networks.Transformers;

namespace Rhm.Experiments.Measurements;

/// <summary>An objective with the settings it is trained with.</summary>
/// <param name="Objective">Lower-case words; no commas.</param>
/// <param name="Training">Objective, rate and what else is its own.</param>
internal sealed record TransformerArm(string Objective, TransformerTraining Training)
{
    /// <summary>The objective, and how many tokens are masked together if they are several; tells one arm from another.</summary>
    public string Name => Training.MaskSpan == 1 ? Objective : string.Create(CultureInfo.InvariantCulture, $"{Objective} span {Training.MaskSpan}");

    /// <summary>The same with so many tokens masked together, if it masks any.</summary>
    public TransformerArm Masking(int span) => Training.IsMasked ? this with { Training = Training with { MaskSpan = span } } : this;

    /// <summary>Cost of a training string in forward passes: forward and backward, and the teacher.</summary>
    public int Passes => Training.HasTeacher ? 4 : 3;

    /// <summary>data2vec with a slow teacher: decay 0.999 where 0.99 is published, the one thing that is changed beside the sizes and the rate.</summary>
    public static TransformerArm Data2Vec { get; } = new("data2vec", new TransformerTraining { Objective = TransformerObjective.Data2Vec, TeacherDecay = 0.999, LearningRate = 2e-3 });

    /// <summary>
    /// All objectives. Of the rates 5e-4, 1e-3 and 2e-3 the last was the best for each, or as good, by the probes of level 2 in one grammar
    /// (L=3, v=8, m=3, 65 536 strings; not among the grammars of the experiments).
    /// </summary>
    public static IReadOnlyList<TransformerArm> All { get; } =
    [
        Data2Vec,
        new("data2vec as published", new TransformerTraining { Objective = TransformerObjective.Data2Vec, LearningRate = 2e-3 }),
        new("data2vec whitened", new TransformerTraining { Objective = TransformerObjective.WhitenedData2Vec, TeacherDecay = 0.98, LearningRate = 2e-3 }),
        new("masked tokens", new TransformerTraining { Objective = TransformerObjective.MaskedTokens, LearningRate = 2e-3 }),
        new("masked latents", new TransformerTraining { Objective = TransformerObjective.MaskedLatents, LearningRate = 2e-3 }),
        new("next token", new TransformerTraining { Objective = TransformerObjective.NextToken, LearningRate = 2e-3 }),
        new("supervised", new TransformerTraining { Objective = TransformerObjective.Supervised, LearningRate = 2e-3 }),
    ];
}
