namespace Rhm.Networks.StackedLatentClustering;

/// <summary>What a network knows of one level l = 1..L-1.</summary>
/// <param name="Level">l.</param>
/// <param name="Accuracy">
/// Share of nodes whose strongest code is the true latent under the best one-to-one matching; codes in excess of v count as errors.
/// </param>
/// <param name="Majority">
/// The same when every code stands for the latent that it meets most often: flattering where codes outnumber latents.
/// </param>
/// <param name="Codes">Number of codes that are the strongest somewhere.</param>
/// <param name="Probe">Accuracy of a linear probe (ridge regression) of the latents on held-out strings: the paper's measure.</param>
public sealed record SlcLevelScore(int Level, double Accuracy, double Majority, int Codes, double Probe);
