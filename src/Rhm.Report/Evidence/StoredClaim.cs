using Rhm.Claims;

namespace Rhm.Report.Evidence;

/// <summary>What was measured for a claim, with everything needed to repeat it.</summary>
/// <param name="Id">Identifier of the claim.</param>
/// <param name="Statement">The statement that was measured; another one means results of another version.</param>
/// <param name="Scale">quick or paper.</param>
/// <param name="Seed">Seed of all random numbers.</param>
/// <param name="Program">Version that measured it.</param>
/// <param name="Commit">Commit of that version; null where the program was not built in a clone.</param>
/// <param name="Holds">The verdict.</param>
/// <param name="Measured">Predicted and measured value.</param>
/// <param name="Control">The same measurement with the planted error; null where it was not run.</param>
public sealed record StoredClaim(string Id, string Statement, string Scale, ulong Seed, string Program, string? Commit, bool Holds, Measurement Measured, Measurement? Control)
{
    /// <summary>The command that repeats the measurement.</summary>
    public string Command => $"rhm verify --claims {Id}{(Scale == "quick" ? "" : $" --scale {Scale}")}{(Seed == 1 ? "" : $" --seed {Seed}")}{(Control is null ? "" : " --controls")}";
}
