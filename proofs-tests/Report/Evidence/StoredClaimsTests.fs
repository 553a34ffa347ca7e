module Rhm.ProofsTests.Report.Evidence.StoredClaimsTests

open System
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Report
open Rhm.Report.Appendix
open Rhm.Report.Evidence
open Rhm.Running
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.StoredFolders

[<Tests>]
let tests =
    testList "Report / Evidence / StoredClaims" [
        testCase "no results yet: the message says which command makes them" <| fun () ->
            Expect.stringContains (refusal (Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()))) "rhm verify" "command"

        testCase "results of another version are refused with the command to run" <| fun () ->
            withResults (fun folder ->
                let path = pathOf folder "def-entropy"
                let original = File.ReadAllText path

                for before, after, expected in
                    [ "\"version\": 1", "\"version\": 9", "version 9"
                      "The entropy of the tokens", "The enthalpy of the tokens", "another version"
                      "rhm-claim", "rhm-something", "no stored claim"
                      "{", "", "cannot be read" ] do
                    edit path before after
                    Expect.stringContains (refusal folder) expected after
                    File.WriteAllText(path, original)

                File.Move(path, pathOf folder "def-enthalpy")
                edit (pathOf folder "def-enthalpy") "\"id\": \"def-entropy\"" "\"id\": \"def-enthalpy\""
                Expect.stringContains (refusal folder) "rhm verify --controls" "one is missing"
                File.WriteAllText(path, original)
                Expect.stringContains (refusal folder) "def-enthalpy" "one is unknown"
                File.Delete(pathOf folder "def-enthalpy")
                File.Delete(pathOf folder "slc-depth")
                Expect.stringContains (refusal folder) "--scale paper --claims 'slc-depth'" "one that takes the paper's scale")

        testCase "measuring the same again leaves the file alone, another value replaces it" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.claims.Head
                edit (pathOf folder claim.Id) "\"commit\": " "\"commit\": \"first\", \"later\": "
                let stored = File.ReadAllText(pathOf folder claim.Id)
                StoredClaims.Write(folder, claim, setting, measurement 2.8125, null) |> ignore
                Expect.equal (File.ReadAllText(pathOf folder claim.Id)) stored "the same value, without its control"
                StoredClaims.Write(folder, claim, setting, measurement 2.5, null) |> ignore
                Expect.notEqual (File.ReadAllText(pathOf folder claim.Id)) stored "another value"
                let read = StoredClaims.ReadAll folder
                Expect.isNull read[0].Control "whose control is not known")

        testCase "a quick measurement does not replace one at paper scale" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.claims.Head
                Expect.isTrue (StoredClaims.Write(folder, claim, (RunContext(Scale.Paper, setting.Seed, setting.Threads, setting.Progress, setting.Cancellation)), measurement 3.0, null)) "paper for quick"
                let stored = File.ReadAllText(pathOf folder claim.Id)
                Expect.isFalse (StoredClaims.Write(folder, claim, setting, measurement 2.5, measurement 7.25)) "quick for paper"
                Expect.equal (File.ReadAllText(pathOf folder claim.Id)) stored "left alone"
                Expect.isTrue (StoredClaims.Write(folder, claim, (RunContext(Scale.Paper, setting.Seed, setting.Threads, setting.Progress, setting.Cancellation)), measurement 2.75, null)) "paper for paper"
                Expect.notEqual (File.ReadAllText(pathOf folder claim.Id)) stored "replaced")
    ]
