module Rhm.ProofsTests.Sweeps.Expressions.ExpressionTests

open System
open Expecto
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Refusals

let private names =
    Map [ "v", Value.Of 8L; "m", Value.Of 6L; "x", Value.Of 0.5; "learner", Value.Text "ilc"; "nothing", Value.Missing.Instance ]

let private evaluate (text: string) =
    (Expression.Parse text).Evaluate(fun name ->
        match Map.tryFind name names with
        | Some value -> value
        | None -> raise (ArgumentException $"no name {name}"))

[<Tests>]
let tests =
    testList "Sweeps / Expressions / Expression" [
        for text, expected in
            [ "0.1 * v*m^3", "172.8"
              "[0.1, 1] * v*m^3", "[172.8, 1728]"
              "-2^2", "-4"
              "2^3^2", "512"
              "2^-1", "0.5"
              "2**3**2 + 3*2 ** 2", "524"
              "'End-To-End' == 'end_to_end'", "1"
              "1 - 2 - 3", "-4"
              "8 / 4 / 2", "1"
              "(1 + 2) * 3", "9"
              "1_000 + 1e3", "2000"
              "sqrt(2)^2 - 2 < 1e-15", "1"
              "min(3, [1, 5])", "[1, 3]"
              "range(2, 5)", "[2, 3, 4, 5]"
              "geomspace(1, 100, 3)", "[1, 10, 100]"
              "floor(-2.5) + ceil(2.1) + round(2.5) + abs(-1)", "4"
              "m in [4, 6] and not (v == 9)", "1"
              "learner == 'ilc' or m > 7", "1"
              "learner != \"ilc\"", "0"
              "nothing + 1", "nothing"
              "nothing < 1", "0"
              "1 < 2 && 2 <= 2 || false", "1" ] do
            testCase $"{text} is {expected}" <| fun () -> Expect.equal (string (evaluate text)) expected "value"

        for text, fragment in
            [ "v *", "ends too early"
              "v * * m", "unexpected \"*\" at column 5"
              "(v", "ends too early"
              "v m", "unexpected \"m\" at column 3"
              "3 $ 4", "\"$\" at column 3"
              "'open", "the quote at column 1"
              "foo(1)", "no function \"foo\""
              "min(1)", "takes 2 arguments, not 1"
              "w + 1", "no name w"
              "[1, 2] + [3]", "a list meets a list"
              "1 / 0", "has no value"
              "'a' + 1", "no arithmetic"
              "v < 'a'", "has no order"
              "v == 'a'", "cannot be compared"
              "[[1]]", "a list cannot stand in a list"
              "1.2.3", "is no number"
              String.replicate 300 "(" + "1" + String.replicate 300 ")", "nested more than 200"
              String.replicate 300 "-2^" + "1", "nested more than 200"
              "range(1, 10^9)", "more than 1000000 values"
              String.replicate 20000 "1", "longer than 10000" ] do
            testCase $"refuses {(if text.Length > 30 then text[..30] else text)}"
            <| fun () -> refuses fragment (fun () -> evaluate text |> ignore)

        testCase "powers that nobody can write out end at once" <| fun () ->
            Expect.equal (string (evaluate "10^10^10 > 1")) "1" "infinity"

        testCase "decimals are exact, and a half is rounded away from zero" <| fun () ->
            let round text =
                match evaluate text with
                | :? Value.Number as number -> int64 (number.Round())
                | other -> failtestf "%O" other

            // In doubles 0.29*50 lies below 14.5 and 0.7*5*3 below 10.5: both would round down.
            for text, expected in
                [ "0.29 * 50", 15L; "0.7*5*3", 11L; "2.5", 3L; "-2.5", -3L; "1/3*3/2", 1L; "2.4999999999999999999999", 2L ] do
                Expect.equal (round text) expected text

        Rhm.ProofsTests.Generators.property "sums, products and powers of integers are exact" <| fun (a: int) (b: int) (n: byte) ->
            let exact = (bigint a + 7I) * bigint b - pown (bigint a) (int n % 20)
            match evaluate $"(({a}) + 7) * ({b}) - ({a})^{int n % 20}" with
            | :? Value.Number as number -> number.Round() = exact
            | _ -> false
    ]
