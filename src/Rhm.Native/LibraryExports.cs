using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rhm.Native;

/// <summary>Version, errors, handles.</summary>
internal static unsafe class LibraryExports
{
    /// <summary>Raised with a change that an older caller would not survive.</summary>
    private const int AbiVersion = 1;

    [UnmanagedCallersOnly(EntryPoint = "rhm_abi_version", CallConvs = [typeof(CallConvCdecl)])]
    public static int Version() => AbiVersion;

    [UnmanagedCallersOnly(EntryPoint = "rhm_version", CallConvs = [typeof(CallConvCdecl)])]
    public static int Version(byte* text, long capacity) => Boundary.Copy(
        typeof(LibraryExports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        text, capacity);

    [UnmanagedCallersOnly(EntryPoint = "rhm_last_error", CallConvs = [typeof(CallConvCdecl)])]
    public static int LastError(byte* text, long capacity) => Boundary.LastError(text, capacity);

    [UnmanagedCallersOnly(EntryPoint = "rhm_free", CallConvs = [typeof(CallConvCdecl)])]
    public static int Free(long handle) => Boundary.Run(() => Handles.Remove(handle));
}
