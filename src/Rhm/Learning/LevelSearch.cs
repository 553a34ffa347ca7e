namespace Rhm.Learning;

/// <summary>How an iterative learner came to the labels of a level.</summary>
/// <param name="Starts">Starts that were made; the labels of the largest likelihood were kept.</param>
/// <param name="Rounds">Rounds from the start that was kept, the last of which changed nothing where it settled.</param>
/// <param name="Settled">Whether the labels had stopped changing, or the bound to the number of rounds ended it.</param>
public sealed record LevelSearch(int Starts, int Rounds, bool Settled);
