namespace Rhm.Claims

/// Role of a statement, in the order in which an argument uses them.
type Kind =
    | Definition = 0
    | Identity = 1
    | Lemma = 2
    | Theorem = 3
    | Prediction = 4
    | Experiment = 5
