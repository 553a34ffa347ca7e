namespace Rhm.Networks.StackedLatentClustering;

/// <summary>How the 2(L-1) losses become one step.</summary>
public enum SlcCombination
{
    /// <summary>The gradient of their weighted sum.</summary>
    Sum,

    /// <summary>UPGrad of Quinton and Rey (arXiv:2406.16232): see <see cref="UpGrad"/>. With <see cref="SlcGradients.Local"/> and targets
    /// that are not attached the losses share no parameter, and UPGrad is their mean.</summary>
    UpGrad,
}
