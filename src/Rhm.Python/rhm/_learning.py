"""Learners on the caller's strings, and the project's scores."""
from __future__ import annotations

import ctypes as c

import numpy as np

from . import _library as lib

UNRESOLVED = 65535
"""Label of a node that was not resolved."""

_TARGETS = {"latent": 0, "token": 1}
_COUSINS = {"one": 0, "tuple": 1, "all": 2}


class LearnedHierarchy:
    """What a levelwise learner found: labels of every node of levels 1..L-1, up to a permutation of labels at each level."""

    def __init__(self, handle: int):
        self._handle = handle
        depth = c.c_int32()
        lib.call("rhm_learned_shape", handle, c.byref(depth), None, 0)
        symbols = np.zeros(depth.value - 1, np.int32)
        lib.call("rhm_learned_shape", handle, c.byref(depth), lib.address(symbols), symbols.size)
        self.depth: int = depth.value
        """L; labels exist for levels 1..L-1."""
        self.symbols: list[int] = symbols.tolist()
        """Number of labels of each level 1..L-1."""
        self.warnings: list[str] = [line for line in lib.text(lambda *at: lib.library().rhm_learned_warnings(handle, *at)).split("\n")
            if line]
        """What could not be resolved, one sentence each."""

    def labels(self, strings, level: int) -> np.ndarray:
        """Labels of the nodes of a level in any strings: uint16 [P, s^(L-level)], 65535 where a node is not resolved."""
        tokens = lib.tokens_of(strings)
        branching = round(tokens.shape[1] ** (1 / self.depth))
        level = lib.whole(level, "level", 1, self.depth - 1)
        labels = np.empty((len(tokens), branching ** (self.depth - level)), np.uint16)
        lib.call("rhm_learned_labels", self._handle, *_memory(tokens), level, lib.address(labels), labels.size)
        return labels

    def accuracy(self, grammar, *, count: int = 2000, seed: int = 1) -> list[float]:
        """Accuracy of levels 1..L-1 on held-out strings of a grammar under the best one-to-one matching; chance is about 1/v."""
        levels = list(range(self.depth))
        drawn = grammar.sample(count, seed=seed, levels=levels, purpose="held-out")
        return [accuracy(self.labels(drawn[0], level), drawn[level], label_count=self.symbols[level - 1],
            symbols=grammar.shape.symbols(level))
                for level in levels[1:]]

    def __del__(self):
        handle, self._handle = getattr(self, "_handle", 0), 0
        if handle:
            try:
                lib.call("rhm_free", handle)
            except (lib.RhmError, ImportError, TypeError):
                pass


def ilc(strings, branching: int, vocabulary: int, *, target: str = "latent", cousins: str = "all", restarts: int = 50, seed: int = 1,
        threads: int | None = None) -> LearnedHierarchy:
    """Iterative latent clustering (the paper's algorithm) of any strings.

    Args:
        strings: integers [P, s^L] in 0..v-1.
        branching: s.
        vocabulary: v.
        target: "latent" elements of cousin tuples, or "token" below them.
        cousins: "one" element, those of one "tuple", or "all".
        restarts: of k-means.

    Returns:
        What was learned, the same bits as ``rhm ilc --seed``. P* is about v m^3 strings.
    """
    _choice("target", target, _TARGETS)
    _choice("cousins", cousins, _COUSINS)
    return _learn("rhm_ilc", strings, branching, vocabulary, _TARGETS[target], _COUSINS[cousins],
        lib.whole(restarts, "restarts", 1, 2**31 - 1), seed, threads)


def spectral(strings, branching: int, vocabulary: int, *, latents: int | str | None = None, starts: int = 10, seed: int = 1,
             threads: int | None = None) -> LearnedHierarchy:
    """Spectral latent clustering of any strings: P* is about v m^2 strings.

    Args:
        latents: latents of a level; v where nothing is said, "auto" to estimate them.
        starts: of the refinement.
    """
    number = 0 if latents is None else -1 if latents == "auto" else lib.whole(latents, "latents", 1, 65535)
    return _learn("rhm_spectral", strings, branching, vocabulary, number, lib.whole(starts, "starts", 1, 2**31 - 1), seed, threads)


