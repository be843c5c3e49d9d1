"""Runs on disk: readable at every moment, continued with the same bits, and clear about damage."""

import os
import signal
import subprocess
import sys
import time

import h5netcdf
import numpy as np
import pytest
import xarray as xr

import mtjphys as mp
from mtjphys.simulation import Simulator, resume, simulate, storage
from mtjphys.simulation.reading import open_run

MODULE = sys.modules["mtjphys.simulation.simulator"]
RUN = sys.modules["mtjphys.simulation.run"]
JUNCTION = mp.presets.schnitzspan_2023()
BIAS = [mp.Bias(voltage=0.1, series_resistance=1000.0), mp.Bias(voltage=-0.1)]
OPTIONS = {
    "sample_interval": 1e-11,
    "replicas": 2,
    "seed": 3,
    "moments": True,
    "thresholds": (-0.3, 0.3),
}


def run(path=None, duration=2e-9, **changes):
    return simulate(JUNCTION, BIAS, duration=duration, output=path, **OPTIONS | changes)


def same(a, b, skip=()):
    """Assert that two Datasets have the same variables, bits and attributes."""
    assert set(a.variables) == set(b.variables)
    for name in a.variables:
        np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=name)
        assert a[name].dims == b[name].dims
        assert a[name].attrs == b[name].attrs, name
    for name in b.attrs:
        if name not in (*skip, "n_samples"):
            assert a.attrs[name] == b.attrs[name], name


@pytest.mark.parametrize("average", [False, True])
def test_a_file_holds_what_the_dataset_in_memory_does(tmp_path, average, monkeypatch):
    expected = run(average=average)
    monkeypatch.setattr(MODULE, "CHUNK", 2000.0)
    monkeypatch.setattr(RUN, "LARGEST_BUFFER", 4000)
    with run(tmp_path / "run.nc", average=average) as stored:
        same(stored, expected)
        assert stored.attrs["n_samples"] == 200
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


def test_any_netcdf_reader_opens_the_file(tmp_path):
    run(tmp_path / "run.nc").close()
    with xr.open_dataset(tmp_path / "run.nc") as plain:
        assert plain.resistance.dims == ("device", "bias", "replica", "time")
        assert plain.resistance.attrs["units"] == "ohm"
        assert plain.sizes["time"] == 200
        assert plain.attrs["seed"] == 3


def test_only_statistics_need_no_samples(tmp_path):
    expected = run(record=())
    with run(tmp_path / "run.nc", record=()) as stored:
        assert "resistance" not in stored
        np.testing.assert_array_equal(stored.m_mean.values, expected.m_mean.values)


class Stop(Exception):
    """What stops a run here, where Ctrl-C would."""


def stop_after(calls, monkeypatch, error):
    """Make the simulator fail with `error` when it is asked for the length of a chunk once more than `calls`."""
    done = 0
    original = Simulator.chunk_steps

    def limited(self):
        nonlocal done
        done += 1
        if done > calls:
            raise error
        return original(self)

    monkeypatch.setattr(Simulator, "chunk_steps", limited)


def test_the_file_has_its_name_only_while_it_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "run.nc"
    seen = []
    original = storage.Writer.add

    def watched(self, *arguments):
        seen.append(sorted(file.name for file in tmp_path.iterdir()))
        original(self, *arguments)

    monkeypatch.setattr(storage.Writer, "add", watched)
    run(path).close()
    assert seen and all(names == ["run.nc.part", "run.nc.part.journal"] for names in seen)
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


@pytest.mark.parametrize("calls", [0, 1, 4])
def test_an_error_leaves_a_file_that_continues_with_the_same_bits(tmp_path, monkeypatch, calls):
    path = tmp_path / "run.nc"
    expected = run()
    with monkeypatch.context() as patch:
        patch.setattr(MODULE, "CHUNK", 3000.0)
        patch.setattr(RUN, "LARGEST_BUFFER", 4000)
        stop_after(calls, patch, Stop())
        with pytest.raises(Stop):
            run(path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]
    with open_run(path) as partial:
        n = partial.sizes["time"]
        assert n < 200 and (n > 0) == (calls > 0)
        np.testing.assert_array_equal(partial.m.values, expected.m.values[:, :, :, :n])
    with resume(path) as finished:
        same(finished, expected)


