"""A grammar of the Random Hierarchy Model: strings, exact laws, Bayes."""
from __future__ import annotations

import ctypes as c
import math
import os
from dataclasses import dataclass
from typing import Sequence

import numpy as np

from . import _library as lib

BLOCK = 1024
"""Strings of a block: any block can be drawn by itself."""

_PURPOSES = {"train": 0, "held-out": 1}


@dataclass(frozen=True)
class Shape:
    """Parameters of a grammar: depth L, branching factor s, vocabulary v, multiplicity m, number of classes n_c of the root."""

    depth: int
    branching: int
    vocabulary: int
    multiplicity: int
    classes: int

    @property
    def tokens(self) -> int:
        """Tokens of a string, s^L."""
        return self.branching**self.depth

    def nodes(self, level: int) -> int:
        """Nodes of a level, s^(L-level); level 0 are the tokens, level L the root."""
        return self.branching ** (self.depth - level)

    def symbols(self, level: int) -> int:
        """Symbols of a level: v, and n_c for the root."""
        return self.classes if level == self.depth else self.vocabulary


class Grammar:
    """A grammar, drawn at random from a seed.

    Args:
        depth: L, 1..20; strings have s^L tokens.
        branching: s, 2..16.
        vocabulary: v, 2..65536 symbols a level.
        multiplicity: m, production rules of a symbol, 1..v^(s-1).
        seed: the same seed gives the same grammar as ``rhm grammar new --seed`` everywhere.
        classes: n_c, symbols of the root; v where nothing is said.
        zipf: exponent of the rules' probabilities; 0 = uniform, the paper's model.

    Raises:
        ValueError: parameters without a grammar; the message says which.

    A grammar may be used from several threads at once.
    """

    def __init__(self, depth: int, branching: int, vocabulary: int, multiplicity: int, seed: int = 1, *, classes: int | None = None,
        zipf: float = 0.0):
        numbers = [lib.whole(value, name, -(2**31), 2**31 - 1) for name, value in
                   (("depth", depth), ("branching", branching), ("vocabulary", vocabulary), ("multiplicity", multiplicity))]
        self._open("rhm_grammar_draw", *numbers, _classes(classes), float(zipf), lib.whole(seed, "seed", 0, 2**64 - 1))

    @classmethod
    def read(cls, path: str | os.PathLike) -> Grammar:
        """The grammar of a file that ``rhm grammar new`` or :meth:`write` made."""
        grammar = cls.__new__(cls)
        grammar._open("rhm_grammar_read", os.fsencode(path))
        return grammar

    @classmethod
    def from_rules(cls, rules: Sequence[np.ndarray], *, vocabulary: int | None = None, zipf: float = 0.0) -> Grammar:
        """A grammar with given rules.

        Args:
            rules: element l, of shape [symbols of level l+1, m, s], holds the level-l tuples of every symbol of level l+1.
            vocabulary: v; where nothing is said, the number of symbols of level 1, or of the largest symbol in the rules if L = 1.
            zipf: exponent of the rules' probabilities.

        Raises:
            ValueError: a symbol out of range, or a tuple with two parents.
        """
        tables = [np.asarray(table) for table in rules]
        if not tables or any(table.ndim != 3 for table in tables):
            raise ValueError("rules need one array [symbols, m, s] for each level")
        for level, table in enumerate(tables):
            if table.dtype.kind not in "iu" or (table.size and (table.min() < 0 or table.max() > 65535)):
                raise ValueError(f"rules of level {level} must be integers in 0..65535")
            if table.shape[1:] != tables[0].shape[1:]:
                raise ValueError(f"rules of level {level} have shape {table.shape}, those of level 0 {tables[0].shape}")
        v = vocabulary if vocabulary is not None else tables[0].shape[0] if len(tables) > 1 else int(tables[0].max()) + 1
        _, m, s = tables[0].shape
        for level, table in enumerate(tables[:-1]):
            if table.shape[0] != v:
                raise ValueError(f"rules of level {level} have {table.shape[0]} parents, the vocabulary has {v} symbols")
        flat = np.concatenate([np.ascontiguousarray(table, dtype=np.uint16).reshape(-1) for table in tables])
        grammar = cls.__new__(cls)
        grammar._open("rhm_grammar_from_rules", len(tables), s, lib.whole(v, "vocabulary", 2, 65536), m, tables[-1].shape[0], float(zipf),
                      lib.address(flat), flat.size)
        return grammar

    def _open(self, function: str, *arguments) -> None:
        handle = c.c_int64()
        lib.call(function, *arguments, c.byref(handle))
        self._handle = handle.value
        numbers, zipf = np.empty(5, np.int32), c.c_double()
        lib.call("rhm_grammar_shape", self._handle, lib.address(numbers), 5, c.byref(zipf))
        self.shape = Shape(*(int(number) for number in numbers))
        """The parameters."""
        self.zipf = zipf.value
        """Exponent of the rules' probabilities."""

    def close(self) -> None:
        """Frees the grammar; what is called afterwards raises ValueError."""
        handle, self._handle = getattr(self, "_handle", 0), 0
        if handle:
            try:
                lib.call("rhm_free", handle)
            except (lib.RhmError, ImportError, TypeError):
                pass  # after a fork, or while the interpreter ends

    def __del__(self):
        self.close()

    def __enter__(self) -> Grammar:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Grammar({self.shape.depth}, {self.shape.branching}, {self.shape.vocabulary}, {self.shape.multiplicity})"

    def __reduce__(self):
        return _from_rules, (self.rules, self.shape.vocabulary, self.zipf)

    def write(self, path: str | os.PathLike) -> None:
        """Writes the grammar as JSON, for ``rhm --grammar`` and :meth:`read`."""
        lib.call("rhm_grammar_write", self._handle, os.fsencode(path))

    @property
    def rules(self) -> list[np.ndarray]:
        """Element l, uint16 [symbols of level l+1, m, s]: the level-l tuples of every symbol of level l+1."""
        tables = []
        for level in range(self.shape.depth):
            table = np.empty((self.shape.symbols(level + 1), self.shape.multiplicity, self.shape.branching), np.uint16)
            lib.call("rhm_grammar_rules", self._handle, level, lib.address(table), table.size)
            tables.append(table)
        return tables

    def sample(self, count: int, *, seed: int = 1, levels: Sequence[int] | None = None, first: int = 0, purpose: str = "train",
               out: np.ndarray | None = None, threads: int | None = None):
        """Strings, and any latents of the same derivations.

        Args:
            count: P, number of strings.
            seed: string i is a function of (grammar, seed, purpose, i) alone: the same bits as ``rhm sample --seed``.
            levels: which levels, 0 = tokens .. L = root; tokens alone where nothing is said.
            first: number of the first string, a multiple of 1024: any part of the endless sequence of a seed can be drawn by itself.
            purpose: "train", or "held-out" for strings that no training set of the same seed shares a stream with.
            out: for tokens alone, an array [P, s^L] to fill, uint8 (v at most 256) or uint16, C order; no copy is made.
            threads: all processors where nothing is said; the strings do not depend on it.

        Returns:
            An array [P, s^L], or with ``levels`` a list of arrays [P, s^(L-level)]: uint8 where v and n_c are at most 256, else uint16.
            Memory: its size. Time: some 10^9 tokens a second and core.
        """
        count = lib.whole(count, "count", 0, 2**48)
        number = lib.threads_of(threads)
        wide = max(self.shape.vocabulary, self.shape.classes) > 256
        if purpose not in _PURPOSES:
            raise ValueError(f"purpose {purpose!r} is neither 'train' nor 'held-out'")
        wanted = [0] if levels is None else [lib.whole(level, "level", 0, self.shape.depth) for level in levels]
        if out is not None and levels is not None:
            raise ValueError("out and levels exclude each other")
        arrays = []
        for level in wanted:
            size = (count, self.shape.nodes(level))
            array = out if out is not None else np.empty(size, np.uint16 if wide else np.uint8)
            if out is not None:
                _require_out(array, size, self.shape)
            lib.call("rhm_sample", self._handle, lib.whole(seed, "seed", 0, 2**64 - 1), _PURPOSES[purpose],
                lib.whole(first, "first", 0, 2**48), count,
                     level, array.dtype.itemsize, lib.address(array), array.size, number)
            arrays.append(array)
        return arrays[0] if levels is None else arrays

    def posterior(self, strings, *, level: int | None = None, threads: int | None = None):
        """Exact posterior of every latent, given strings of which any tokens may be masked (-1).

        Args:
            strings: integers [P, s^L]; -1 stands for a token that is not seen.
            level: one level, 0..L; all levels 1..L where nothing is said.

        Returns:
            float64 [P, s^(L-level), symbols]; for all levels a list, element l-1 for level l. Rows sum to 1.
            Cost: P s^L v m operations (belief propagation).

        Raises:
            ValueError: a symbol outside the vocabulary, or a string that no derivation produces.
        """
        tokens = self._observed(strings)
        wanted = range(1, self.shape.depth + 1) if level is None else [lib.whole(level, "level", 0, self.shape.depth)]
        sizes = [(len(tokens), self.shape.nodes(one), self.shape.symbols(one)) for one in wanted]
        memory = np.empty(sum(math.prod(size) for size in sizes))
        self._believe(tokens, -1 if level is None else level, memory, None, None, threads)
        found, start = [], 0
        for size in sizes:
            found.append(memory[start:start + math.prod(size)].reshape(size))
            start += math.prod(size)
        return found if level is None else found[0]

    def bayes_masked_token(self, strings, *, threads: int | None = None) -> np.ndarray:
        """The Bayes-optimal prediction of each token given all others that are seen: float64 [P, s^L, v].

        The token itself is never used, so one call serves every position; -1 masks further tokens.
        """
        tokens = self._observed(strings)
        law = np.empty((*tokens.shape, self.shape.vocabulary))
        self._believe(tokens, 0, None, law, None, threads)
        return law

    def bayes_next_token(self, strings, *, threads: int | None = None) -> np.ndarray:
        """The Bayes-optimal next-token predictor: float64 [P, s^L, v], P[x_t | x_0 .. x_(t-1)] at [., t, .]."""
        tokens = self._observed(strings)
        law = np.empty((*tokens.shape, self.shape.vocabulary))
        lib.call("rhm_next_token", self._handle, lib.address(tokens), tokens.size, len(tokens), lib.address(law), law.size,
            lib.threads_of(threads))
        return law

    def log_probability(self, strings, *, threads: int | None = None) -> np.ndarray:
        """Natural logarithm of the probability of the tokens that are seen: float64 [P]."""
        tokens = self._observed(strings)
        logarithms = np.empty(len(tokens))
        self._believe(tokens, 0, None, None, logarithms, threads)
        return logarithms

    def joint_law(self, a: tuple, b: tuple) -> np.ndarray:
        """The exact joint law of two variables of a derivation, P[A = i, B = j], float64 [values of A, values of B].

        Args:
            a, b: ``(level, node)`` for the symbol of a node, ``(level, parent, "tuple")`` for the tuple of that level below node
                ``parent`` of the level above, whose values are rule numbers, parent symbol * m + k.
        """
        sites = [(*(lib.whole(number, "site", -(2**31), 2**31 - 1) for number in site[:2]), int(len(site) > 2 and site[2] == "tuple"))
            for site in (a, b)]
        sizes = []
        for site in sites:
            size = c.c_int32()
            lib.call("rhm_value_count", self._handle, *site, c.byref(size))
            sizes.append(size.value)
        joint = np.empty(sizes)
        lib.call("rhm_joint_law", self._handle, *sites[0], *sites[1], lib.address(joint), joint.size)
        return joint

    def context_vectors(self, level: int = 0, *, target: tuple | None = None) -> np.ndarray:
        """Context vectors of the leftmost tuple of a level, phi(a) = E[one-hot of Z | parent of the tuple = a], float64 [v, symbols of Z].

        Args:
            level: l, 0..L-2.
            target: Z, as in :meth:`joint_law`; the first element of the neighbouring cousin tuple, (l, s), where nothing is said.
        """
        level = lib.whole(level, "level", 0, self.shape.depth - 2)
        joint = self.joint_law((level + 1, 0), target or (level, self.shape.branching))
        with np.errstate(invalid="ignore"):
            return joint / joint.sum(axis=1, keepdims=True)

    def _observed(self, strings) -> np.ndarray:
        tokens = lib.tokens_of(strings, masked=True)
        if tokens.shape[1] != self.shape.tokens:
            raise ValueError(f"strings have {tokens.shape[1]} tokens, those of {self.shape} have {self.shape.tokens}")
        return tokens

    def _believe(self, tokens, level, posterior, predictions, logarithms, threads) -> None:
        memory = [part for array in (posterior, predictions, logarithms)
            for part in (lib.address(array), 0 if array is None else array.size)]
        lib.call("rhm_posterior", self._handle, lib.address(tokens), tokens.size, len(tokens), level, *memory, lib.threads_of(threads))


def _from_rules(rules, vocabulary, zipf) -> Grammar:
    return Grammar.from_rules(rules, vocabulary=vocabulary, zipf=zipf)


def _classes(classes: int | None) -> int:
    return 0 if classes is None else lib.whole(classes, "classes", 1, 2**31 - 1)


def _require_out(array: np.ndarray, size: tuple, shape: Shape) -> None:
    if not isinstance(array, np.ndarray) or array.shape != size:
        raise ValueError(f"out must be an array of shape {size}, not {getattr(array, 'shape', type(array).__name__)}")
    if array.dtype not in (np.uint8, np.uint16) or (array.dtype == np.uint8 and max(shape.vocabulary, shape.classes) > 256):
        raise TypeError(f"out of dtype {array.dtype} does not hold {shape.vocabulary} symbols: use uint8 up to 256, else uint16")
    if not array.flags.c_contiguous or not array.flags.writeable or not array.dtype.isnative:
        raise ValueError("out must be contiguous in C order, writable and of native byte order")
