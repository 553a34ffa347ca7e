using System.CommandLine;

namespace Rhm.Cli;

/// <summary>An argument that names a file to read.</summary>
internal sealed class FileArgument(string name) : Argument<string>(name);
