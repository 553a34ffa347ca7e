module Rhm.ProofsTests.Report.CitationsTests

open System
open Expecto
open Rhm.Claims
open Rhm.Report
open Rhm.Report.Evidence
open Rhm.ProofsTests.StoredFolders

[<Tests>]
let tests =
    testList "Report / Citations" [
        testCase "a citation names the claim, its number and its measurement" <| fun () ->
            withResults (fun folder ->
                let text = Citations.Claim("thm-ilc-recovery", folder)
                let number =
                    StoredResults.Numbered |> Seq.find (fun struct (_, claim) -> claim.Id = "thm-ilc-recovery") |> fun struct (n, _) -> n
                Expect.stringContains text $"Claim {number} (thm-ilc-recovery)" "title"
                Expect.stringContains text "measured 2.812 in [2.312, 3.312]" "measurement"
                Expect.equal (Citations.Claim(string number, folder)) text "by number"
                Expect.throwsT<ArgumentException> (fun () -> Citations.Claim("nonsense", folder) |> ignore) "unknown")
    ]