def test_a_killed_run_is_taken_up_from_its_part(tmp_path, monkeypatch):
    path = tmp_path / "run.nc"
    with monkeypatch.context() as patch:
        patch.setattr(MODULE, "CHUNK", 3000.0)
        patch.setattr(RUN, "LARGEST_BUFFER", 4000)
        stop_after(3, patch, Stop())
        with pytest.raises(Stop):
            run(path)
    path.rename(tmp_path / "run.nc.part")
    with resume(path) as finished:
        same(finished, run())


@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_is_extended_with_the_bits_of_a_longer_one(tmp_path, threads):
    path = tmp_path / "run.nc"
    run(path, duration=0.73e-9).close()
    with resume(path, duration=2e-9, threads=threads) as longer:
        same(longer, run())
        assert longer.attrs["n_samples"] == 200


def test_a_settled_run_is_extended(tmp_path):
    path = tmp_path / "run.nc"
    run(path, duration=0.5e-9, settle=1e-10).close()
    with resume(path, duration=2e-9) as longer:
        same(longer, run(settle=1e-10))


def test_resuming_what_is_finished_returns_it(tmp_path):
    path = tmp_path / "run.nc"
    run(path).close()
    with resume(path) as again:
        same(again, run())
    with pytest.raises(mp.ParameterError, match=r"duration=1e-09 s is less than the 2e-09 s"):
        resume(path, duration=1e-9)


PROGRAM = """
import sys
import mtjphys as mp
from mtjphys.simulation import storage
storage.COMMIT_SECONDS = 0.2
print("ready", flush=True)
try:
    mp.simulate(
        mp.presets.schnitzspan_2023(),
        [mp.Bias(voltage=0.1, series_resistance=1000.0), mp.Bias(voltage=-0.1)],
        duration=1e-2, sample_interval=1e-8, replicas=2, seed=3, record=("resistance",), thresholds=(-0.3, 0.3),
        output=sys.argv[1],
    )
except mp.SimulationInterrupted as interruption:
    print(interruption, interruption.result)
    sys.exit(7)
"""


def test_ctrl_c_leaves_a_readable_file_that_resumes_to_the_same_bits(tmp_path):
    path = tmp_path / "run.nc"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    part = tmp_path / "run.nc.part"
    deadline = time.monotonic() + 90.0
    # The file grows once the kernels are compiled and the first chunk is written.
    while time.monotonic() < deadline and process.poll() is None:
        if part.exists() and part.stat().st_size > 200_000:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60.0)
    assert process.returncode == 7, errors
    assert "continue with mtjphys.resume" in output and str(path) in output
    assert errors == ""
    with open_run(path) as partial:
        n = partial.sizes["time"]
        assert 0 < n < 1_000_000
        interrupted = partial.resistance.values
        assert np.all(np.isfinite(interrupted))
        np.testing.assert_allclose(partial.time.values, 1e-8 * np.arange(1, n + 1), rtol=1e-12)
    with resume(path, duration=(n + 50) * 1e-8) as finished:
        whole = simulate(
            JUNCTION,
            BIAS,
            duration=(n + 50) * 1e-8,
            sample_interval=1e-8,
            replicas=2,
            seed=3,
            record=("resistance",),
            thresholds=(-0.3, 0.3),
        )
        same(finished, whole)
        np.testing.assert_array_equal(finished.resistance.values[..., :n], interrupted)


