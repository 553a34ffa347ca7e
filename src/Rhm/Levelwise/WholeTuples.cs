using Rhm.Learning;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>What a level needs to use the law of whole tuples beside that of pairs.</summary>
/// <param name="Data">The strings.</param>
/// <param name="Lower">The levels below.</param>
/// <param name="Starts">Chains of labels, at most.</param>
internal sealed record WholeTuples(IStringSource Data, IReadOnlyList<LearnedLevel> Lower, int Starts);
