"""Random Hierarchy Model (arXiv:2605.27734): sampler, exact laws, learners and scores, in the process.

    import rhm
    grammar = rhm.Grammar(depth=3, branching=3, vocabulary=8, multiplicity=4, seed=1)
    strings = grammar.sample(10_000)
    rhm.ilc(strings, branching=3, vocabulary=8).accuracy(grammar)
"""
from ._grammar import BLOCK, Grammar, Shape
from ._learning import UNRESOLVED, LearnedHierarchy, accuracy, ilc, ridge_probe, spectral
from ._library import RhmError
from ._theory import Theory, theory
from .learner import Learned, Problem, learner

__version__ = "0.1.0"
__all__ = ["BLOCK", "Grammar", "Learned", "LearnedHierarchy", "Problem", "RhmError", "Shape", "Theory", "UNRESOLVED", "accuracy", "ilc",
    "learner", "ridge_probe", "spectral", "theory"]
