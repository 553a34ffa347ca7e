/// The fourteen identities as claims, in exact fractions: in every grammar of small shapes, and in random ones of larger shapes.
module Rhm.Claims.IdentityClaims

open System.Threading
open Rhm.Running
open Rhm.Grammars
open Rhm.Randomness
open Rhm.Claims.Measure

/// Every grammar of these shapes. In the last one of the paper's scale there are synonyms and a signal: m = 2 and f = 1/2.
let private exhaustive (setting: RunContext) =
    [ GrammarShape(2, 2, 2, 1); GrammarShape(2, 2, 2, 2); GrammarShape(1, 2, 3, 2); GrammarShape(2, 3, 2, 1) ]
    @ setting.Pick(
        [],
        [ GrammarShape(3, 2, 2, 1); GrammarShape(3, 2, 2, 2); GrammarShape(1, 2, 3, 3); GrammarShape(2, 3, 2, 2) ]
    )

/// Random grammars of these, whose synonyms are correlated with their cousins: f = 2/3, 1/2, 3/4 and 2/3.
let private drawn = [ GrammarShape(2, 2, 3, 2); GrammarShape(2, 3, 2, 2); GrammarShape(2, 3, 2, 3); GrammarShape(3, 2, 3, 2) ]

/// A way to make the grammars of a shape, and their number.
let private grammars (setting: RunContext) =
    let draw shape number =
        Grammar.Draw(shape, GrammarSeeds.OfNumber(setting.Seed, int64 number))

    [ for shape in exhaustive setting -> SmallGrammars.numbered shape, SmallGrammars.count shape ]
    @ [ for shape in drawn -> draw shape, setting.Pick(4, 200) ]

/// The number of grammars that violate an identity, or its planted error.
let private violations number (setting: RunContext) planted =
    let identity = Identities.all |> List.find (fun identity -> identity.Number = number)
    let grammars = grammars setting

    let sides grammar =
        if planted then identity.Planted grammar else Some(grammar, identity.Partner grammar)

    let inShape (grammar, count) =
        let mutable violations = 0L

        setting.ForEach(
            ResizeArray [ 0 .. count - 1 ],
            fun number ->
                match sides (grammar number) with
                | Some(left, right) when (Identities.violation identity left right).IsSome -> Interlocked.Increment &violations |> ignore
                | _ -> ()
        )

        violations

    let count = List.sumBy snd grammars
    setting.Each grammars inShape |> List.sum |> Measure.none $"of {count} grammars violate it"

let private template =
    { Measure.exact Kind.Identity Chapter.Model with
        Tolerance = "none: exact fractions, in every grammar of several small shapes and in random ones with synonyms and a signal" }

let tupleProbability =
    { template with
        Id = "identity-01-tuple-probability"
        Statement = "A tuple's probability is that of its parent, divided by m."
        Formula = "P[T=nu] = pi(par nu)/m"
        Latex = @"P[T=\nu] = \pi(\mathrm{par}\,\nu)/m"
        Source = "identity 1 (docs/formulas.md)"
        Premises = [ "def-tuple-probability" ]
        Control = "weighted rules"
        Place = Place.Here()
        Measure = violations 1 }

let synonymicInvariance =
    { template with
        Id = "identity-02-synonymic-invariance"
        Statement = "Synonyms have the same law with every variable that is not inside them."
        Formula = "C_Z(nu,.) = C_Z(nu',.) for par nu = par nu'"
        Latex = @"C_Z(\nu,\cdot) = C_Z(\nu',\cdot) \quad\text{for } \mathrm{par}\,\nu = \mathrm{par}\,\nu'"
        Source = "identity 2 (docs/formulas.md)"
        Premises = [ "identity-06-parent-separates" ]
        Control = "a tuple of the lowest level that two symbols share"
        Place = Place.Here()
        Measure = violations 2 }

let zeroSums =
    { template with
        Id = "identity-03-zero-sums"
        Statement = "Correlations sum to zero over tuples and over symbols: joint laws have the right margins."
        Formula = "sum_z C_Z(nu,z) = sum_nu C_Z(nu,z) = 0"
        Latex = @"\sum_z C_Z(\nu,z) = \sum_\nu C_Z(\nu,z) = 0"
        Source = "identity 3 (docs/formulas.md)"
        Premises = [ "def-tuple-probability" ]
        Control = "margins of a grammar off by one level"
        Place = Place.Here()
        Measure = violations 3 }

let unambiguity =
    { template with
        Id = "identity-04-unambiguity"
        Statement = "Every string has one derivation, and each class m^((s^L-1)/(s-1)) strings."
        Formula = "strings per class = m^((s^L-1)/(s-1))"
        Latex = @"\#\{\text{strings of a class}\} = m^{(s^L-1)/(s-1)}"
        Source = "identity 4 (docs/formulas.md)"
        Premises = [ "def-string-count" ]
        Control = "a tuple of the lowest level that two symbols share"
        Place = Place.Here()
        Measure = violations 4 }

let entropy =
    { template with
        Id = "identity-05-entropy"
        Statement = "All strings are equally likely, and a string determines its root."
        Formula = "H = log n_c + ((s^L-1)/(s-1)) log m; H(T|parent) = log m; H(root|tokens) = 0"
        Latex =
            @"H = \log n_c + \frac{s^L-1}{s-1} \log m, \quad H(T \mid \mathrm{par}\,T) = \log m, \quad "
            + @"H(\text{root} \mid \text{tokens}) = 0"
        Source = "identity 5 (docs/formulas.md)"
        Premises = [ "def-entropy" ]
        Control = "a rule written twice"
        Place = Place.Here()
        Measure = violations 5 }

