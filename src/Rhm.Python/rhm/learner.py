"""A function of NumPy arrays as a learner that ``rhm threshold`` and sweeps take: hides the protocol of docs/command-learner.md."""
from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import numpy as np

PROTOCOL = 1


@dataclass(frozen=True)
class Problem:
    """What a learner is given: never latents, and never strings that it is scored on together with them."""

    train: np.ndarray
    """Strings to learn from, integers [P, s^L]."""
    held: np.ndarray
    """Strings to be scored on, [held, s^L]."""
    depth: int
    branching: int
    vocabulary: int
    multiplicity: int
    classes: int
    seed: int
    threads: int
    """Threads that the learner may use."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """Further keys of the sweep file or the command line."""

    def nodes(self, level: int) -> int:
        """Nodes of a level, s^(L-level)."""
        return self.branching ** (self.depth - level)


@dataclass
class Learned:
    """What was learned about the held-out strings. Level l is one of 1..L-1; give labels or features."""

    labels: dict[int, np.ndarray] = field(default_factory=dict)
    """Level: integers [held, s^(L-l)], -1 where a node is not resolved; scored by the best one-to-one matching with the latents."""
    features: dict[int, np.ndarray] = field(default_factory=dict)
    """Level: floats [held, s^(L-l), d]; scored by a ridge probe that is fitted to half of the strings."""
    untrained: dict[int, np.ndarray] = field(default_factory=dict)
    """Level: the same features of the untrained network, whose probe stands beside."""
    measures: dict[str, float] = field(default_factory=dict)
    """Any numbers by name, such as a loss."""


def learner(function: Callable[[Problem], Learned | dict[int, np.ndarray]]):
    """Decorates a function of a :class:`Problem` that returns :class:`Learned`, or labels by level.

    Run as a script under ``rhm threshold --learner "python3 mine.py"`` it serves one problem after the other; otherwise the function
    stays a function.
    """
    module = sys.modules.get(function.__module__)
    if getattr(module, "__name__", "") == "__main__" and "RHM_PROTOCOL" in os.environ:
        serve(function)
    return function


def serve(function) -> None:
    """Reads folders from standard input until it ends, answers each on standard output."""
    if os.environ.get("RHM_PROTOCOL") != str(PROTOCOL):
        raise SystemExit(f"rhm speaks version {os.environ.get('RHM_PROTOCOL')} of the protocol of learners, this package {PROTOCOL}")
    # What the function prints goes to the log, not between the answers.
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        try:
            _write(folder, function(_read(folder)))
            answer = "done"
        except Exception as error:  # noqa: BLE001: whatever a learner raises is the answer for this problem
            import traceback

            traceback.print_exc(file=sys.stderr)
            answer = f"error: {type(error).__name__}: {error}".replace("\n", " ")
        print(answer, file=answers, flush=True)


def _read(folder: Path) -> Problem:
    given = json.loads((folder / "problem.json").read_text())
    return Problem(np.load(folder / "train.npy", mmap_mode="r"), np.load(folder / "held.npy"), given["depth"], given["branching"],
        given["vocabulary"],
                   given["multiplicity"], given["classes"], given["seed"], given["threads"], given["parameters"])


def _write(folder: Path, learned: Learned | dict[int, np.ndarray]) -> None:
    if isinstance(learned, dict):
        learned = Learned(labels=learned)
    for level, array in learned.labels.items():
        np.save(folder / f"level{level}.npy", np.asarray(array, dtype=np.int32))
    for kind, arrays in (("features", learned.features), ("untrained", learned.untrained)):
        for level, array in arrays.items():
            np.save(folder / f"level{level}.{kind}.npy", np.asarray(array, dtype=np.float32))
    if learned.measures:
        (folder / "measures.json").write_text(json.dumps({name: float(value) for name, value in learned.measures.items()}))
