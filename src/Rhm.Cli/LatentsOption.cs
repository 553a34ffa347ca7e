using System.CommandLine;
using System.Globalization;

namespace Rhm.Cli;

/// <summary>--latents K|auto: how many latents a hidden level has.</summary>
internal static class LatentsOption
{
    public static Option<string> Create() => new("--latents")
    {
        Description = "Latents of every hidden level: a number, or auto to estimate it level by level from the spectrum; as many as tokens by default.",
        HelpName = "K|auto",
        DefaultValueFactory = _ => "0",
    };

    /// <summary>The number, 0 where nothing is said, and whether it is to be estimated.</summary>
    public static (int Latents, bool Estimate) Read(ParseResult result, Option<string> option)
    {
        string count = result.GetValue(option)!;
        if (count == "auto") return (0, true);
        bool known = int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        if (!known || (number < 1 && result.GetResult(option) is not { Implicit: true }))
            throw new ArgumentException($"number of latents \"{count}\" is neither a positive number nor auto");
        return (number, false);
    }
}