let parentSeparates =
    { template with
        Id = "identity-06-parent-separates"
        Statement = "Given its parent a tuple is independent of everything outside its subtree."
        Formula = "P[nu,z] P[par] = P[par,z] P[nu]"
        Latex = @"P[\nu,z]\, P[\mathrm{par}\,\nu] = P[\mathrm{par}\,\nu, z]\, P[\nu]"
        Source = "identity 6 (docs/formulas.md)"
        Premises = [ "identity-01-tuple-probability" ]
        Control = "a tuple of the lowest level that two symbols share"
        Place = Place.Here()
        Measure = violations 6 }

let descent =
    { template with
        Id = "identity-07-descent"
        Statement = "Correlations with a child are those with its parent times the transition matrix."
        Formula = "C_(T, child c of Z) = C_(T,Z) M_c"
        Latex = @"C_{T,\,\text{child } c \text{ of } Z} = C_{T,Z}\, M_c"
        Source = "identity 7 (docs/formulas.md)"
        Premises = [ "identity-13-priors" ]
        Control = "transition matrices of the wrong child, at the lowest level"
        Place = Place.Here()
        Measure = violations 7 }

let dataProcessing =
    { template with
        Id = "identity-08-data-processing"
        Statement = "A tuple tells at least as much about a latent as about its children, and less about higher ancestors."
        Formula = "I(T;Z) >= I(T;Z') (also chi-square, total variation)"
        Latex = @"I(T;Z) \ge I(T;Z') \quad (\text{also } \chi^2 \text{ and total variation})"
        Source = "identity 8 (docs/formulas.md)"
        Premises = [ "identity-07-descent" ]
        Control = "latents of a grammar off by one level"
        Place = Place.Here()
        Measure = violations 8 }

let wholeCousin =
    { template with
        Id = "identity-09-whole-cousin"
        Statement = "A whole tuple tells as much as its parent: only single tokens lose information."
        Formula = "I(T; T') = I(T; par T')"
        Latex = @"I(T;T') = I(T;\mathrm{par}\,T')"
        Source = "identity 9 (docs/formulas.md)"
        Premises = [ "identity-06-parent-separates"; "identity-04-unambiguity" ]
        Control = "a tuple of the lowest level that two symbols share"
        Place = Place.Here()
        Measure = violations 9 }

let rootInformation =
    { template with
        Id = "identity-10-root-information"
        Statement = "The top tuple determines the root."
        Formula = "I(T_(L-1); root) = log n_c, chi^2 = n_c - 1"
        Latex = @"I(T_{L-1};\text{root}) = \log n_c, \qquad \chi^2 = n_c - 1"
        Source = "identity 10 (docs/formulas.md)"
        Premises = [ "identity-04-unambiguity" ]
        Control = "a tuple that two classes share"
        Place = Place.Here()
        Measure = violations 10 }

let rootsNotIdentifiable =
    { template with
        Id = "identity-11-roots-not-identifiable"
        Statement = "Which class owns which top rule does not change the law of the strings."
        Formula = "P[tokens] unchanged by moving top rules between classes"
        Latex = @"P[\text{tokens}] \text{ is unchanged when top rules move between classes}"
        Source = "identity 11 (docs/formulas.md)"
        Premises = [ "def-unambiguity" ]
        Control = "rules of the lowest level moved"
        Place = Place.Here()
        Measure = violations 11 }

let levelReduction =
    { template with
        Id = "identity-12-level-reduction"
        Statement = "Levels 1..L are a grammar of depth L-1 with the rules of levels 1 and up."
        Formula = "law of (h^1..h^L) = law of (h^0..h^(L-1)) of the reduced grammar"
        Latex = @"(h^{(1)}, \dots, h^{(L)}) \overset{d}{=} (h^{(0)}, \dots, h^{(L-1)}) \text{ of the reduced grammar}"
        Source = "identity 12 (docs/formulas.md)"
        Premises = [ "def-level-reduction" ]
        Control = "the highest level dropped instead of the lowest"
        Place = Place.Here()
        Measure = violations 12 }

let priors =
    { template with
        Id = "identity-13-priors"
        Statement =
            "Transition matrices are stochastic and carry the priors down; at f = 1 priors are uniform and tokens \
             independent."
        Formula = "pi_l = pi_(l+1) M_l"
        Latex = @"\pi_\ell = \pi_{\ell+1} M_\ell"
        Source = "identity 13 (docs/formulas.md)"
        Premises = [ "def-tuple-probability" ]
        Control = "transition matrices of the wrong child, at the lowest level"
        Place = Place.Here()
        Measure = violations 13 }

let contraction =
    { template with
        Id = "identity-14-contraction"
        Statement = "Context vectors come closer with every level between latent and token, in total variation."
        Formula = "TV(phi_Z'(a), phi_Z'(b)) <= TV(phi_Z(a), phi_Z(b))"
        Latex = @"\mathrm{TV}\big(\phi_{Z'}(a), \phi_{Z'}(b)\big) \le \mathrm{TV}\big(\phi_Z(a), \phi_Z(b)\big)"
        Source = "identity 14 (docs/formulas.md)"
        Premises = [ "identity-13-priors" ]
        Control = "latents of a grammar off by one level"
        Place = Place.Here()
        Measure = violations 14 }

let all =
    [ tupleProbability; synonymicInvariance; zeroSums; unambiguity; entropy
      parentSeparates; descent; dataProcessing; wholeCousin; rootInformation
      rootsNotIdentifiable; levelReduction; priors; contraction ]
