module Rhm.ProofsTests.Claims.ClaimTests

open System
open System.Threading
open Expecto
open Rhm.Claims

let private setting =
    { Scale = Scale.Quick
      Seed = 2UL
      Threads = 2
      Progress = Action<_>(ignore)
      Cancellation = CancellationToken.None }

[<Tests>]
let ledger =
    testList "Claims" [
        for claim in Ledger.claims do
            testCase $"{claim.Id} holds" <| fun () ->
                let measured = claim.Run setting
                Expect.isTrue measured.Holds $"{claim.Statement} %A{measured}"

            testCase $"{claim.Id} fails when planted: {claim.Control}" <| fun () ->
                let measured = claim.RunControl setting
                Expect.isFalse measured.Holds $"the negative control must fail: %A{measured}"

        testCase "identifiers are distinct and false-alarm probabilities at most 1e-9" <| fun () ->
            Expect.equal (Ledger.claims |> List.distinctBy (fun c -> c.Id) |> List.length) Ledger.claims.Length "distinct"
            Expect.isTrue (Ledger.claims |> List.forall (fun c -> c.FalseAlarm <= 1e-9)) "1e-9"

        testCase "patterns select claims" <| fun () ->
            Expect.equal (Ledger.matching "def-entropy" |> List.map (fun c -> c.Id)) [ "def-entropy" ] "one"
            Expect.equal (Ledger.matching "*" |> List.length) Ledger.claims.Length "all"
            Expect.throwsT<ArgumentException> (fun () -> Ledger.matching "def-entropy,nonsense" |> ignore) "a pattern without a claim"
    ]
