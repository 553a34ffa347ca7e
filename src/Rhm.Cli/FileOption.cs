using System.CommandLine;

namespace Rhm.Cli;

/// <summary>An option that names a file, so that no command writes over what it reads.</summary>
internal sealed class FileOption(string name, FileUse use) : Option<string?>(name)
{
    public FileUse Use { get; } = use;
}
