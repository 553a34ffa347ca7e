import itertools

import numpy as np
import pytest

import rhm


def test_ilc_and_spectral_are_those_of_the_tool(tool, tmp_path):
    grammar = rhm.Grammar(3, 3, 8, 4, seed=2)
    strings = grammar.sample(2000, seed=5)
    np.save(tmp_path / "x.npy", strings)
    for name, learn in (("ilc", rhm.ilc), ("spectral", rhm.spectral)):
        tool(name, "--data", "x.npy", "--branching", 3, "--vocabulary", 8, "--seed", 4, "--out", name, folder=tmp_path)
        learned = learn(strings, 3, 8, seed=4, threads=2)
        for level in (1, 2):
            assert np.array_equal(learned.labels(strings, level), np.load(tmp_path / name / f"level{level}.npy"))
        assert min(learned.accuracy(grammar)) == 1.0 and learned.symbols == [8, 8]


def test_targets_cousins_and_other_types_of_strings():
    grammar = rhm.Grammar(3, 3, 8, 4, seed=1)
    strings = grammar.sample(1200)
    best, token, one = (rhm.ilc(strings, 3, 8, **options).accuracy(grammar)[-1]
        for options in ({}, {"target": "token"}, {"cousins": "one"}))
    assert best > 0.9 > token and best > one
    labels = [rhm.ilc(strings.astype(kind), 3, 8).labels(strings, 2) for kind in (np.uint8, np.int64, np.uint16)]
    assert all(np.array_equal(labels[0], other) for other in labels[1:])


def test_accuracy_is_the_best_of_all_matchings():
    random = np.random.default_rng(3)
    truth, labels = random.integers(0, 4, (50, 3)), random.integers(0, 4, (50, 3))
    best = max(np.mean(np.array(order)[labels] == truth) for order in itertools.permutations(range(4)))
    assert rhm.accuracy(labels, truth) == pytest.approx(best)
    labels[:10] = rhm.UNRESOLVED
    found = np.where(labels == rhm.UNRESOLVED, 0, labels)
    best = max(np.mean((np.array(order)[found] == truth) & (labels != rhm.UNRESOLVED)) for order in itertools.permutations(range(4)))
    assert rhm.accuracy(labels, truth) == pytest.approx(best)


def test_ridge_probe_reads_linear_features_and_noise_at_chance():
    random = np.random.default_rng(4)
    labels, held = random.integers(0, 5, 2000), random.integers(0, 5, 2000)
    mix = random.normal(size=(5, 12))
    features = lambda y: np.eye(5)[y] @ mix + 0.05 * random.normal(size=(len(y), 12))
    assert rhm.ridge_probe(features(labels), labels, features(held), held) > 0.99
    noise = rhm.ridge_probe(random.normal(size=(2000, 12)), labels, random.normal(size=(2000, 12)), held)
    assert abs(noise - 0.2) < 0.06
