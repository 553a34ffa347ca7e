/// The names that a run of tests takes.
module Rhm.ProofsTests.Support.SelectionTests

open Expecto
open Rhm.ProofsTests
open Rhm.ProofsTests.Refusals

let private all =
    [ [ "Strings / StringSampler"; "reads any group alone" ]
      [ "Strings / StoredStrings"; "refuses a file" ]
      [ "Networks / Transformers / Dropout"; "keeps a share of the strings" ]
      [ "Claims / Ledger"; "thm-ilc-exponent holds" ]
      [ "Claims / Ledger"; "thm-ilc-recovery holds" ] ]

let private selected names =
    let chosen = Selection.select names all
    [ for index, test in List.indexed all do if chosen.Contains test then index ]

[<Tests>]
let tests =
    testList "Support / Selection" [
        for name, expected in
            [ "Strings", [ 0; 1 ]
              "strings / stringsampler", [ 0 ]
              "StoredStrings", [ 1 ]
              "Transformers", [ 2 ]
              "Networks/Transformers", [ 2 ]
              "thm-ilc-exponent", [ 3 ]
              "thm-ilc-*", [ 3; 4 ]
              "Claims/Ledger", [ 3; 4 ]
              "any group", [ 0 ]
              "Ledger/thm-ilc-exp", [ 3 ]
              "StringSampler,Dropout", [ 0; 2 ]
              "FullyQualifiedName~StringSampler|Name~Dropout", [ 0; 2 ] ] do
            testCase $"{name} names tests {expected}" <| fun () -> Expect.equal (selected [ name ]) expected "tests"

        testCase "several names name the tests of all" <| fun () ->
            Expect.equal (selected [ "StringSampler"; "Dropout" ]) [ 0; 2 ] "tests"

        testCase "a name that names no test is refused" <| fun () ->
            refuses "no test is named \"nonsense\"" (fun () -> selected [ "Strings"; "nonsense" ] |> ignore)
    ]