def test_ctrl_c_in_memory_keeps_what_was_done(monkeypatch):
    expected = run()
    original = Simulator.chunk_steps
    calls = 0

    def interrupting(self):
        nonlocal calls
        calls += 1
        if calls == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return original(self)

    monkeypatch.setattr(Simulator, "chunk_steps", interrupting)
    monkeypatch.setattr(MODULE, "CHUNK", 2000.0)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(mp.SimulationInterrupted, match=r"interrupted after \d+ of 200") as stopped:
        run()
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert signal.getsignal(signal.SIGINT) is before
    n = stopped.value.result.sizes["time"]
    assert 0 < n < 200
    np.testing.assert_array_equal(stopped.value.result.m.values, expected.m.values[:, :, :, :n])


# Damage and mistakes


def test_folders_that_are_missing_or_in_the_way(tmp_path):
    with pytest.raises(mp.DataError, match=r"the folder .* does not exist; create it first"):
        run(tmp_path / "missing" / "run.nc")
    with pytest.raises(mp.DataError, match="is a folder; give the name of a file"):
        run(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_folders_that_are_not_writable(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(mp.DataError, match="cannot be written"):
            run(tmp_path / "run.nc")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("function", [resume, open_run])
def test_missing_files(tmp_path, function):
    with pytest.raises(mp.DataError, match=r"nothing\.nc: no such file"):
        function(tmp_path / "nothing.nc")
    with pytest.raises(mp.DataError, match="no such file"):
        function(tmp_path)


@pytest.mark.parametrize("function", [resume, open_run])
@pytest.mark.parametrize("content", [b"", b"time,voltage\n1,2\n", "truncated"])
def test_files_that_hold_no_run(tmp_path, function, content):
    path = tmp_path / "run.nc"
    if content == "truncated":
        run(path).close()
        content = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(content)
    with pytest.raises(mp.DataError, match=r"holds no run|not a run that can be read") as error:
        function(path)
    assert "\n" not in str(error.value)
    assert path.exists()


def test_a_netcdf_file_of_something_else_cannot_be_continued(tmp_path):
    path = tmp_path / "other.nc"
    xr.Dataset({"x": ("time", [1.0, 2.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(mp.DataError, match="holds no run that can be continued"):
        resume(path)


def test_a_file_of_another_version_is_warned_about(tmp_path, monkeypatch):
    path = tmp_path / "run.nc"
    with monkeypatch.context() as patch:
        patch.setattr(MODULE, "__version__", "0.0.1")
        run(path, duration=1e-9).close()
    with pytest.warns(mp.MtjphysWarning, match=r"written by mtjphys 0\.0\.1"):
        resume(path, duration=2e-9).close()


def test_missing_samples_are_noticed(tmp_path):
    path = tmp_path / "run.nc"
    run(path).close()
    with h5netcdf.File(path, "a") as file:
        file.resize_dimension("time", 150)
    with pytest.raises(mp.DataError, match="has 150 samples where its state is after 200"):
        resume(path, duration=3e-9)


def test_an_existing_file_is_replaced_only_if_that_is_asked_for(tmp_path):
    path = tmp_path / "run.nc"
    run(path, duration=1e-9, seed=8).close()
    before = path.read_bytes()
    with pytest.raises(mp.ParameterError, match=r"run\.nc: exists already; .* or replace it with overwrite=True"):
        run(path)
    assert path.read_bytes() == before
    with run(path, overwrite=True) as stored:
        same(stored, run())
    path.rename(tmp_path / "run.nc.part")  # as a run that was killed leaves it
    with pytest.raises(mp.ParameterError, match=r"run\.nc\.part: exists already; .* continue it with mtjphys.resume"):
        run(path)
    with run(path, overwrite=True) as stored:
        same(stored, run())
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


@pytest.mark.parametrize("name", ["m.zarr", "m.csv", "m.npz", "m.nc.part"])
def test_a_suffix_of_another_format_is_refused(tmp_path, name):
    with pytest.raises(mp.ParameterError, match=r"runs are written as netCDF files, .* that ends in \.nc"):
        run(tmp_path / name)
    assert not list(tmp_path.iterdir())
