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
                    [ "\"version\": 2", "\"version\": 9", "version 9"
                      "The entropy of the tokens", "The enthalpy of the tokens", "another version"
                      "rhm-claim", "rhm-something", "no stored claim"
                      "{", "", "delete it to measure it anew" ] do
                    edit path before after
                    Expect.stringContains (refusal folder) expected after
                    File.WriteAllText(path, original)

                // What a newer program stored, or what is damaged, is not replaced by a new result.
                let claim = Ledger.claims |> Seq.find (fun claim -> claim.Id = "def-entropy")
                for before, after in [ "\"version\": 2", "\"version\": 9"; "{", ""; "\"measured\":", "\"measure\":" ] do
                    edit path before after
                    let stored = File.ReadAllText path
                    refuses "def-entropy.json" (fun () -> StoredClaims.RequireWritable(folder, claim))
                    refuses "def-entropy.json" (fun () ->
                        store folder claim setting (measurement 3.0) (measurement 7.25) |> ignore)
                    Expect.equal (File.ReadAllText path) stored after
                    File.WriteAllText(path, original)

                File.Move(path, pathOf folder "def-enthalpy")
                edit (pathOf folder "def-enthalpy") "\"id\": \"def-entropy\"" "\"id\": \"def-enthalpy\""
                Expect.stringContains (refusal folder) "rhm verify --store" "one is missing"
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
                Expect.isNull (store folder claim setting (measurement 2.8125) (measurement 7.25)) "the same values"
                Expect.equal (File.ReadAllText(pathOf folder claim.Id)) stored "left alone"
                Expect.isNull (store folder claim setting (measurement 2.5) (measurement 7.25)) "another value"
                Expect.notEqual (File.ReadAllText(pathOf folder claim.Id)) stored "replaced")

        testCase "the same values at a commit that is not in the history are stored anew" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.claims.Head
                edit (pathOf folder claim.Id) "\"commit\": " "\"commit\": \"lost\", \"later\": "
                let isInHistory = Func<string, bool>(fun commit -> commit <> "lost")
                StoredClaims.Write(folder, claim, setting, measurement 2.8125, measurement 7.25, isInHistory) |> ignore
                Expect.isFalse ((File.ReadAllText(pathOf folder claim.Id)).Contains "lost") "the commit of today")

        testCase "evidence of another seed, or with its control, is not replaced" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.claims.Head
                let stored = File.ReadAllText(pathOf folder claim.Id)
                let other = RunContext(Scale.Quick, 7UL, setting.Threads, setting.Progress, setting.Cancellation)
                Expect.stringContains (nonNull (store folder claim other (measurement 2.5) (measurement 7.25))) "seed 1" "another seed"
                let without = StoredClaims.Write(folder, claim, setting, measurement 2.5, null, (fun _ -> true))
                Expect.stringContains (nonNull without) "control" "without its control"
                Expect.equal (File.ReadAllText(pathOf folder claim.Id)) stored "left alone")

        testCase "evidence is stale by its statement, its version, its commit and its learners" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.matching "spectral-exponent" |> List.head
                let stored () = StoredClaims.TryRead(folder, claim) |> nonNull
                let reason isInHistory = (stored ()).Staleness(claim, Func<string, bool> isInHistory)
                edit (pathOf folder claim.Id) "\"commit\": " "\"commit\": \"first\", \"later\": "
                Expect.isNull (reason (fun commit -> commit = "first")) "fresh"
                Expect.stringContains (nonNull (reason (fun _ -> false))) "not in the history" "commit"
                edit (pathOf folder claim.Id) "\"search for P*\": 1" "\"search for P*\": 0"
                Expect.stringContains (nonNull (reason (fun _ -> true))) "version 0 of the search" "search"
                edit (pathOf folder claim.Id) "\"search for P*\": 0" "\"search for P*\": 1"
                let spectral = Rhm.Levelwise.SpectralLatentClustering.Learner
                edit (pathOf folder claim.Id) $"\"{spectral.Name}\": {spectral.Version}" $"\"{spectral.Name}\": {spectral.Version - 1}"
                Expect.stringContains (nonNull (reason (fun _ -> true))) spectral.Name "learner"
                edit (pathOf folder claim.Id) "\"version\": 2" "\"version\": 1"
                Expect.stringContains (nonNull (reason (fun _ -> true))) "95% intervals" "format"
                Expect.equal (stored ()).Verdict Verdict.Undecided "and its rival is not known")

        testCase "a quick measurement does not replace one at paper scale" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.claims.Head
                Expect.isNull (store folder claim (at Scale.Paper) (measurement 3.0) (measurement 7.25)) "paper for quick"
                let stored = File.ReadAllText(pathOf folder claim.Id)
                Expect.stringContains (nonNull (store folder claim setting (measurement 2.5) (measurement 7.25))) "paper" "quick for paper"
                Expect.equal (File.ReadAllText(pathOf folder claim.Id)) stored "left alone"
                Expect.isNull (store folder claim (at Scale.Paper) (measurement 2.75) (measurement 7.25)) "paper for paper"
                Expect.notEqual (File.ReadAllText(pathOf folder claim.Id)) stored "replaced")
    ]
