namespace Rhm.Claims

open System.IO
open System.Runtime.CompilerServices
open System.Runtime.InteropServices

/// Where a claim stands in the code.
type Place =
    {
        /// From the root of the repository.
        File: string
        Line: int
        /// The F# value, as MODULE.VALUE.
        Value: string
    }

    /// The place that calls it, inside a value of a file of this project.
    static member Here
        (
            [<CallerFilePath; Optional; DefaultParameterValue("")>] file: string,
            [<CallerLineNumber; Optional; DefaultParameterValue(0)>] line: int,
            [<CallerMemberName; Optional; DefaultParameterValue("")>] name: string
        ) =
        { File = $"src/Rhm.Claims/{Path.GetFileName file}"
          Line = line
          Value = $"{Path.GetFileNameWithoutExtension file}.{name}" }