def accuracy(labels, truth, *, label_count: int | None = None, symbols: int | None = None) -> float:
    """Share of labels that are right under the best one-to-one matching of labels and symbols.

    Args:
        labels: integers of any shape; 65535 = not resolved, an error wherever it stands.
        truth: the true symbols, of the same shape.
        label_count: number of labels; the largest label + 1 where nothing is said.
        symbols: number of symbols; the largest + 1 where nothing is said.
    """
    found, known = (np.ascontiguousarray(_labels(values, name)).reshape(-1) for values, name in ((labels, "labels"), (truth, "truth")))
    if np.shape(labels) != np.shape(truth):
        raise ValueError(f"labels have shape {np.shape(labels)}, truth {np.shape(truth)}")
    resolved = found[found != UNRESOLVED]
    count = label_count if label_count is not None else int(resolved.max()) + 1 if resolved.size else 1
    most = symbols if symbols is not None else int(known.max()) + 1 if known.size else 1
    value = c.c_double()
    lib.call("rhm_accuracy", lib.address(found), found.size, lib.address(known), known.size, lib.whole(count, "label_count", 1, 65535),
             lib.whole(most, "symbols", 1, 65536), c.byref(value))
    return value.value


def ridge_probe(train, train_labels, held, held_labels, *, symbols: int | None = None) -> float:
    """Accuracy on held-out rows of a linear probe: ridge regression of one-hot labels on features, in closed form.

    Args:
        train, held: float arrays [rows, features]; fitted to the first, scored on the second.
        train_labels, held_labels: integers [rows].
    """
    arrays = [np.ascontiguousarray(features, dtype=np.float32) for features in (train, held)]
    marks = [np.ascontiguousarray(_labels(values, "labels")) for values in (train_labels, held_labels)]
    for features, own in zip(arrays, marks):
        if features.ndim != 2 or own.shape != features.shape[:1]:
            raise ValueError(f"features of shape {features.shape} need labels of shape {features.shape[:1]}, not {own.shape}")
    if arrays[0].shape[1] != arrays[1].shape[1]:
        raise ValueError(f"{arrays[0].shape[1]} features are fitted, {arrays[1].shape[1]} scored")
    most = symbols if symbols is not None else max(int(own.max()) for own in marks if own.size) + 1
    value = c.c_double()
    lib.call("rhm_ridge_probe", lib.address(arrays[0]), arrays[0].size, lib.address(marks[0]), len(arrays[0]), lib.address(arrays[1]),
        arrays[1].size,
             lib.address(marks[1]), len(arrays[1]), arrays[0].shape[1], lib.whole(most, "symbols", 1, 65536), c.byref(value))
    return value.value


def _learn(function: str, strings, branching: int, vocabulary: int, *arguments) -> LearnedHierarchy:
    *options, seed, threads = arguments
    tokens = lib.tokens_of(strings)
    handle = c.c_int64()
    lib.call(function, *_memory(tokens), tokens.shape[1], lib.whole(vocabulary, "vocabulary", 2, 65536),
        lib.whole(branching, "branching", 2, 16), *options,
             lib.whole(seed, "seed", 0, 2**64 - 1), lib.threads_of(threads), c.byref(handle))
    return LearnedHierarchy(handle.value)


def _memory(tokens: np.ndarray) -> tuple:
    return lib.address(tokens), tokens.size, tokens.dtype.itemsize, len(tokens)


def _choice(name: str, value: str, choices: dict) -> None:
    if value not in choices:
        raise ValueError(f"{name} {value!r} is none of {', '.join(choices)}")


def _labels(values, name: str) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} of dtype {array.dtype} are no integers")
    if array.size and (int(array.min()) < 0 or int(array.max()) > 65535):
        raise ValueError(f"{name} from {array.min()} to {array.max()} must lie in 0..65535")
    return array.astype(np.uint16, copy=False)
