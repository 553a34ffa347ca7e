module Rhm.ProofsTests.Statistics.ScalingLawTests

open System
open Expecto
open Rhm.Statistics
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.KnownThresholds

[<Tests>]
let tests =
    testList "Statistics / ScalingLaw" [
        testCase "the exponent's interval covers the truth as often as it says, also after the adaptive search" <| fun () ->
            let share =
                coverage 2000 (fun random ->
                    let groups = [ for x in [ 4.0; 6.0; 8.0; 12.0 ] -> group random 5 3.0 0.3 x ]
                    let interval =
                        ScalingLaw.Power(ResizeArray(groups: struct (float * Collections.Generic.IReadOnlyList<float>) list), 0.05).Interval
                    interval.Low <= 3.0 && 3.0 <= interval.High)

            Expect.isTrue (share.High > 0.94 && share.Low < 0.96) $"coverage {share}"

        testCase "a planted exponent is told from the claimed one at 1e-9" <| fun () ->
            for truth in [ 3.0; 5.0 ] do
                let random = stream 3
                let groups = [ for x in [ 4.0; 8.0; 16.0 ] -> group random 20 truth 0.3 x ]
                let law = ScalingLaw.Power(ResizeArray(groups: struct (float * Collections.Generic.IReadOnlyList<float>) list), 1e-9)
                Expect.isTrue (law.Interval.Low < truth && truth < law.Interval.High) $"the true exponent {truth}: {law.Interval}"
                let wrong = 8.0 - truth
                Expect.isFalse (law.Interval.Low < wrong && wrong < law.Interval.High) $"the wrong exponent {wrong}: {law.Interval}"

        property "an exact law comes back exactly, with no spread" <| fun (seed: int) ->
            let random = stream seed
            let a, b = 10.0 ** (3.0 * random.NextDouble()), 8.0 * random.NextDouble() - 4.0
            let values f = ResizeArray [ for x in [ 1.0; 2.0; 5.0 ] -> struct (x, numbers [ log (f x); log (f x) ]) ]
            let power = ScalingLaw.Power(values (fun x -> a * x ** b))
            let exponential = ScalingLaw.Exponential(values (fun x -> a * exp (b * x)))

            for law in [ power; exponential ] do
                Expect.floatClose Accuracy.high law.Exponent b "exponent"
                Expect.floatClose Accuracy.high law.Prefactor a "prefactor"
                Expect.isLessThan (law.Interval.High - law.Interval.Low) 1e-6 "no spread"

            Expect.floatClose
                Accuracy.high
                (ScalingLaw.ExponentOf([| 1.0; 2.0; 5.0 |], [| for x in [ 1.0; 2.0; 5.0 ] -> a * x ** b |]))
                b
                "the same of known values"
            Expect.floatClose
                Accuracy.high
                (ScalingLaw.RateOf([| 1.0; 2.0; 5.0 |], [| for x in [ 1.0; 2.0; 5.0 ] -> a * exp (b * x) |]))
                b
                "rate"

        testCase "a P* that was not found leaves the exponent open" <| fun () ->
            let law = ScalingLaw.Power(ResizeArray [ struct (2.0, numbers [ 1.0; 2.0 ]); struct (4.0, numbers [ 3.0; infinity ]) ])
            Expect.isTrue (Double.IsNaN law.Exponent) "no value"
            Expect.equal law.Interval (Interval(-infinity, infinity)) "unbounded"

        testCase "degrees of freedom by hand" <| fun () ->
            let values = numbers [ 0.0; 1.0; 2.0; 3.0 ]
            let law = ScalingLaw.Exponential(ResizeArray [ struct (0.0, values); struct (1.0, values) ], 0.05)
            // The slope has the variance 2 x (5/3)/4; t = 2.44691 with 6 degrees: 4 x 5/2 - 2 = 8 is more than all groups have.
            Expect.isLessThan (abs (law.Interval.High - 2.44691 * sqrt (5.0 / 6.0))) 1e-4 "half width"
            let none = numbers [ 1.0; 1.0; 1.0; 1.0 ]
            let alone = ScalingLaw.Exponential(ResizeArray [ struct (0.0, values); struct (1.0, none) ], 0.05)
            // One group alone has its own 3 degrees: t = 3.18245.
            Expect.isLessThan (abs (alone.Interval.High - alone.Exponent - 3.18245 * sqrt (5.0 / 12.0))) 1e-4 "half width"

        testCase "refuses what has no slope" <| fun () ->
            let refused groups =
                Expect.throwsT<ArgumentException>
                    (fun () ->
                        ScalingLaw.Power(ResizeArray(groups: struct (float * Collections.Generic.IReadOnlyList<float>) list)) |> ignore)
                    "refused"
            let logs = numbers [ 1.0; 2.0 ]
            refused [ struct (2.0, logs) ]
            refused [ struct (2.0, logs); struct (2.0, logs) ]
            refused [ struct (0.0, logs); struct (2.0, logs) ]
            refused [ struct (1.0, logs); struct (2.0, numbers [ 1.0 ]) ]


        testCase "prefactor and rate of P* = 5 x^2 and of P* = 5 exp(2 x)" <| fun () ->
            let power x = 5.0 * x * x
            let exponential x = 5.0 * exp (2.0 * x)
            let x = [| 1.0; 2.0; 4.0 |]
            let groups law = [| for x in x -> struct (x, numbers [ log (law x); log (law x) ]) |]
            Expect.floatClose Accuracy.high (ScalingLaw.Power(groups power)).Prefactor 5.0 "of a power"
            Expect.floatClose Accuracy.high (ScalingLaw.Exponential(groups exponential)).Prefactor 5.0 "of an exponential"
            Expect.floatClose Accuracy.high (ScalingLaw.RateOf(x, Array.map exponential x)) 2.0 "rate"
            Expect.floatClose Accuracy.high (ScalingLaw.ExponentOf(x, Array.map power x)) 2.0 "exponent"
    ]
