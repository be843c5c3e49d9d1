"""A file is hardly larger than its samples, early as well, and does not grow with commits."""

import sys

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.simulation import storage
from mtjphys.simulation.layout import CHUNK_BYTES, ROW_BYTES, sample_chunks, whole_chunks

SIMULATOR = sys.modules["mtjphys.simulation.simulator"]
JUNCTION = mp.presets.schnitzspan_2023()
TWO_STATES = mp.surrogate.from_measurement([0.0], [2e-6], [1e-6], resistance_parallel=1e3, resistance_antiparallel=2e3)
STRUCTURES = 150_000  # bytes that do not depend on the number of samples


def size_of(path, junction, lanes, samples, **options):
    """Return the bytes of a file, and of the samples in it."""
    mp.simulate(junction, duration=samples * 1e-6, sample_interval=1e-6, replicas=lanes, output=path, **options).close()
    return path.stat().st_size, 8 * 3 * lanes * samples


@pytest.mark.parametrize(("lanes", "samples"), [(1, 700_000), (7, 100_000), (256, 2800), (3000, 250)])
def test_a_file_is_hardly_larger_than_its_samples(tmp_path, lanes, samples):
    size, content = size_of(tmp_path / "run.nc", TWO_STATES, lanes, samples)
    assert content > 1.6e7
    assert content < size < 1.3 * content


@pytest.mark.parametrize("lanes", [1, 7, 256, 3000])
def test_an_unfinished_file_is_at_most_one_row_larger(tmp_path, monkeypatch, lanes):
    class Stop(Exception):
        pass

    path = tmp_path / "run.nc"
    monkeypatch.setattr(storage.Writer, "is_due", lambda self: True)
    monkeypatch.setattr(sys.modules["mtjphys.surrogate.simulator"], "CHUNK", 100.0 * lanes)
    commit, sizes = storage.Writer.commit, []

    def watched(self, simulator, n_samples):
        commit(self, simulator, n_samples)
        part = path.with_name("run.nc.part")
        sizes.append((part.stat().st_size, 8 * 3 * lanes * simulator.samples_done))
        if len(sizes) == 4:
            raise Stop

    monkeypatch.setattr(storage.Writer, "commit", watched)
    with pytest.raises(Stop):
        size_of(path, TWO_STATES, lanes, 1_000_000)
    row = min(ROW_BYTES, 3 * lanes * CHUNK_BYTES)
    for size, content in sizes:
        assert 0 < content < size < 1.06 * (content + row) + STRUCTURES + 100 * lanes


def test_commits_do_not_make_a_file_larger(tmp_path, monkeypatch):
    options = {"duration": 1e-7, "sample_interval": 1e-10, "moments": True, "thresholds": (-0.3, 0.3)}
    sizes = {}
    for record in ((), ("m",)):
        for commits in (1, 40):
            path = tmp_path / f"{commits}.nc"
            monkeypatch.setattr(storage, "COMMIT_SECONDS", 0.0 if commits > 1 else 1e9)
            monkeypatch.setattr(SIMULATOR, "CHUNK", 1e5 / commits)
            mp.simulate(JUNCTION, output=path, record=record, overwrite=True, **options).close()
            sizes[commits] = path.stat().st_size
        assert sizes[40] < 1.1 * sizes[1]


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 256), (3, 5, 7), (1, 1000, 1), (20, 1, 5000), (1, 1, 10**6)])
@pytest.mark.parametrize("samples", [1, 100, 12_345, 10**7])
@pytest.mark.parametrize("numbers", [0, 1, 5])
def test_chunks_of_any_run_waste_little(shape, samples, numbers):
    chunks = np.array(sample_chunks(shape, samples, numbers))
    sizes = np.array([*shape, samples])
    assert np.all(chunks >= 1) and np.all(chunks[:3] <= sizes[:3])
    assert 8 * np.prod(chunks) <= max(CHUNK_BYTES, 8 * np.prod(shape))
    padded = -(-sizes // chunks) * chunks
    assert np.prod(padded[:3] / sizes[:3]) <= 1.05**3
    sample = 8 * max(1, numbers) * np.prod(padded[:3])
    assert chunks[3] * sample <= max(ROW_BYTES * 1.05**3, sample)


@pytest.mark.parametrize("shape", [(1,), (10**7,), (3, 10**6), (10**6, 3), (5, 7, 11, 2, 200)])
def test_chunks_of_whole_arrays_are_at_most_a_mebibyte(shape):
    chunks = whole_chunks(shape, 8)
    assert len(chunks) == len(shape) and 1 <= 8 * np.prod(chunks) <= 2**20
