module Rhm.ProofsTests.Strings.StringGroupTests

open Expecto
open Rhm.Strings

[<Tests>]
let tests =
    testList "Strings / StringGroup" [
        testCase "what is written to a group in one form is read in the other" <| fun () ->
            let group = StringGroup(1, 4, 2)
            (group.Level 0)[77] <- 9us
            Expect.equal ((group.Bytes 0)[77]) 9uy "bytes"
            (group.Bytes 0)[5] <- 200uy
            Expect.equal [ (group.Level 0)[5]; (group.Level 0)[77] ] [ 200us; 9us ] "16 bits"
            (group.Level 0)[5] <- 65535us
            Expect.equal [ (group.Bytes 0)[5]; (group.Bytes 0)[77] ] [ 255uy; 9uy ] "bytes again"
    ]
