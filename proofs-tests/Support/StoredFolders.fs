/// Folders of stored results, for the tests of what is written from them.
module Rhm.ProofsTests.StoredFolders

open System
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Report
open Rhm.Report.Appendix
open Rhm.Report.Evidence
open Rhm.Running

let setting =
    RunContext(Scale.Quick, 1UL, 1, Action<_>(ignore), CancellationToken.None)

let measurement value =
    { Quantity = "units"
      Predicted = 3
      Measured = value
      Low = value - 0.5
      High = value + 0.5
      AcceptLow = 2.6
      AcceptHigh = 3.4 }

/// A folder of results in which every claim of the ledger measured the same.
let withResults work =
    let folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())

    try
        for claim in Ledger.claims do
            StoredClaims.Write(folder, claim, setting, measurement 2.8125, measurement 7.25) |> ignore

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
