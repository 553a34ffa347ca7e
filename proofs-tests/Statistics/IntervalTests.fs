/// Intervals against published tables.
module Rhm.ProofsTests.Statistics.IntervalTests

open System
open Expecto
open Rhm.Statistics
open Rhm.ProofsTests.Refusals

let private within tolerance (interval: Interval) (low, high) =
    Expect.isLessThan (abs (interval.Low - low)) tolerance $"lower end of {interval}"
    Expect.isLessThan (abs (interval.High - high)) tolerance $"upper end of {interval}"

[<Tests>]
let tests =
    testList "Statistics / Interval" [
        // Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 5: exact intervals of Clopper and Pearson at 95%.
        for successes, trials, low, high in
            [ 81L, 263L, 0.2527, 0.3676
              15L, 148L, 0.0578, 0.1617
              0L, 20L, 0.0, 0.1684
              1L, 29L, 0.0009, 0.1776 ] do
            testCase $"Clopper and Pearson's interval of {successes} in {trials} is the published one" <| fun () ->
                let found = Interval.ClopperPearson(successes, trials, 0.05)
                within 5.1e-5 found (low, high)
                within 5.1e-5 (Interval.ClopperPearson(trials - successes, trials, 0.05)) (1.0 - high, 1.0 - low)

        testCase "the ends of Clopper and Pearson's interval have tails of alpha/2, to a thousandth" <| fun () ->
            let binomial n i p =
                exp (MathNet.Numerics.SpecialFunctions.BinomialLn(n, i)) * p ** float i * (1.0 - p) ** float (n - i)

            let sum n from last p = Seq.sum [ for i in from..last -> binomial n i p ]
            let close actual expected text = Expect.floatClose { absolute = 0.0; relative = 1e-3 } actual expected text

            for k, n, alpha in [ 3, 10, 0.05; 7, 9, 1e-9; 1, 40, 0.2 ] do
                let found = Interval.ClopperPearson(int64 k, int64 n, alpha)
                close (sum n k n found.Low) (alpha / 2.0) "as many or more at the lower end"
                close (sum n 0 k found.High) (alpha / 2.0) "as many or fewer at the upper end"

        // NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2: critical values of Student's t.
        for degrees, alpha, t in [ 1, 0.05, 12.706; 4, 0.05, 2.776; 9, 0.01, 3.250; 29, 0.05, 2.045; 4, 0.002, 7.173 ] do
            testCase $"Student's interval of {degrees + 1} values at {alpha} has the published t = {t}" <| fun () ->
                let values = [ for i in 1 .. degrees + 1 -> float i ]
                let mean = List.average values
                let deviation = sqrt (List.sumBy (fun x -> (x - mean) ** 2.0) values / float degrees)
                let half = t * deviation / sqrt (float values.Length)
                let rounding = 6e-4 * deviation / sqrt (float values.Length)
                within rounding (Interval.Student(ResizeArray values, alpha)) (mean - half, mean + half)

        // One degree of freedom: Cauchy's law, t = 1/tan(pi alpha/2). Two: t = (1 - alpha)/sqrt(alpha (1 - alpha/2)).
        for alpha in [ 1e-2; 1e-6; 1e-9; 1e-12 ] do
            testCase $"Student's interval of two and of three values is known in closed form, at {alpha} too" <| fun () ->
                let half (values: float list) =
                    let found = Interval.Student(ResizeArray values, alpha)
                    (found.High - found.Low) / 2.0

                let close = { absolute = 0.0; relative = 1e-8 }
                // Half the distance is the standard error of two values; of 0, 1, 2 it is 1/sqrt 3.
                Expect.floatClose close (half [ 0.0; 2.0 ]) (1.0 / tan (Math.PI * alpha / 2.0)) "two values"
                let t = (1.0 - alpha) / sqrt (alpha * (1.0 - alpha / 2.0))
                Expect.floatClose close (half [ 0.0; 1.0; 2.0 ]) (t / sqrt 3.0) "three values"

        testCase "a value that is not known leaves the interval unbounded" <| fun () ->
            for unknown in [ infinity; -infinity; nan ] do
                Expect.equal (Interval.Student(ResizeArray [ 1.0; 2.0; unknown ], 0.05)) (Interval(-infinity, infinity)) $"{unknown}"

        testCase "Hoeffding's interval of 100 values in [0, 2] at 95%, by hand" <| fun () ->
            // 2 sqrt(log 40 / 200) = 2 x 0.135810
            within 1e-5 (Interval.Hoeffding(1.0, 100L, 2.0, 0.05)) (1.0 - 0.271620, 1.0 + 0.271620)

        // NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.4: upper critical values of chi-square.
        for degrees, alpha, value in [ 1.0, 0.05, 3.841; 10.0, 0.05, 18.307; 10.0, 0.01, 23.209; 100.0, 0.05, 124.342 ] do
            testCase $"chi-square of {degrees} degrees exceeds {value} with probability {alpha}" <| fun () ->
                Expect.isLessThan (abs (Interval.ChiSquareBound(degrees, alpha) - value)) 6e-4 "bound"

        testCase "what has no interval is refused" <| fun () ->
            refuses "11 successes in 10 trials" (fun () -> Interval.ClopperPearson(11L, 10L, 0.05) |> ignore)
            refuses "error probability 1" (fun () -> Interval.ClopperPearson(1L, 10L, 1.0) |> ignore)
            refuses "1 values have no spread" (fun () -> Interval.Student(ResizeArray [ 1.0 ], 0.05) |> ignore)
            refuses "number of values 0" (fun () -> Interval.Hoeffding(0.0, 0L, 1.0, 0.05) |> ignore)
            refuses "error probability NaN" (fun () -> Interval.ChiSquareBound(1.0, nan) |> ignore)
    ]
