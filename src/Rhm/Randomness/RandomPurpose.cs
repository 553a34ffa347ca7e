namespace Rhm.Randomness;

/// <summary>What a stream of random numbers is used for. Streams of different purposes never overlap in practice.</summary>
public enum RandomPurpose
{
    /// <summary>Drawing the production rules of a grammar; one block per level.</summary>
    Grammar = 1,

    /// <summary>Drawing strings, each group of 64 from keys of its own.</summary>
    Strings = 2,

    /// <summary>Restarts of a clustering; one block per restart.</summary>
    Clustering = 3,

    /// <summary>Drawing held-out strings on which a learner is scored.</summary>
    HeldOut = 4,

    /// <summary>Bootstrap intervals; one block per resample.</summary>
    Bootstrap = 5,

    /// <summary>Deriving the seeds of the cells of an experiment.</summary>
    Experiment = 6,

    /// <summary>Starting vectors of iterative eigensolvers.</summary>
    Spectral = 7,

    /// <summary>Initial weights, masks and batches of neural learners.</summary>
    Training = 8,

    /// <summary>Drawing the strings that a probe of frozen features is fitted to.</summary>
    Probe = 9,
}
