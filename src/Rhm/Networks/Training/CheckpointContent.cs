namespace Rhm.Networks.Training;

/// <summary>What a checkpoint holds of a training beside its step and the losses since the last point of its curve.</summary>
/// <param name="Format">Name and version of the format.</param>
/// <param name="Shape">Sizes of the network.</param>
/// <param name="Settings">Records of settings by name; with others a training would end elsewhere.</param>
/// <param name="Strings">Tells strings of another number.</param>
/// <param name="TokensHash">Tells other strings.</param>
/// <param name="Losses">How many losses a step has.</param>
/// <param name="Arrays">Parameters, moments and what else there is.</param>
internal sealed record CheckpointContent(string Format, string Shape, IReadOnlyList<KeyValuePair<string, object>> Settings, string Strings,
    string TokensHash, int Losses, IEnumerable<CheckpointArray> Arrays);
