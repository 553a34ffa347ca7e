using Rhm.Grammars;
using Rhm.Networks.Probes;
using Rhm.Population;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// What an encoder knows of a level at one time of its training; see <see cref="LevelKnowledge"/> and <see cref="TargetKnowledge"/>.
/// </summary>
/// <param name="Objective">Name of the objective.</param>
/// <param name="Shape">Of the grammar.</param>
/// <param name="Grammar">Number of the random grammar.</param>
/// <param name="Unique">P; 0 for fresh strings.</param>
/// <param name="Read">Strings read.</param>
/// <param name="Level">l.</param>
/// <param name="Span">Linear probe from the level's span, best layer.</param>
/// <param name="Whole">Linear probe from the final features averaged over the string: the paper's.</param>
/// <param name="NewSubtrees">Linear probe of new subtrees, best layer.</param>
/// <param name="Synonyms">Synonym score of the final features over the changed span.</param>
/// <param name="Rank">Effective rank of the final features.</param>
/// <param name="Trace">Linear probe of the teacher's targets at single positions; NaN without teacher.</param>
/// <param name="TargetRank">Effective rank of the targets; NaN without teacher.</param>
internal sealed record EncoderPoint(string Objective, GrammarShape Shape, int Grammar, long Unique, long Read, int Level, double Span,
    double Whole, double NewSubtrees, double Synonyms, double Rank, double Trace, double TargetRank)
{
    /// <summary>v m^3.</summary>
    public double Unit => SampleScales.Latents(Shape);
}
