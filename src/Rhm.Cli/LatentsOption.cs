using System.CommandLine;
using Rhm.Learning;

namespace Rhm.Cli;

/// <summary>--latents K|auto: how many latents a hidden level has.</summary>
internal sealed class LatentsOption(Learner learner)
{
    private readonly LearnerParameter _number = learner.Parameters.Single(parameter => parameter.Name == "latents");

    public Option<string?> Option { get; } = new("--latents")
    {
        Description = "Latents of every hidden level, or auto to estimate their number level by level from the spectrum; "
            + "as many as tokens by default.",
        HelpName = "K|auto",
    };

    /// <summary>Adds what is said to the values of parameters.</summary>
    public void Add(ParseResult result, Dictionary<string, object> given)
    {
        string? count = result.GetValue(Option);
        if (count == "auto") given["estimate_latents"] = true;
        else if (count?.AsSpan().IndexOfAny("./\\") >= 0)
            throw new ArgumentException($"--latents {count} is no number: --truth names a file of latents");
        else if (count is not null) given[_number.Name] = _number.Parse(count, _number.Option);
    }
}
