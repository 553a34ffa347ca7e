namespace Rhm.Cli;

/// <summary>What a command does with a file that an option or argument names.</summary>
internal enum FileUse
{
    /// <summary>Reads it.</summary>
    Input,

    /// <summary>Writes it.</summary>
    Output,
}
