module Rhm.ProofsTests.Population.RationalTests

open Expecto
open Rhm.Population
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Population / Rational" [
        property "fractions add, multiply, divide and compare as numbers do" <| fun (a: int, b: int, c: int, d: int) ->
            let b, d = (if b = 0 then 1 else b), (if d = 0 then 1 else d)
            let x, y = Rational(bigint a, bigint b), Rational(bigint c, bigint d)
            let same (r: Rational) numerator denominator = r.Numerator * denominator = numerator * r.Denominator && r.Denominator.Sign > 0
            let a, b, c, d = bigint a, bigint b, bigint c, bigint d

            same (x + y) (a * d + c * b) (b * d)
            && same (x - y) (a * d - c * b) (b * d)
            && same (x * y) (a * c) (b * d)
            && (c.IsZero || same (x / y) (a * d) (b * c))
            && (compare (a * d * bigint (sign b) * bigint (sign d)) (c * b * bigint (sign b) * bigint (sign d)) = sign (x.CompareTo y))
            && Rational.FromDouble(x.ToDouble()).ToDouble() = x.ToDouble()
            && (x + y - y = x)
    ]
