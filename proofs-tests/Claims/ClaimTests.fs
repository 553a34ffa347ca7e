module Rhm.ProofsTests.Claims.ClaimTests

open Rhm.Running
open System
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Report.Evidence

/// Not the seed of what is stored: what is on record must not be the luck of one.
let private setting =
    RunContext(Scale.Quick, 2UL, 2, Action<_>(ignore), CancellationToken.None)

/// What paper/results holds of a claim that takes the paper's scale.
let private stored (claim: Claim) =
    match StoredClaims.TryRead(Path.Combine(Rhm.ProofsTests.Folders.solution, "paper", "results"), claim) with
    | null -> failtest $"{claim.Id} is not stored"
    | stored ->
        Expect.equal stored.Scale "paper" "scale"
        stored

[<Tests>]
let ledger =
    testList "Claims / Ledger" [
        for claim in Ledger.claims do
            // What takes the paper's scale was measured by command.
            testCase $"{claim.Id} is as on record" <| fun () ->
                let scale = claim.Least
                let measured = if scale = Scale.Quick then claim.Run setting else (stored claim).Measured
                Expect.isTrue (claim.Expected.IsMetBy(scale, measured.Verdict)) $"{claim.Statement} {measured.Verdict} %A{measured}"

            testCase $"{claim.Id} is told from its control: {claim.Control}" <| fun () ->
                let control =
                    if claim.Least = Scale.Quick then
                        claim.RunControl setting
                    else
                        match (stored claim).Control with
                        | null -> failtest "its control is not stored"
                        | control -> control

                Expect.isTrue (claim.IsServedBy control.Verdict) $"{control.Verdict} %A{control}"

        testCase "what a scale does not measure is not measured at it" <| fun () ->
            let ids scale pattern = Ledger.matching pattern |> Ledger.decidable scale |> List.map (fun c -> c.Id)
            Expect.equal (ids Scale.Quick "slc-recovery,slc-depth") [ "slc-recovery" ] "quick"
            Expect.equal (ids Scale.Paper "slc-recovery,slc-depth") [ "slc-recovery"; "slc-depth" ] "paper"
            Expect.throwsT<ArgumentException> (fun () -> ids Scale.Quick "slc-depth" |> ignore) "nothing left"

        testCase "identifiers are distinct" <| fun () ->
            Expect.equal (Ledger.claims |> List.distinctBy (fun c -> c.Id) |> List.length) Ledger.claims.Length "distinct"

        testCase "false-alarm probabilities are those of the intervals" <| fun () ->
            for claim in Ledger.claims do
                Expect.contains [ 0.0; 1e-9; 1e-3 ] claim.FalseAlarm claim.Id

        testCase "patterns select claims" <| fun () ->
            Expect.equal (Ledger.matching "def-entropy" |> List.map (fun c -> c.Id)) [ "def-entropy" ] "one"
            Expect.equal (Ledger.matching "*" |> List.length) Ledger.claims.Length "all"
            Expect.throwsT<ArgumentException> (fun () -> Ledger.matching "def-entropy,nonsense" |> ignore) "a pattern without a claim"
    ]
