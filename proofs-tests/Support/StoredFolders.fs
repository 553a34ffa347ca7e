/// Folders of stored results, for the tests of what is written from them.
module Rhm.ProofsTests.StoredFolders

open System
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Report.Evidence
open Rhm.Running

let setting =
    RunContext(Scale.Quick, 1UL, 1, Action<_>(ignore), CancellationToken.None)

let measurement value =
    { Quantity = "units"
      Predicted = 3
      Measured = value
      ReadingLow = value - 0.25
      ReadingHigh = value + 0.25
      Low = value - 0.5
      High = value + 0.5
      AcceptLow = 2.6
      AcceptHigh = 3.4
      Rival =
        { At = "m=4"
          Low = 2
          High = 2
          MeasuredLow = value - 0.5
          MeasuredHigh = value + 0.5 } }

/// Every commit is in this history.
let store folder claim (setting: RunContext) measured control =
    StoredClaims.Write(folder, claim, setting, measured, control, Func<string, bool>(fun _ -> true))

let at scale =
    RunContext(scale, setting.Seed, setting.Threads, setting.Progress, setting.Cancellation)

/// A folder of results in which every claim of the ledger measured the same.
let withResults work =
    let folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())

    try
        for claim in Ledger.claims do
            store folder claim setting (measurement 2.8125) (measurement 7.25) |> ignore

        work folder
    finally
        Directory.Delete(folder, true)

let pathOf folder id = Path.Combine(folder, "claims", $"{id}.json")

let edit path (before: string) (after: string) =
    let text = File.ReadAllText path
    Expect.stringContains text before "something to edit"
    File.WriteAllText(path, text.Replace(before, after))

let refusal folder =
    try
        StoredResults.Read folder |> ignore
        failtest "accepted"
    with :? ArgumentException as error ->
        error.Message
