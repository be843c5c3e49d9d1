"""The PyTorch reference of the benchmark learns what mtjphys learns; without PyTorch the benchmark goes on."""

import importlib.util

import pytest

from validation.benchmarks import learning


@pytest.mark.parametrize("tuned", [False, True])
def test_pytorch_and_mtjphys_learn_the_same_from_the_same_noise(tuned):
    pytest.importorskip("torch")
    found = learning.disagreement(tuned=tuned)
    assert set(found) == {"weights", "biases", "decorrelations", "centres"}
    assert max(found.values()) < 1e-11
    # One step in single precision; the differences of losses and pre-activations cancel to about 1e-3 of them.
    single = learning.disagreement(sizes=(30, 20, 20, 5), steps=1, dtype="float32", tuned=tuned)
    assert max(single.values()) < 1e-4


def test_without_pytorch_mtjphys_is_timed_alone(monkeypatch, capsys):
    cost = learning.Cost(best=0.007, median=0.008, noise=0.1, peak_memory=2.0**29, evaluation=0.5)
    asked = []

    def measure(codes, turns, threads):
        asked.append((codes, turns))
        return dict.fromkeys(codes, cost)

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(learning, "measure", measure)
    results = learning.report(2)
    assert asked == [(["mtjphys", "large"], 2)]
    assert results["disagreement"] is None
    epoch = 0.5 + 55_000 / 64 * 0.008
    assert results["share_of_an_epoch"]["evaluation"] == pytest.approx(0.5 / epoch)
    assert results["share_of_an_epoch"]["noise"] == pytest.approx(0.1 * (epoch - 0.5) / epoch)
    out = capsys.readouterr().out
    assert "torch not installed" in out and "512 MB" in out
