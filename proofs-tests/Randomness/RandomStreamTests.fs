module Rhm.ProofsTests.Randomness.RandomStreamTests

open Expecto
open Rhm.Randomness
open Rhm.Statistics

[<Tests>]
let tests =
    testList "Randomness / RandomStream" [
        testCase "xoshiro256++ follows the reference implementation" <| fun () ->
            // Output of the authors' C code (prng.di.unimi.it/xoshiro256plusplus.c) from the state 1, 2, 3, 4.
            let stream = RandomStream(1UL, 2UL, 3UL, 4UL)

            let expected =
                [ 41943041UL; 58720359UL; 3588806011781223UL; 3591011842654386UL; 9228616714210784205UL
                  9973669472204895162UL; 14011001112246962877UL; 12406186145184390807UL; 15849039046786891736UL; 10450023813501588000UL ]

            Expect.equal [ for _ in expected -> stream.NextUInt64() ] expected "first outputs"

        testCase "SplitMix64 follows the reference implementation" <| fun () ->
            let mutable state = 1234567UL

            let expected =
                [ 6457827717110365317UL; 3203168211198807973UL; 9817491932198370423UL; 4593380528125082431UL; 16408922859458223821UL ]

            Expect.equal [ for _ in expected -> RandomStream.SplitMix64(&state) ] expected "first outputs"

        testCase "NextBelow is uniform where a remainder would not be (false alarm at most 1e-9)" <| fun () ->
            // bound = 3 * 2^62: the remainder of 64 bits would hit the lowest third twice as often.
            let bound = 3UL <<< 62
            let stream = RandomStream(1UL, RandomPurpose.Experiment)
            let n = 100_000
            let low = Seq.length (Seq.filter (fun _ -> stream.NextBelow bound < (1UL <<< 62)) (seq { 1..n }))
            let interval = Interval.ClopperPearson(low, n, 1e-9)
            Expect.isTrue (interval.Low <= 1.0 / 3.0 && 1.0 / 3.0 <= interval.High) "a third lies below a third"
            Expect.isFalse (interval.Low <= 0.5 && 0.5 <= interval.High) "and the biased share, a half, is excluded"
            // Three quarters of a number rounded down, without another draw, is a multiple of 3 twice as often as it is another number.
            let threefold = Seq.length (Seq.filter (fun _ -> stream.NextBelow bound % 3UL = 0UL) (seq { 1..n }))
            let interval = Interval.ClopperPearson(threefold, n, 1e-9)
            Expect.isTrue (interval.Low <= 1.0 / 3.0 && 1.0 / 3.0 <= interval.High) "a third are multiples of 3"


        testCase "doubles fill the unit interval, Gaussian numbers have variance 1 (false alarm at most 1e-9)" <| fun () ->
            let random, n = RandomStream(1UL, RandomPurpose.Experiment), 200_000
            let doubles = [| for _ in 1..n -> random.NextDouble() |]
            // Hoeffding: 1e-9 at sqrt(log(2e9) / 2n).
            let bound = sqrt (log 2e9 / (2.0 * float n))
            Expect.isLessThan (abs (Array.average doubles - 0.5)) bound "mean"

            for quarter in 0.0..3.0 do
                let share = float (doubles |> Array.filter (fun x -> floor (4.0 * x) = quarter) |> Array.length) / float n
                Expect.isLessThan (abs (share - 0.25)) bound $"quarter {quarter}"

            let squares = Array.averageBy (fun x -> x * x) [| for _ in 1..n -> random.NextGaussian() |]
            // Chi-square of n degrees has standard deviation sqrt(2/n) over n; 1e-9 at 6.2 of them.
            Expect.isLessThan (abs (squares - 1.0)) (6.2 * sqrt (2.0 / float n)) "variance"
    ]
