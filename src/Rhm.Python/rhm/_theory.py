"""What the theory predicts for given parameters, without a grammar."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import _library as lib
from ._grammar import _classes

TARGETS = ("latent", "token", "root")
"""Second axis of the tables."""


@dataclass(frozen=True)
class Theory:
    """Averages over random grammars of given parameters (docs/formulas.md). Tables are float64 [tuple level 0..L-1, target latent,
    token, root], NaN where a target does not exist; what is learned from tuples of level l are the latents of level l+1."""

    legal_fraction: float
    """f = m / v^(s-1): the share of tuples that are legal."""
    kappa: float
    """Factor of squared correlations per production rule, about 1/m."""
    coverage: float
    """v m log(v m) strings: fewer do not show every tuple."""
    spectral_scale: float
    """v m^2 strings."""
    kesten_stigum: float
    """Strings from which the blocks of the co-occurrence matrix can be detected at all; NaN at L = 1."""
    next_token_floor: float
    """Nats per token of the best next-token predictor (uniform rules)."""
    string_entropy: float
    """Nats of a string (uniform rules)."""
    squared_correlation: np.ndarray
    """Sum over values of C^2."""
    separation: np.ndarray
    """|phi(a) - phi(b)|^2 of two context vectors."""
    strings: np.ndarray
    """P at which the noise of a context vector equals its separation from others."""


def theory(depth: int, branching: int, vocabulary: int, multiplicity: int, *, classes: int | None = None) -> Theory:
    """What ``rhm theory`` prints: predictions for parameters L, s, v, m, and n_c where it is not v.

    Raises:
        ValueError: parameters without a grammar.
    """
    numbers = [lib.whole(value, name, -(2**31), 2**31 - 1) for name, value in
               (("depth", depth), ("branching", branching), ("vocabulary", vocabulary), ("multiplicity", multiplicity))]
    scalars, table = np.empty(7), np.empty((max(1, min(64, numbers[0])), 3, 3))
    lib.call("rhm_theory", *numbers, _classes(classes), lib.address(scalars), scalars.size, lib.address(table), table.size)
    return Theory(*(float(value) for value in scalars), *(np.ascontiguousarray(table[:, :, quantity]) for quantity in range(3)))
