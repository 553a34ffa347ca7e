module Rhm.ProofsTests.Running.MemoryLimitTests

open System
open Expecto
open Rhm.Running

[<Tests>]
let tests =
    testList "Running / MemoryLimit" [
        testCase "sizes are written in MiB below one GiB, in GiB from there on" <| fun () ->
            for bytes, text in [ 5.0 * 1048576.0, "5 MiB"; 1023.0 * 1048576.0, "1023 MiB"; 1.5 * 1073741824.0, "1.5 GiB" ] do
                Expect.equal (MemoryLimit.Size bytes) text "size"

        testCase "what does not fit is refused, with both sizes" <| fun () ->
            MemoryLimit.Require(MemoryLimit.AvailableBytes, "what fits")
            let refused bytes = Expect.throwsC (fun () -> MemoryLimit.Require(bytes, "the work")) (fun (error: exn) -> error.Message)
            Expect.stringContains (refused (1024.0 ** 6.0)) "the work needs about" "what"
            Expect.stringContains (refused (1024.0 ** 6.0)) (MemoryLimit.Size MemoryLimit.AvailableBytes) "what there is"
            Expect.stringContains (refused nan) "the work" "a size that is none"
    ]
