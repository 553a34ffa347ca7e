module Rhm.ProofsTests.Sweeps.Expressions.ExpressionListTests

open System
open Expecto
open Rhm.Sweeps.Expressions

[<Tests>]
let list =
    testList "Sweeps / Expressions / ExpressionList" [
        testCase "commas in parentheses, brackets and quotes belong to their expression" <| fun () ->
            let texts line = [ for one in ExpressionList.Parse line -> one.Text ]
            Expect.equal (texts "min(m,2), v") [ "min(m,2)"; "v" ] "parentheses"
            Expect.equal (texts "m in [1,2],learner == 'a,b'") [ "m in [1,2]"; "learner == 'a,b'" ] "brackets, quotes"
            Expect.equal (texts "") [] "none"
            for wrong in [ "min(m,2"; "m)"; "'a" ] do
                Expect.throwsT<ArgumentException> (fun () -> texts wrong |> ignore) wrong
    ]
