"""A disk that is full and a folder that vanishes: one sentence, and what was saved is kept."""

import errno
import os
import sys
from contextlib import contextmanager

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core import journal
from mtjphys.simulation import layout, storage
from mtjphys.simulation.reading import open_run

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

SIMULATOR = sys.modules["mtjphys.simulation.simulator"]
JUNCTION = mp.presets.schnitzspan_2023()
OPTIONS = {"duration": 2e-8, "sample_interval": 1e-11, "replicas": 4, "seed": 2, "thresholds": (-0.3, 0.3)}
LENGTH = 2000 * 4 * 5 * 8  # bytes of the samples


@pytest.fixture(scope="module")
def whole():
    return mp.simulate(JUNCTION, **OPTIONS)


@pytest.fixture(autouse=True)
def many_commits(monkeypatch):
    monkeypatch.setattr(storage, "COMMIT_SECONDS", 0.0)
    monkeypatch.setattr(SIMULATOR, "CHUNK", 4000.0)
    monkeypatch.setattr(layout, "ROW_BYTES", 2**14)


def samples_in(path, whole):
    """Return how many there are, after comparing them with the first ones of `whole`."""
    with open_run(path) as run:
        n = run.sizes["time"]
        np.testing.assert_array_equal(run.m.values, whole.m.values[:, :, :, :n])
        return int(n)


def assert_goes_on(path, whole):
    with mp.resume(path) as run:
        np.testing.assert_array_equal(run.m.values, whole.m.values)
        np.testing.assert_array_equal(run.dwell_histogram.values, whole.dwell_histogram.values)
    assert [file.name for file in path.parent.iterdir()] == ["run.nc"]


@contextmanager
def largest_file(size):
    """Let no file grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(resource is None, reason="limits of the size of files")
@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_a_file_that_may_not_grow_keeps_what_it_has(tmp_path, whole, share):
    path = tmp_path / "run.nc"
    with largest_file(int(100_000 + share * LENGTH)), pytest.raises(mp.DataError) as error:
        mp.simulate(JUNCTION, output=path, **OPTIONS)
    assert str(error.value) == (
        f"{path}: cannot be written (File too large); what was saved before is kept, "
        f"continue with mtjphys.resume({str(path)!r}): make room or see to the disk, then go on"
    )
    assert 0.5 * share * 2000 < samples_in(path, whole) < 2000
    assert_goes_on(path, whole)


@pytest.mark.parametrize("seed", range(12))
def test_a_full_disk_keeps_what_was_saved(tmp_path, monkeypatch, whole, seed):
    path = tmp_path / "run.nc"
    stream = np.random.default_rng(seed)
    left = int(stream.integers(2 * LENGTH))  # the journal counts as well
    write_all = journal.write_all

    def write(file, content):
        nonlocal left
        write_all(file, memoryview(content)[:left])
        left -= len(content)
        if left < 0:
            left = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(journal, "write_all", write)
        with pytest.raises(mp.DataError, match=r"run\.nc: cannot be written \(No space left on device\)") as error:
            mp.simulate(JUNCTION, output=path, **OPTIONS)
    assert "\n" not in str(error.value)
    assert_goes_on(path, whole)


def test_a_disk_that_is_full_at_once_is_named(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    with pytest.raises(mp.DataError, match=r"run\.nc: cannot be written \(No space left on device\)"):
        mp.simulate(JUNCTION, output=tmp_path / "run.nc", **OPTIONS)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be moved there")
@pytest.mark.parametrize("at", [1, 6])
def test_a_folder_that_is_moved_is_named_and_its_file_goes_on(tmp_path, monkeypatch, whole, at):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    commit, done = storage.Writer.commit, 0

    def moving(self, *arguments):
        nonlocal done
        done += 1
        if done == at:
            here.rename(there)
        commit(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(storage.Writer, "commit", moving)
        with pytest.raises(mp.DataError, match=r"here/run\.nc\.part: was moved or removed, .* continue it there"):
            mp.simulate(JUNCTION, output=here / "run.nc", **OPTIONS)
    assert not here.exists()
    assert_goes_on(there / "run.nc", whole)


def test_a_run_that_another_process_writes_is_left_to_it(tmp_path):
    path = tmp_path / "run.nc"
    mp.simulate(JUNCTION, output=path, **OPTIONS).close()
    with storage.append(path):
        with pytest.raises(mp.DataError, match="another process is writing it"):
            mp.resume(path, duration=4e-8)
        with pytest.raises(mp.DataError, match="another process is writing it"):
            mp.simulate(JUNCTION, output=path, overwrite=True, **OPTIONS)
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]
