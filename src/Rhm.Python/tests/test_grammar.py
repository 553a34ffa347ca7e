import pickle

import numpy as np
import pytest

import rhm


@pytest.mark.parametrize("shape, seed, options", [
    ((3, 3, 8, 4), 1, {}),
    ((4, 2, 16, 5), 7, {}),
    ((2, 2, 300, 7), 3, {}),
    ((3, 2, 8, 3), 5, {"classes": 4, "zipf": 1.5}),
])
def test_strings_and_latents_are_those_of_the_tool(tool, tmp_path, shape, seed, options):
    L, s, v, m = shape
    extra = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    tool("grammar", "new", "-L", L, "-s", s, "-v", v, "-m", m, "--seed", seed, "--out", "g.json", *extra, folder=tmp_path)
    tool("sample", "--grammar", "g.json", "--count", 3000, "--seed", seed + 1, "--out", "x.npz", "--latents", folder=tmp_path)
    stored = np.load(tmp_path / "x.npz")
    drawn, read = rhm.Grammar(L, s, v, m, seed, **options), rhm.Grammar.read(tmp_path / "g.json")
    for grammar in (drawn, read):
        assert grammar.zipf == options.get("zipf", 0)
        found = grammar.sample(3000, seed=seed + 1, levels=range(L + 1), threads=2)
        for level, array in enumerate(found):
            expected = stored["tokens" if level == 0 else f"level{level}"]
            assert array.dtype == expected.dtype and np.array_equal(array, expected)


def test_any_part_can_be_drawn_again_with_any_threads_into_memory_of_the_caller():
    grammar = rhm.Grammar(4, 3, 8, 5, 2)
    whole = grammar.sample(5000, seed=9, threads=1)
    assert np.array_equal(grammar.sample(5000, seed=9, threads=3), whole)
    assert np.array_equal(grammar.sample(1500, seed=9, first=2048, threads=2), whole[2048:3548])
    out = np.full((5000, 81), 255, np.uint8)
    assert grammar.sample(5000, seed=9, out=out) is out and np.array_equal(out, whole)
    wide = np.zeros((5000, 81), np.uint16)
    assert np.array_equal(grammar.sample(5000, seed=9, out=wide), whole)
    assert not np.array_equal(grammar.sample(5000, seed=10), whole)
    assert not np.array_equal(grammar.sample(5000, seed=9, purpose="held-out"), whole)


def test_every_tuple_of_a_string_is_a_rule_of_its_latent():
    grammar = rhm.Grammar(3, 2, 6, 4, 4, classes=3)
    levels, rules = grammar.sample(400, levels=[0, 1, 2, 3]), grammar.rules
    for level in range(3):
        below = levels[level].reshape(400, -1, 2)
        for string in range(400):
            for node, symbol in enumerate(levels[level + 1][string]):
                assert (rules[level][symbol] == below[string, node]).all(axis=1).any()


@pytest.mark.parametrize("shape", [(2, 2, 3, 2), (2, 2, 4, 2), (1, 3, 3, 4)])
def test_bayes_is_that_of_an_enumeration(enumerate_grammar, shape):
    grammar = rhm.Grammar(*shape, seed=3)
    all_derivations = enumerate_grammar(grammar)
    random = np.random.default_rng(1)
    strings = grammar.sample(40, seed=2).astype(np.int64)
    strings[random.random(strings.shape) < 0.5] = -1
    posteriors, masked, logs = grammar.posterior(strings), grammar.bayes_masked_token(strings), grammar.log_probability(strings)
    for i, string in enumerate(strings):
        for level, found in enumerate(posteriors, start=1):
            np.testing.assert_allclose(found[i], all_derivations.posterior(string, level), atol=1e-12)
        for position in range(strings.shape[1]):
            hidden = string.copy()
            hidden[position] = -1
            law = all_derivations.posterior(hidden, 0)[position]
            np.testing.assert_allclose(masked[i, position, :len(law)], law, atol=1e-12)
        seen = (all_derivations.levels[0][:, string >= 0] == string[string >= 0]).all(axis=1)
        assert logs[i] == pytest.approx(np.log(all_derivations.probability[seen].sum()))


def test_next_token_is_that_of_an_enumeration_and_its_loss_the_entropy(enumerate_grammar):
    grammar = rhm.Grammar(2, 2, 4, 3, seed=5)
    all_derivations = enumerate_grammar(grammar)
    strings = grammar.sample(60, seed=1)
    law = grammar.bayes_next_token(strings)
    for i, string in enumerate(strings):
        for t in range(4):
            prefix = np.concatenate([string[:t].astype(int), np.full(4 - t, -1)])
            expected = all_derivations.posterior(prefix, 0)[t]
            np.testing.assert_allclose(law[i, t, :len(expected)], expected, atol=1e-12)
    many = grammar.sample(20_000, seed=2)
    picked = np.take_along_axis(grammar.bayes_next_token(many), many[..., None].astype(int), axis=2)[..., 0]
    loss = -np.log(picked).mean(axis=1)
    floor = rhm.theory(2, 2, 4, 3).next_token_floor
    assert abs(loss.mean() - floor) < 5 * loss.std() / np.sqrt(len(loss)) + 1e-12


def test_joint_laws_are_those_of_an_enumeration(enumerate_grammar):
    grammar = rhm.Grammar(2, 2, 4, 3, seed=8)
    every = enumerate_grammar(grammar)
    joint = grammar.joint_law((0, 0), (0, 3))
    expected = np.zeros((4, 4))
    np.add.at(expected, (every.levels[0][:, 0], every.levels[0][:, 3]), every.probability)
    np.testing.assert_allclose(joint, expected, atol=1e-12)
    tuples = grammar.joint_law((0, 0, "tuple"), (1, 1))
    assert tuples.shape == (12, 4) and tuples.sum() == pytest.approx(1)
    np.testing.assert_allclose(tuples.reshape(4, 3, 4).sum(axis=1), grammar.joint_law((1, 0), (1, 1)), atol=1e-12)
    contexts = grammar.context_vectors(0)
    below = grammar.joint_law((1, 0), (0, 2))
    np.testing.assert_allclose(contexts, below / below.sum(axis=1, keepdims=True), atol=1e-12)


def test_theory_is_what_the_tool_prints(tool, tmp_path):
    import json

    tool("theory", "-L", 4, "-s", 2, "-v", 16, "-m", 5, "--json", "t.json", folder=tmp_path)
    stored, found = json.loads((tmp_path / "t.json").read_text()), rhm.theory(4, 2, 16, 5)
    assert found.legal_fraction == stored["legalFraction"] and found.kappa == stored["kappa"] and found.coverage == stored["coverage"]
    assert found.next_token_floor == stored["nextTokenFloor"] and found.spectral_scale == 16 * 25
    assert found.string_entropy == pytest.approx(np.log(16) + 15 * np.log(5))
    for row in stored["rows"]:
        for target, name in enumerate(("latent", "token", "root")):
            expected = row["separation"][name]
            value = found.separation[row["tupleLevel"], target]
            assert np.isnan(value) if expected is None else value == expected


def test_rules_files_and_pickles_give_the_same_grammar(tmp_path):
    grammar = rhm.Grammar(3, 2, 8, 3, seed=6, classes=5, zipf=0.7)
    grammar.write(tmp_path / "g.json")
    for other in (rhm.Grammar.read(tmp_path / "g.json"), pickle.loads(pickle.dumps(grammar)),
        rhm.Grammar.from_rules(grammar.rules, zipf=0.7)):
        assert other.shape == grammar.shape and other.zipf == grammar.zipf
        assert np.array_equal(other.sample(500), grammar.sample(500))
