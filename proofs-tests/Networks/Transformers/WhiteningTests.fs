module Rhm.ProofsTests.Networks.Transformers.WhiteningTests

open Expecto
open Rhm.Numerics
open Rhm.Randomness

[<Tests>]
let tests =
    testList "Networks / Transformers / Whitening" [
        for rank in [ 1; 5; 12 ] do
            testCase $"is the inverse root of the covariance and a share of its largest eigenvalue (rank {rank})" <| fun () ->
                let d = 12
                let random = RandomStream(uint64 rank, RandomPurpose.Experiment)
                let rows = Array.init rank (fun _ -> Array.init d (fun _ -> random.NextGaussian()))
                let a = Array.init (d * d) (fun i -> rows |> Array.sumBy (fun row -> row[i / d] * row[i % d]))
                let w = Whitening.InverseRoot(a, d, 0.01)
                let matrix (values: float[]) = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Dense(d, d, fun i j -> values[i * d + j])
                let largest = (matrix a).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues |> Seq.map _.Real |> Seq.max
                let shifted = matrix a + 0.01 * largest * MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseIdentity d
                let difference = matrix w * shifted * matrix w - MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseIdentity d
                // rounding 1e-16 times the condition 101, times some hundred operations
                Expect.isLessThan (difference.InfinityNorm()) 1e-9 "W (A + share lambda) W = 1"
    ]
