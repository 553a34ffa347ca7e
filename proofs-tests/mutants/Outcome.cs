using System.Text.Json.Serialization;

namespace Rhm.Mutants;

/// <summary>What became of a planted bug.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
public enum Outcome
{
    /// <summary>A check that says what is wrong failed.</summary>
    Killed,

    /// <summary>No check failed.</summary>
    Survived,

    /// <summary>Only a hash of an earlier version's results failed: counted as survived.</summary>
    HashOnly,

    /// <summary>The checks did not end within the time limit: counted as survived.</summary>
    TimedOut,

    /// <summary>The program with the bug in it does not compile: an error of the catalogue.</summary>
    DoesNotCompile,
}
