"""The tool of this clone, and an independent enumeration of small grammars in NumPy."""
from __future__ import annotations

import itertools
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

CLONE = Path(os.environ.get("RHM_CLONE") or Path(__file__).resolve().parents[3])
TOOL = CLONE / "src" / "Rhm.Cli" / "bin" / "Release" / "net10.0" / "Rhm.Cli.dll"


@pytest.fixture(scope="session")
def tool():
    """Runs ``rhm`` of this clone: build it first (dotnet build Rhm.sln -c Release)."""
    assert TOOL.exists(), f"{TOOL} is missing: dotnet build Rhm.sln -c Release"

    def run(*arguments, folder):
        return subprocess.run(["dotnet", str(TOOL), *map(str, arguments)], cwd=folder, check=True, capture_output=True, text=True).stdout

    return run


class Enumeration:
    """All derivations of a small grammar with uniform rules, by plain recursion: strings, latents of every level, probabilities."""

    def __init__(self, rules):
        self.rules = rules
        depth = len(rules)
        derivations = [((root,),) for root in range(rules[-1].shape[0])]  # levels from the root down
        for level in reversed(range(depth)):
            grown = []
            for levels in derivations:
                choices = [rules[level][symbol] for symbol in levels[-1]]
                for chosen in itertools.product(*choices):
                    grown.append((*levels, tuple(int(x) for part in chosen for x in part)))
            derivations = grown
        self.levels = [np.array([levels[depth - level] for levels in derivations]) for level in range(depth + 1)]
        self.probability = np.full(len(derivations), 1 / len(derivations))

    def posterior(self, string, level):
        """P[symbol of each node | tokens that are seen], [nodes, symbols]."""
        string = np.asarray(string)
        seen = string >= 0
        fits = (self.levels[0][:, seen] == string[seen]).all(axis=1)
        weight = self.probability * fits
        tables = len(self.rules)
        symbols = self.rules[-1].shape[0] if level == tables else self.rules[0].shape[0] if level else int(self.levels[0].max()) + 1
        nodes = self.levels[level]
        law = np.array([[weight[nodes[:, node] == symbol].sum() for symbol in range(symbols)] for node in range(nodes.shape[1])])
        return law / weight.sum()


@pytest.fixture(scope="session")
def enumerate_grammar():
    return lambda grammar: Enumeration(grammar.rules)
