using Rhm.Grammars;
using Rhm.Networks.Probes;

namespace Rhm.Networks.Transformers;

/// <summary>What an encoder, and the targets of its teacher, know of the latents of a grammar.</summary>
public static class EncoderKnowledge
{
    /// <summary>
    /// Measures an encoder: layer 0 is the embeddings, layer l what block l adds to, the last seen through the final LayerNorm, as by
    /// heads.
    /// </summary>
    /// <param name="encoder">It is not changed.</param>
    /// <param name="grammar">The truth.</param>
    /// <param name="measure">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting makes no sense, or the encoder does not fit the strings.</exception>
    public static RepresentationScore Measure(TransformerEncoder encoder, Grammar grammar, RepresentationMeasure? measure = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        TransformerShape shape = encoder.Shape;
        int threads = measure?.Threads ?? 1;
        return RepresentationScore.Measure(tokens =>
        {
            HiddenStates states = encoder.Forward(tokens.ToArray(), threads);
            return [.. states.Layers.SkipLast(1).Append(states.Final).Select(values => new LayerStates(values, shape.Length, shape.Width))];
        }, grammar, measure);
    }

    /// <summary>Measures what an encoder predicts, where a network makes it: <see cref="TransformerTrainer.Targets"/>.</summary>
    /// <param name="trainer">It is not changed.</param>
    /// <param name="grammar">The truth.</param>
    /// <param name="measure">How; null for the defaults.</param>
    /// <returns>Null for an objective whose targets are no features.</returns>
    public static TargetKnowledge? MeasureTargets(TransformerTrainer trainer, Grammar grammar, RepresentationMeasure? measure = null)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        TransformerShape shape = trainer.Encoder.Shape;
        if (!trainer.HasTargets) return null;
        FrozenNetwork targets = tokens =>
        {
            float[] features = trainer.Targets(tokens.ToArray());
            return [new LayerStates(features, shape.Length, features.Length / tokens.Length)];
        };
        return RepresentationScore.MeasureTargets(targets, grammar, measure);
    }
}
