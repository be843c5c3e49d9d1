"""No two uses of a seed share a stream: all keys stand in the registry, and each use has one place in the package."""

import ast
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import mtjphys
from mtjphys import learning
from mtjphys.core.streams import Use, generator, states
from mtjphys.learning import data

ROOT = Path(mtjphys.__file__).parent
# Where one use has two places it is the same in both: the shuffle of a call of the network is that of a laboratory's
# ring buffer of the same number; a lane is simulated either by the stochastic equation or as a surrogate.
SHARED = {
    Use.BUFFER: {"laboratory/readout/ring_buffer.py", "learning/noise/ring_buffer.py"},
    Use.INITIAL: {"simulation/simulator.py", "surrogate/simulator.py"},
}


def nodes():
    """Yield every node of every module of the package but the registry itself, with the module's path."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name != "core/streams.py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield name, node


def test_streams_are_made_in_the_registry_alone():
    made = {
        (name, node.attr)
        for name, node in nodes()
        if isinstance(node, ast.Attribute) and node.attr in ("SeedSequence", "RandomState")
    }
    made |= {
        (name, "default_rng")
        for name, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "default_rng"
        # A number that is written down seeds a trial whose result is thrown away.
        and not (node.args and isinstance(node.args[0], ast.Constant))
    }
    assert not made


def test_every_use_has_one_place():
    places = defaultdict(set)
    for name, node in nodes():
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).rpartition(".")[2] == "Use":
            places[Use[node.attr]].add(name)
    assert not {use.name: found for use, found in places.items() if len(found) > 1 and SHARED.get(use) != found}
    assert set(places) == set(Use)  # none is left over


def test_the_noise_of_lanes_and_units_has_keys_that_no_use_has():
    # One word for these, two and more for the uses: not even zeros at the end make them one.
    plain = states(1, range(4))
    for use in Use:
        assert not (states(1, range(4), use) == plain).any()


class Drawn:
    """A generator that remembers under which keys streams were made."""

    def __init__(self, monkeypatch):
        self.keys = []

        def made(seed, spawn_key=()):
            self.keys.append((seed, tuple(spawn_key)))
            return original(seed, spawn_key=spawn_key)

        original = np.random.SeedSequence
        monkeypatch.setattr(np.random, "SeedSequence", made)


def test_one_seed_for_everything_gives_each_part_a_use_of_its_own(monkeypatch):
    x = np.random.default_rng(0).standard_normal((60, 4))
    targets = np.arange(60) % 3
    drawn = Drawn(monkeypatch)
    parts = data.split(x, targets, seed=1)
    data.samples.validation_part(targets, 5, 1)
    data.teacher_student((4, 3), 10, seed=1)
    network = learning.Network([4, 5, 3], decorrelated=True, seed=1)
    record = learning.RecordedNoise(np.arange(5000) % 7 / 100, sample_interval=1e-6, shuffle=True, seed=1)
    buffer = learning.RingBufferNoise(record, size=20, bits=None, seed=1)
    spread = mtjphys.Spread(barrier=0.1, seed=1)
    chain = learning.TelegraphNoise(spread=spread, seed=1)
    noisy = learning.Effects(stuck=0.5, read_noise=1e-3).applied_to(chain, seed=1)
    for noise in (buffer, noisy):
        learning.Training(
            network, learning.DANP(), parts, learning.Adam(), epochs=2, noise=noise, seed=1, batch_size=16,
            decorrelation=learning.Decorrelation(1e-3), augment=lambda inputs, stream: inputs + stream.normal(size=4),
        ).run(1, progress=False)  # fmt: skip
    keys = [key for seed, key in drawn.keys if seed == 1 and key]
    assert all(len(key) > 1 for key in keys)  # one word is the noise's, which kernels draw
    assert {Use(key[1]) for key in keys} >= {
        Use.SPLIT, Use.VALIDATION, Use.WEIGHTS, Use.TEACHER, Use.INPUTS, Use.RECORD, Use.BUFFER, Use.SPREAD,
        Use.ELECTRONICS, Use.ORDER, Use.AUGMENTATION,
    }  # fmt: skip


@pytest.mark.parametrize("use", Use)
def test_a_stream_depends_on_its_key_alone(use):
    first = generator(1, 3, use).random()
    assert first == generator(1, 3, use).random()
    others = [generator(1, 4, use), generator(2, 3, use), generator(1, 3, use, 0)]
    assert len({first, *(stream.random() for stream in others)}) == 4
