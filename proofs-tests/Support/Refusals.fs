/// How bad input has to end.
module Rhm.ProofsTests.Refusals

open System
open Expecto

/// The action ends with an error of this kind, whose message is one line that has the fragment.
let fails<'error when 'error :> exn> (fragment: string) (action: unit -> unit) =
    let error = Expect.throwsC action id
    Expect.isTrue (error :? 'error) $"{typeof<'error>.Name}, not {error.GetType().Name}: {error.Message}"
    Expect.isFalse (error.Message.Contains '\n') $"one line: {error.Message}"
    Expect.stringContains error.Message fragment "the message names the reason"

/// The library refuses the input, and says why.
let refuses fragment action =
    fails<ArgumentException> fragment action
