"""What is refused, by one sentence; and the library under random arguments and several threads."""
import ctypes as c
import multiprocessing
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import rhm
from rhm import _library as lib

GRAMMAR = rhm.Grammar(3, 2, 8, 3)
STRINGS = GRAMMAR.sample(64)


@pytest.mark.parametrize("call, kind, words", [
    (lambda: rhm.Grammar(3, 2, 8, 9), ValueError, "multiplicity m = 9"),
    (lambda: rhm.Grammar(3, 2, 8, 2.5), TypeError, "multiplicity = 2.5"),
    (lambda: rhm.Grammar(0, 2, 8, 2), ValueError, "L = 0"),
    (lambda: rhm.Grammar.read("missing.json"), ValueError, "missing.json"),
    (lambda: rhm.Grammar.from_rules([np.zeros((2, 2, 2), int)], vocabulary=2), ValueError, "tuple"),
    (lambda: GRAMMAR.sample(-1), ValueError, "count = -1"),
    (lambda: GRAMMAR.sample(10, first=7), ValueError, "1024"),
    (lambda: GRAMMAR.sample(10, levels=[4]), ValueError, "level = 4"),
    (lambda: GRAMMAR.sample(10, purpose="test"), ValueError, "purpose"),
    (lambda: GRAMMAR.sample(10, threads=0), ValueError, "threads = 0"),
    (lambda: GRAMMAR.sample(10, out=np.zeros((10, 7), np.uint8)), ValueError, "shape"),
    (lambda: GRAMMAR.sample(10, out=np.zeros((10, 8), np.int32)), TypeError, "int32"),
    (lambda: GRAMMAR.sample(10, out=np.zeros((8, 10), np.uint8).T), ValueError, "contiguous"),
    (lambda: GRAMMAR.posterior(STRINGS.astype(float)), TypeError, "float64"),
    (lambda: GRAMMAR.posterior(STRINGS[:, :4]), ValueError, "4 tokens"),
    (lambda: GRAMMAR.posterior(STRINGS + 8), ValueError, "outside|neither|no derivation"),
    (lambda: GRAMMAR.bayes_next_token(np.full((1, 8), -1)), ValueError, "masked"),
    (lambda: rhm.ilc(STRINGS, 3, 8), ValueError, "not a power"),
    (lambda: rhm.ilc(STRINGS, 2, 4), ValueError, "outside the vocabulary"),
    (lambda: rhm.ilc(STRINGS, 2, 8, target="root"), ValueError, "root"),
    (lambda: rhm.ilc(STRINGS[0], 2, 8), ValueError, "two axes"),
    (lambda: rhm.accuracy([0, 1], [0, 1, 1]), ValueError, "shape"),
    (lambda: rhm.accuracy([0.5], [0]), TypeError, "integers"),
    (lambda: rhm.ridge_probe(np.full((4, 2), np.nan), [0] * 4, np.zeros((4, 2)), [0] * 4), ValueError, "finite"),
    (lambda: rhm.theory(3, 2, 8, 100), ValueError, "m = 100"),
])
def test_refused_in_one_sentence(call, kind, words):
    with pytest.raises(kind, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_arrays_that_are_not_contiguous_are_read_as_they_look():
    twice = np.repeat(STRINGS, 2, axis=1)[:, ::2]
    assert not twice.flags.c_contiguous
    assert np.array_equal(GRAMMAR.posterior(twice, level=1), GRAMMAR.posterior(STRINGS, level=1))


def test_a_freed_grammar_is_refused():
    grammar = rhm.Grammar(2, 2, 4, 2)
    grammar.close()
    grammar.close()
    with pytest.raises(ValueError, match="freed"):
        grammar.sample(1)


def test_several_threads_at_once():
    expected, wrong = GRAMMAR.sample(4000, seed=3), []

    def work():
        for _ in range(10):
            if not np.array_equal(GRAMMAR.sample(4000, seed=3, threads=2), expected):
                wrong.append("strings")
            with pytest.raises(ValueError, match="m = 99"):
                rhm.Grammar(2, 2, 4, 99)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_library_of_another_version_and_a_missing_one_are_named(tmp_path):
    code = "import rhm; rhm.theory(2, 2, 4, 2)"
    wrong = "from rhm import _library; _library.ABI_VERSION = 99; import rhm; rhm.theory(2, 2, 4, 2)"
    for source, environment, words in ((code, {"RHM_LIBRARY": str(tmp_path / "none.so")}, "none.so is missing"),
        (wrong, {}, "ABI version")):
        run = subprocess.run([sys.executable, "-c", source], env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        assert run.returncode == 1 and words in run.stderr.strip().split("\n")[-1]


def _after_fork(queue):
    try:
        GRAMMAR.sample(10)
        queue.put("sampled")
    except rhm.RhmError as error:
        queue.put(str(error))


def test_a_fork_after_loading_is_said():
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_after_fork, args=(queue,))
    process.start()
    assert "forked" in queue.get(timeout=30)
    process.join(30)


CALLS = int(os.environ.get("RHM_FUZZ_CALLS", "10000"))


def test_random_arguments_never_crash():
    """Sizes, handles, levels at random, memory that is what it says: an answer with a sentence, or success, never a crash."""
    random = np.random.default_rng(int(os.environ.get("RHM_FUZZ_SEED", "1")))
    library = lib.library()
    names = [name for name in lib._SIGNATURES if name not in ("rhm_grammar_write", "rhm_free")]
    handles = [GRAMMAR._handle, rhm.Grammar(2, 3, 4, 2)._handle, rhm.ilc(STRINGS, 2, 8)._handle, 0, -1, 10**9]
    buffer = np.zeros(1 << 16, np.uint8)
    numbers = [0, 1, 2, 3, 4, 8, 9, 16, 64, 100, 512, 1024, -1, -2, 2**31 - 1, -(2**31)]
    sizes = [0, 1, 2, 5, 8, 16, 64, 512, 1024, 4096, -1, 2**40, 2**62]
    statuses = set()
    for _ in range(CALLS):
        name = names[random.integers(len(names))]
        arguments, handle_given = [], not name.startswith(("rhm_grammar_", "rhm_joint", "rhm_value", "rhm_sample", "rhm_posterior",
            "rhm_next", "rhm_learned")) \
            or name in ("rhm_grammar_draw", "rhm_grammar_read", "rhm_grammar_from_rules")
        for kind in lib._SIGNATURES[name]:
            if kind is c.c_int64 and not handle_given:
                arguments.append(handles[random.integers(len(handles))])
                handle_given = True
            elif kind is c.c_int64:
                arguments.append(sizes[random.integers(len(sizes))] if random.random() < 0.9 else int(random.integers(-100, 5000)))
            elif kind is c.c_int32:
                arguments.append(numbers[random.integers(len(numbers))])
            elif kind is c.c_uint64:
                arguments.append(int(random.integers(2**63)))
            elif kind is c.c_double:
                arguments.append([0.0, 1.0, -1.0, float("nan"), float("inf"), 1e308][random.integers(6)])
            elif kind is c.c_char_p:
                arguments.append([b"", b"nothing.json", b"\xff\xfe", None][random.integers(4)])
            else:
                arguments.append(None if random.random() < 0.1 else buffer.ctypes.data)
        # What is written is at most 8 bytes a number; sizes that fit are at most 4096 numbers, half the memory.
        status = getattr(library, name)(*arguments)
        statuses.add(status)
        assert status in (0, 2, 3), (name, arguments, status, lib.last_error())
        assert status == 0 or lib.last_error()
    assert 0 in statuses and 2 in statuses
