"""The Python package rhm against plain NumPy and PyTorch, in turns on the same machine, so that what else runs there burdens both alike.

usage: python3 benchmarks/peers/python_bench.py [--pairs N] [--strings N] [--posterior N] [--out FOLDER]

Needs the package installed, numpy and torch; the cost of an idle command needs the tool built (src/Rhm.Cli).
"""
import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from multiprocessing import Pool
from pathlib import Path

import numpy as np

CLONE = Path(__file__).resolve().parents[2]
SHAPE = (5, 3, 8, 8)


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Peer:
    """A program of benchmarks/peers, which measures its own time."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([sys.executable, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def seconds(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["seconds"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def in_turns(pairs, ours, peers):
    """Seconds of ours and of the peer, pair by pair; the first pair warms both up."""
    return [(ours(), peers()) for _ in range(pairs + 1)][1:]


def sampling(pairs, count, cores, path):
    import rhm

    grammar = rhm.Grammar.read(path)
    out = np.empty((count, grammar.shape.tokens), np.uint8)
    peer = Peer(CLONE / "benchmarks/peers/sampling_numpy.py", path, count, cores, "--write")
    seed = iter(range(1, 10**6))
    try:
        return in_turns(pairs, lambda: timed(lambda: grammar.sample(count, seed=next(seed), out=out, threads=cores)), peer.seconds)
    finally:
        peer.close()


def loading(pairs, path, batch=1024):
    """Batches of 1024 through a DataLoader: seconds for the same number of strings."""
    import torch
    from torch.utils.data import DataLoader, IterableDataset

    import rhm
    from rhm.data import Strings

    grammar = rhm.Grammar.read(path)
    tables = [torch.from_numpy(level.astype(np.int64).reshape(-1, grammar.shape.branching)) for level in grammar.rules]

    class Gathered(IterableDataset):
        def __iter__(self):
            while True:
                symbols = torch.randint(grammar.shape.classes, (batch,))
                for table in reversed(tables):
                    choices = torch.randint(grammar.shape.multiplicity, symbols.shape)
                    symbols = table[symbols * grammar.shape.multiplicity + choices].view(-1)
                yield symbols.view(batch, -1)

    def take(loader, batches):
        source = iter(loader)

        def read():
            for _ in range(batches):
                next(source)

        return lambda: timed(read)

    return in_turns(pairs, take(DataLoader(Strings(grammar, batch), batch_size=None), 200),
        take(DataLoader(Gathered(), batch_size=None), 200))


class Propagation:
    """Belief propagation over all strings of a piece at once: messages are arrays [strings, nodes, symbols]."""

    def __init__(self, rules):
        self.rules = rules

    def posterior(self, strings):
        depth, s = len(self.rules), self.rules[0].shape[2]
        v = self.rules[-1].shape[0]
        inside = [np.eye(v)[strings]]
        weights = []
        for level in range(depth):
            below = inside[-1].reshape(len(strings), -1, s, inside[-1].shape[-1])
            taken = [below[:, :, i][..., self.rules[level][:, :, i]] for i in range(s)]  # [strings, nodes, symbols, m]
            product = taken[0]
            for other in taken[1:]:
                product = product * other
            weights.append((taken, product))
            up = product.mean(-1)
            inside.append(up / up.sum(-1, keepdims=True))
        outside = np.full((len(strings), 1, inside[-1].shape[-1]), 1.0)
        posteriors = [None] * (depth + 1)
        for level in range(depth, 0, -1):
            law = inside[level] * outside
            posteriors[level] = law / law.sum(-1, keepdims=True)
            taken, product = weights[level - 1]
            down = []
            for i in range(s):
                rest = outside[..., None]
                for j in range(s):
                    if j != i:
                        rest = rest * taken[j]
                flat = np.broadcast_to(rest, product.shape).reshape(-1, rest.shape[-2] * rest.shape[-1])
                onto = np.zeros((flat.shape[1], v))
                onto[np.arange(flat.shape[1]), self.rules[level - 1][:, :, i].ravel()] = 1
                message = (flat @ onto).reshape(*rest.shape[:2], v)
                down.append(message / message.sum(-1, keepdims=True))
            outside = np.stack(down, axis=2).reshape(len(strings), -1, v)
        return posteriors[1:]


_propagation = None


def _start(rules):
    global _propagation
    _propagation = Propagation(rules)


def _work(strings):
    return [level.sum(axis=(0, 1)) for level in _propagation.posterior(strings)]


def posteriors(pairs, count, cores, path, piece=64):
    import rhm

    grammar = rhm.Grammar.read(path)
    strings = grammar.sample(count, seed=3)
    few = [array[:20] for array in grammar.posterior(strings[:20])]
    for ours, other in zip(few, Propagation(grammar.rules).posterior(strings[:20])):
        np.testing.assert_allclose(ours, other, atol=1e-9)
    # Forked before rhm's threads are used again: the children do not call it.
    with Pool(cores, _start, (grammar.rules,)) as pool:
        pieces = [strings[start:start + piece] for start in range(0, count, piece)]
        return in_turns(pairs, lambda: timed(lambda: grammar.posterior(strings, threads=cores)),
            lambda: timed(lambda: pool.map(_work, pieces)))


IDLE = """
import numpy as np
import rhm

