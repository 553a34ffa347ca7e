namespace Rhm.Cli;

/// <summary>What the tool answers to its caller.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int ClaimFailed = 1;
    public const int CellsFailed = 1;
    public const int BadInput = 2;
    public const int Interrupted = 130;
}
