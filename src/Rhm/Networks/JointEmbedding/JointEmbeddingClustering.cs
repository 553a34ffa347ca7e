using Rhm.Learning;
using Rhm.Strings;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Joint embedding in one call: see <see cref="JointEmbeddingTrainer"/>.</summary>
public static class JointEmbeddingClustering
{
    /// <summary>Learns levels 1..L-1.</summary>
    /// <param name="data">The strings; read L-1 times.</param>
    /// <param name="branching">s; the depth follows from the length of the strings.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancellation">Stops within a pass, and between steps.</param>
    /// <returns>The hierarchy. Its warnings say where embeddings have collapsed, where the counts show no signal, and where many tuples
    /// were not seen.</returns>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1, symbols outside the vocabulary, or
    /// settings out of range.</exception>
    /// <exception cref="Training.TrainingDivergedException">A loss or gradient is not finite.</exception>
    public static LearnedHierarchy Learn(IStringSource data, int branching, JointEmbeddingOptions? options = null,
        CancellationToken cancellation = default)
    {
        var trainer = new JointEmbeddingTrainer(data, branching, options) { Cancellation = cancellation };
        trainer.Run(cancellation: cancellation);
        return trainer.Learned;
    }
}
