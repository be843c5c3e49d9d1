"""Ensembles have the same bits however they are cut, threaded, stopped and continued."""

import json

import numpy as np
import pytest
from ensembles import (
    ALL,
    DIVIDED,
    DRIVEN,
    FAST,
    HEATED,
    MANY,
    MODULE,
    PLAIN,
    STEP,
    run,
    same,
    same_statistics,
)

import mtjphys as mp
from mtjphys.kernels.tiles import TILE
from mtjphys.simulation import Simulator

ALONE = [
    pytest.param(False, marks=pytest.mark.compiles("blocks"), id="blocks"),
    pytest.param(True, marks=pytest.mark.compiles("others"), id="lane"),
]


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("alone", ALONE)
def test_threads_and_chunks_leave_the_bits_alone(name, average, alone, monkeypatch):
    device, bias = MANY[name]
    options = ALL | {"average": average, "replicas": 1 if alone else 6 if name == "mixed" else 37}
    reference, expected = run(device, bias, threads=1, **options)
    for threads, chunk in ((2, None), (3, None), (1, 1.0), (2, 3000.0), (1, 11111.0)):
        with monkeypatch.context() as patch:
            if chunk is not None:
                patch.setattr(MODULE, "CHUNK", chunk)
            simulator, samples = run(device, bias, threads=threads, **options)
        same(samples, expected)
        same_statistics(simulator, reference)


@pytest.mark.parametrize("name", MANY)
def test_one_lane_alone_has_the_bits_it_has_among_others(name):
    devices, biases = (value if isinstance(value, list) else [value] for value in MANY[name])
    _, together = run(devices, biases, initial="random", **ALL)
    lane = 0
    for device in devices:
        for bias in biases:
            for _ in range(3):
                _, alone = run(device, bias, replicas=1, first_lane=lane, initial="random", **ALL)
                same(alone, {key: values[lane : lane + 1] for key, values in together.items()})
                lane += 1


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("cuts", [(1, 39), (20, 20), (5, 7, 28)])
@pytest.mark.parametrize("replicas", [1, 3])
def test_calls_of_advance_leave_the_bits_alone(name, cuts, replicas):
    device, bias = MANY[name]
    options = ALL | {"replicas": replicas}
    reference, expected = run(device, bias, **options)
    simulator, _ = run(device, bias, samples=0, **options)
    parts = [simulator.advance(n) for n in cuts]
    same({key: np.concatenate([p[key] for p in parts], axis=1) for key in expected}, expected)
    same_statistics(simulator, reference)


@pytest.mark.parametrize("name", ["driven", "warming", "mixed"])
def test_saved_state_continues_with_the_same_bits(name, monkeypatch):
    device, bias = MANY[name]
    options = ALL | {"average": True}
    reference, expected = run(device, bias, **options)
    first, before = run(device, bias, samples=13, **options)
    saved = first.save_state()
    first.advance(3)
    second, _ = run(device, bias, samples=0, **options)
    second.load_state(saved)
    after = second.advance(27)
    same({key: np.concatenate([before[key], after[key]], axis=1) for key in expected}, expected)
    same_statistics(second, reference)


@pytest.mark.parametrize("replicas", [1, 20])
def test_saved_state_keeps_transitions_and_dwell_times(replicas):
    options = ALL | {"replicas": replicas, "sample_interval": 100 * STEP}
    reference, _ = run(FAST, mp.Bias(), samples=1200, **options)
    assert reference.statistics()["dwell_histogram"][1].sum() > 5 * replicas
    first, _ = run(FAST, mp.Bias(), samples=600, **options)
    second, _ = run(FAST, mp.Bias(), samples=0, **options)
    second.load_state(first.save_state())
    second.advance(600)
    same_statistics(second, reference)


@pytest.mark.parametrize("replicas", [1, 20])
def test_a_stop_in_the_middle_of_a_sample_and_of_a_tile(monkeypatch, replicas):
    options = ALL | {"average": True, "replicas": replicas}
    reference, expected = run(PLAIN, DRIVEN, **options)
    monkeypatch.setattr(MODULE, "CHUNK", 32.0 * 17)
    first, _ = run(PLAIN, DRIVEN, samples=0, **options, threads=1)
    for done, arrays in first.run(40):  # noqa: B007
        if first.steps_done > 100:
            break
    assert first.steps_done % 7 and first.steps_done % TILE
    second, _ = run(PLAIN, DRIVEN, samples=0, **options)
    second.load_state(first.save_state())
    after = second.advance(40 - done)
    same({key: np.concatenate([arrays[key][:, :done], after[key]], axis=1) for key in expected}, expected)
    same_statistics(second, reference)


@pytest.mark.parametrize("name", ["stiff", "divided", "current source"])
@pytest.mark.parametrize("alone", ALONE)
def test_specialised_kernels_have_the_bits_of_the_general_one(name, alone, monkeypatch):
    """Without statistics the fast kernels run; with them, or with another circuit around, the general one."""
    (device, bias), replicas = MANY[name], 1 if alone else 20
    _, plain = run(device, bias, replicas=replicas)
    _, general = run(device, bias, replicas=replicas, **ALL)
    same(plain, {key: general[key] for key in plain})
    cut, _ = run(device, bias, replicas=replicas, samples=0)
    parts = [cut.advance(n) for n in (3, 37)]
    same({key: np.concatenate([p[key] for p in parts], axis=1) for key in plain}, plain)
    monkeypatch.setattr(MODULE, "CHUNK", 1000.0)
    same(run(device, bias, replicas=replicas, threads=2)[1], plain)


def test_more_replicas_add_lanes_and_change_none():
    _, few = run(replicas=5)
    _, many = run(replicas=50)
    same(few, {key: values[:5] for key, values in many.items()})


def test_seeds_and_lanes_differ():
    _, a = run(replicas=20)
    _, b = run(replicas=20, seed=6)
    assert np.unique(np.concatenate([a["m"][:, -1, 0], b["m"][:, -1, 0]])).size == 40


def test_a_run_is_made_again_from_its_provenance():
    options = {"initial": [0.1, 0.2, 0.9], "first_lane": 7, "integrator": "heun", "threads": 1} | ALL
    first, expected = run([PLAIN, HEATED], [DIVIDED, DRIVEN], **options)
    second = Simulator.from_provenance(json.loads(json.dumps(first.provenance())))
    same(second.advance(40), expected)
    same_statistics(second, first)
    assert second.step == first.step and second.shape == first.shape


def test_provenance_of_a_settled_run():
    first, _ = run(samples=0)
    first.settle(3e-10)
    expected = first.advance(10)
    second = Simulator.from_provenance(first.provenance())
    second.settle(first.provenance()["settle"])
    same(second.advance(10), expected)
