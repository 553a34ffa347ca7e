using System.Globalization;
using Rhm.Networks.Transformers;

namespace Rhm.Experiments.Measurements;

/// <summary>An objective with the settings that an encoder is trained with.</summary>
/// <param name="BaseName">Lower-case words; no commas.</param>
/// <param name="Training">Objective, rate and what else is its own.</param>
internal sealed record EncoderObjective(string BaseName, TransformerTraining Training)
{
    /// <summary>Its name, with how many tokens are masked together if they are several.</summary>
    public string Name => Training.MaskSpan == 1
        ? BaseName
        : string.Create(CultureInfo.InvariantCulture, $"{BaseName} span {Training.MaskSpan}");

    /// <summary>The same with so many tokens masked together, if it masks any.</summary>
    public EncoderObjective Masking(int span) => Training.IsMasked ? this with { Training = Training with { MaskSpan = span } } : this;

    /// <summary>Cost of a training string in forward passes: forward and backward, and the teacher.</summary>
    public int Passes => Training.HasTeacher ? 4 : 3;

    /// <summary>
    /// data2vec with a slow teacher: decay 0.999 where 0.99 is published, the one thing that is changed beside the sizes and the rate.
    /// </summary>
    public static EncoderObjective Data2Vec { get; } =
        Of("data2vec", new TransformerTraining { Objective = TransformerObjective.Data2Vec, TeacherDecay = 0.999 });

    /// <summary>
    /// All objectives. Of the rates 5e-4, 1e-3 and 2e-3 the last was the best for each, or as good, by the probes of level 2 in one grammar
    /// (L=3, v=8, m=3, 65 536 strings; not among the grammars of the experiments).
    /// </summary>
    public static IReadOnlyList<EncoderObjective> All { get; } =
    [
        Data2Vec,
        Of("data2vec as published", new TransformerTraining { Objective = TransformerObjective.Data2Vec }),
        Of("data2vec whitened", new TransformerTraining { Objective = TransformerObjective.WhitenedData2Vec, TeacherDecay = 0.98 }),
        Of("masked tokens", new TransformerTraining { Objective = TransformerObjective.MaskedTokens }),
        Of("masked latents", new TransformerTraining { Objective = TransformerObjective.MaskedLatents }),
        Of("next token", new TransformerTraining { Objective = TransformerObjective.NextToken }),
        Of("supervised", new TransformerTraining { Objective = TransformerObjective.Supervised }),
    ];

    private static EncoderObjective Of(string name, TransformerTraining training) => new(name, training with { LearningRate = 2e-3 });
}
