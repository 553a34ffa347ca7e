"""What all peers share: a program prepares its work, then does it once for every line that it reads, and answers with one line of JSON."""
import json
import sys
import time


def serve(work, **versions):
    """work() -> dict with what is needed to check that the same work was done. Its time is measured here, without start and imports."""
    print(json.dumps({"versions": {"python": sys.version.split()[0], **versions}}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, **result}), flush=True)


class Grammar:
    """The rule tables of a grammar file of rhm: rules[l] has shape [symbols of level l+1, m, s]."""

    def __init__(self, path):
        import numpy as np

        with open(path) as file:
            data = json.load(file)
        shape = data["shape"]
        self.depth, self.branching = shape["depth"], shape["branching"]
        self.vocabulary, self.multiplicity, self.classes = shape["vocabulary"], shape["multiplicity"], shape["classes"]
        self.tokens = self.branching ** self.depth
        self.rules = [np.array(level, dtype=np.uint8) for level in data["rules"]]