@rhm.learner
def learn(problem):
    return {level: np.zeros((len(problem.held), problem.nodes(level)), np.int32) for level in range(1, problem.depth)}
"""


def idle(cells=60):
    """Seconds of a cell whose command does nothing, after the first, which starts Python."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "idle.py").write_text(IDLE)
        (Path(folder) / "idle.toml").write_text(f'L = 3\ns = 3\nv = 8\nm = 4\nP = 1000\nheld_out = 1000\ngrammars = {cells}\n'
                                                f'[[learner]]\nname = "idle"\ncommand = "{sys.executable} {folder}/idle.py"\n')
        tool = ["dotnet", str(CLONE / "src/Rhm.Cli/bin/Release/net10.0/Rhm.Cli.dll"), "sweep"]
        run = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL}
        subprocess.run([*tool, "run", "idle.toml", "--threads", "1"], **run)
        subprocess.run([*tool, "export", "idle.toml", "--out", "idle.csv"], **run)
        with open(Path(folder) / "idle.csv") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert all(row["state"] == "done" for row in rows)
    return sorted(float(row["wall_seconds"]) for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--strings", type=int, default=10**6)
    parser.add_argument("--posterior", type=int, default=10**4)
    parser.add_argument("--out")
    given = parser.parse_args()
    cores = len(os.sched_getaffinity(0))

    import torch

    import rhm

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "g.json")
        rhm.Grammar(*SHAPE).write(path)
        work = [
            (f"sample {given.strings} strings of 243 tokens into an array, {cores} cores", "sampling_numpy", 15,
                sampling(given.pairs, given.strings, cores, path)),
            ("DataLoader, 200 batches of 1024", "torch randint and gather", 10, loading(given.pairs, path)),
            (f"posteriors of {given.posterior} strings of 243 tokens, all levels, {cores} cores", "belief propagation in NumPy", 10,
             posteriors(given.pairs, given.posterior, cores, path)),
        ]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, torch {torch.__version__}"
    rows = []
    lines = ["# Python", "", f"`python3 benchmarks/peers/python_bench.py --pairs {given.pairs}`", "",
             f"{cores} cores, load {os.getloadavg()[0]:.1f}; {versions}. L=5, s=3, v=8, m=8.",
             "Ratio: peer's time over ours, pair by pair.", "",
             "| work | peer | ours | peer's time | ratio: median (min to max) | goal |", "|---|---|---|---|---|---|"]
    for name, peer, goal, pairs in work:
        ratios = sorted(other / ours for ours, other in pairs)
        ours, other = (1e3 * sorted(pair[i] for pair in pairs)[len(pairs) // 2] for i in (0, 1))
        ratio = f"{ratios[len(ratios) // 2]:.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"
        rows.append([name, peer, ours / 1e3, other / 1e3, ratios[len(ratios) // 2], ratios[0], ratios[-1], goal])
        lines.append(f"| {name} | {peer} | {ours:.1f} ms | {other:.1f} ms | {ratio} | {goal} |")
    seconds = idle()
    ours = f"{1e3 * seconds[len(seconds) // 2]:.1f} ms (least {1e3 * seconds[0]:.1f})"
    lines.append(f"| a cell of a command that does nothing, kept alive | | {ours} | | | under 20 ms |")
    rows.append(["a cell of a command that does nothing, kept alive", "", seconds[len(seconds) // 2], "", "", "", "", ""])
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if given.out:
        Path(given.out, "python.md").write_text(text)
        with open(Path(given.out, "python.csv"), "w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow("work peer ours_seconds peer_seconds ratio_median ratio_min ratio_max goal".split())
            table.writerows([[f"{cell:.5g}" if isinstance(cell, float) else cell for cell in row] for row in rows])


if __name__ == "__main__":
    main()
