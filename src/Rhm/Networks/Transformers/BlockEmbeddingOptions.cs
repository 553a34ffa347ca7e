using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Rhm.Learning;
using Rhm.Networks.JointEmbedding;

namespace Rhm.Networks.Transformers;

/// <summary>
/// How masked blocks are embedded and what keeps their embeddings apart (<see cref="TransformerObjective.BlockEmbedding"/>): the objectives
/// of <see cref="JointEmbeddingObjective"/> that are functions of the moments of a batch, one block of a string and what is in sight of it
/// in the place of two cousin tuples.
/// </summary>
public sealed record BlockEmbeddingOptions
{
    /// <summary>The objective: VAMP-2, spectral contrastive, VICReg or Barlow Twins.</summary>
    [Description("What keeps the embeddings of masked blocks apart: vamp, spectral-contrastive, vic-reg or barlow-twins.")]
    public JointEmbeddingObjective Regulariser { get; init; } = JointEmbeddingObjective.SpectralContrastive;

    /// <summary>d, numbers of an embedding.</summary>
    [Description("Numbers of the embedding of a masked block.")]
    [Range(1, 1024)]
    public int EmbeddingWidth { get; init; } = 16;

    /// <summary>Weight of the prediction (VICReg).</summary>
    [Description("Weight of the prediction (VICReg).")]
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double PredictionWeight { get; init; } = 25;

    /// <summary>Weight of the variance hinge (VICReg).</summary>
    [Description("Weight of the variance hinge (VICReg).")]
    [Range(0, 1e6)]
    public double SpreadWeight { get; init; } = 25;

    /// <summary>Weight of the covariance penalty (VICReg) or of the entries off the diagonal (Barlow Twins).</summary>
    [Description("Weight of the covariance penalty (VICReg), of the entries off the diagonal (Barlow Twins).")]
    [Range(0, 1e6)]
    public double CovarianceWeight { get; init; } = 1;

    /// <summary>Refuses settings out of range, and objectives that are no function of the moments of embeddings.</summary>
    /// <exception cref="ArgumentException">One is; the sentence names it.</exception>
    public void Validate()
    {
        LearnerParameter.RequireAll(this);
        if (Regulariser is JointEmbeddingObjective.Vamp or JointEmbeddingObjective.SpectralContrastive or JointEmbeddingObjective.VicReg
            or JointEmbeddingObjective.BarlowTwins)
        {
            return;
        }
        throw new ArgumentException($"regulariser = {LearnerParameter.Written(Regulariser)} is none of vamp, spectral-contrastive, vic-reg "
            + "and barlow-twins, which are functions of the moments of embeddings");
    }
}
