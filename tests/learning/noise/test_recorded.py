"""Recorded noise: which sample of a record reaches which unit, from arrays and files, in memory and in blocks."""

import copy
import itertools
import pickle

import numpy as np
import pytest
import xarray as xr
from noise_checks import check_source

from mtjphys import learning
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.laboratory.traces import Trace
from mtjphys.learning import RecordedNoise
from mtjphys.learning.noise import record

DT = 5e-6
RECORD = (0.04 + 1e-3 * np.random.default_rng(1).standard_normal(1000)).astype(np.float32)


def write(folder, form, values=RECORD):
    """Write a record in one or several files; return path or paths."""
    parquet, times = pytest.importorskip("pyarrow.parquet"), DT * np.arange(values.size)
    path = folder / f"record.{form}"
    if form == "csv":
        np.savetxt(path, np.column_stack([times, 1e3 * values.astype(float)]), "%.9e", ",", header="# by hand")
        path.write_text("time (s),V (mV)\n" + path.read_text())
    elif form == "txt":
        np.savetxt(path, values, "%.9e")
    elif form == "npy":
        np.save(path, values)
    elif form == "nc":
        array = xr.DataArray(values, coords={"time": times}, attrs={"units": "V"})
        xr.Dataset({"voltage": array}).to_netcdf(path, engine="h5netcdf")
    else:
        import pyarrow

        cuts = [0, 300, 450, values.size] if form == "three.parquet" else [0, values.size]
        paths = []
        for k, (a, b) in enumerate(itertools.pairwise(cuts)):
            paths.append(folder / f"part{k}.parquet")
            table = pyarrow.table({"timestep": np.arange(a, b), "V (mV)": 1e3 * values[a:b].astype(float)})
            parquet.write_table(table, paths[-1], row_group_size=130)
        return paths if len(paths) > 1 else paths[0]
    return path


def ring(indices, values=RECORD):
    return values[np.asarray(indices) % values.size]


FORMS = ["csv", "txt", "npy", "parquet", "three.parquet"]


@pytest.mark.parametrize(("form", "in_blocks"), [("nc", False), *itertools.product(FORMS, [False, True])])
def test_every_kind_of_file_is_read_serially(tmp_path, monkeypatch, form, in_blocks):
    files = write(tmp_path, form)
    if in_blocks:
        monkeypatch.setattr(record, "SMALL", 0)
        monkeypatch.setattr(record, "BLOCK", 128)

    def fresh():
        return RecordedNoise(files, sample_interval=None if form in ("csv", "nc") else DT, stride=3)

    noise = fresh()
    assert noise.reading_interval == pytest.approx(3 * DT)
    expected = ring(3 * np.arange(1200)).reshape(200, 6)
    volts = [noise.volts(n, 6) for n in (40, 1, 9, 30)]
    np.testing.assert_allclose(np.vstack(volts), expected[:80], rtol=1e-6)
    for other in (fresh(), copy.deepcopy(noise), pickle.loads(pickle.dumps(noise))):
        other.load_state_dict(noise.state_dict())
        rest = [other.volts(n, 6) for n in (33, 40, 47)]
        np.testing.assert_allclose(np.vstack(rest), expected[80:], rtol=1e-6)
        assert other.passes == 3  # 3600 samples of a record of 1000
    np.testing.assert_allclose(copy.deepcopy(noise).volts(33, 6), expected[80:113], rtol=1e-6)


def test_in_blocks_only_a_block_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SMALL", 0)
    monkeypatch.setattr(record, "BLOCK", 128)
    noise = RecordedNoise(write(tmp_path, "three.parquet"), sample_interval=DT)
    noise.volts(20, 20)
    assert 0 < noise.samples_in_memory <= 128


@pytest.mark.parametrize(("done", "step"), [(995, 7), (1000, 1), (1000, 7), (999, 1)])
def test_resumed_at_the_end_of_the_record(tmp_path, monkeypatch, done, step):
    for small in (record.SMALL, 0):
        monkeypatch.setattr(record, "SMALL", small)
        noise, late = (RecordedNoise(write(tmp_path, "txt"), sample_interval=DT, stride=step) for _ in range(2))
        n = -(-done // step)
        noise.volts(1, n)
        late.load_state_dict(noise.state_dict())
        twin = copy.deepcopy(noise)
        expected = ring(step * np.arange(n, n + 20))
        for source in (noise, late, twin):
            np.testing.assert_allclose(source.volts(20, 1)[:, 0], expected, rtol=1e-6)
            assert source.passes == 1


def test_segments_give_each_unit_a_part_of_its_own():
    noise = RecordedNoise(RECORD, sample_interval=DT, order="segments", stride=2)
    t = 2 * np.arange(300)
    with pytest.warns(MtjphysWarning, match="segment of each unit has 142 samples and one call needs 300"):
        expected = RecordedNoise(RECORD, sample_interval=DT, order="segments", stride=2).volts(300, 7)
    table = np.array([RECORD[unit * 142 + t % 142] for unit in range(7)]).T
    np.testing.assert_array_equal(expected, table)
    first = noise.volts(50, 7)
    late = RecordedNoise(RECORD, sample_interval=DT, order="segments", stride=2)
    late.load_state_dict(noise.state_dict())
    with pytest.raises(ParameterError, match="n_units=6, but this source already feeds 7"):
        late.volts(2, 6)
    np.testing.assert_array_equal(table[:110], np.vstack([first, noise.volts(60, 7)]))
    np.testing.assert_array_equal(table[50:110], late.volts(60, 7))
    assert noise.passes == late.passes == 1
    np.testing.assert_array_equal(table[110:120], pickle.loads(pickle.dumps(late)).volts(10, 7))
    with pytest.raises(ParameterError, match="n_units=6, but this source already feeds 7"):
        noise.volts(2, 6)
    with pytest.raises(ParameterError, match="501 segments of a record of 1000 samples are shorter"):
        RecordedNoise(RECORD, sample_interval=DT, order="segments", stride=2).volts(2, 501)


def test_segments_of_files_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SMALL", 0)
    noise = RecordedNoise(write(tmp_path, "three.parquet"), sample_interval=DT, order="segments")
    np.testing.assert_allclose(noise.volts(200, 5), RECORD.reshape(5, 200).T, rtol=1e-6)
    monkeypatch.setattr("mtjphys.learning.noise.record.available_memory", lambda: 5000.0)
    with pytest.raises(DataError, match="order='segments' needs the whole record"):
        RecordedNoise(write(tmp_path, "three.parquet"), sample_interval=DT, order="segments")


def test_the_sampling_interval_keeps_the_memory_of_the_device_and_shuffling_destroys_it():
    chain = learning.TelegraphNoise(sigma=0.0, seed=3).volts(200_000, 1)[:, 0]

    def correlation(**options):
        v = RecordedNoise(chain, sample_interval=DT, standardise=True, **options)
        eps = learning.perturbation(v, 20_000, 1)[:, 0].astype(float)
        return (eps[1:] * eps[:-1]).mean() / eps.var()

    # n (1 - c^2)/(1 + c^2) independent products: 3400 for c = 0.84; 5 sigma.
    for options, c in (({}, 0.8382), ({"reading_interval": 5 * DT}, 0.8382**5), ({"shuffle": True}, 0.0)):
        assert abs(correlation(**options) - c) < 5 * np.sqrt((1 + c * c) / (1 - c * c) / 20_000)


def test_shuffled_is_a_permutation_that_the_seed_decides(tmp_path, monkeypatch):
    one, same, other = (
        RecordedNoise(RECORD, sample_interval=DT, shuffle=True, seed=s).volts(100, 10) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(np.sort(one.ravel()), np.sort(RECORD))
    monkeypatch.setattr(record, "SMALL", 0)
    in_blocks = RecordedNoise(write(tmp_path, "npy"), sample_interval=DT, shuffle=True, seed=1)
    np.testing.assert_array_equal(in_blocks.volts(100, 10), one)


def test_standardised_has_mean_zero_and_variance_one(tmp_path, monkeypatch):
    for small in (record.SMALL, 0):
        monkeypatch.setattr(record, "SMALL", small)
        noise = RecordedNoise(write(tmp_path, "csv"), standardise=True)
        eps = learning.perturbation(noise, 100, 10, np.float64)
        assert abs(eps.mean()) < 1e-5
        assert eps.std() == pytest.approx(1.0, rel=1e-5)
        assert noise.offset == pytest.approx(RECORD.mean(), rel=1e-6)
        assert f"gain={noise.gain}" in repr(noise)


def test_the_record_ends_if_it_must_not_wrap(tmp_path, monkeypatch):
    for small in (record.SMALL, 0):
        monkeypatch.setattr(record, "SMALL", small)
        noise = RecordedNoise(write(tmp_path, "parquet"), sample_interval=DT, at_end="error")
        noise.volts(100, 10)
        late = RecordedNoise(write(tmp_path, "parquet"), sample_interval=DT, at_end="error")
        late.load_state_dict(noise.state_dict())
        for source in (noise, late):
            with pytest.raises(DataError, match="all 1000 samples of the record have been read"):
                source.volts(1, 1)
    segments = RecordedNoise(RECORD, sample_interval=DT, at_end="error", order="segments")
    segments.volts(100, 10)
    with pytest.raises(DataError, match="all 100 samples of the segments"):
        segments.volts(1, 10)


@pytest.mark.parametrize("order", ["serial", "segments"])
@pytest.mark.parametrize("stride", [3, 7])
def test_a_record_that_has_ended_between_two_strides_is_resumed(order, stride):
    def fresh():
        return RecordedNoise(RECORD, sample_interval=DT, stride=stride, at_end="error", order=order)

    units = 2 if order == "segments" else 1
    noise, late = fresh(), fresh()
    noise.volts(-(-1000 // units // stride), units)  # the next reading would be behind the end
    assert int(noise.state_dict()["place"]) > 1000 // units
    late.load_state_dict(noise.state_dict())
    for source in (noise, late):
        with pytest.raises(DataError, match=f"all {1000 // units} samples of the"):
            source.volts(1, units)


@pytest.mark.parametrize("small", [record.SMALL, 0])
@pytest.mark.parametrize("form", ["txt", "npy", "three.parquet"])
def test_a_state_goes_on_with_the_same_record_wherever_it_lies(tmp_path, monkeypatch, small, form):
    monkeypatch.setattr(record, "SMALL", small)
    monkeypatch.setattr(record, "BLOCK", 512)
    other_values = RECORD.copy()
    other_values[7] += 1e-3
    sources = []
    for name, values in (("here", RECORD), ("there", RECORD), ("other", other_values)):
        (tmp_path / name).mkdir()
        sources.append(RecordedNoise(write(tmp_path / name, form, values), sample_interval=DT))
    here, there, other = sources
    assert here == there
    assert here != other
    assert repr(here) == repr(there) != repr(other)  # what a checkpoint of a training is held against
    here.volts(10, 7)
    there.load_state_dict(here.state_dict())
    np.testing.assert_array_equal(there.volts(10, 7), here.volts(10, 7))
    with pytest.raises(DataError, match="load the state of the same record"):
        other.load_state_dict(here.state_dict())


def test_the_same_noise_twice_in_a_call_is_told_once():
    noise = RecordedNoise(RECORD, sample_interval=DT)
    with pytest.warns(MtjphysWarning, match="has 1000 samples and one call needs 1001 readings"):
        noise.volts(91, 11)
    noise.volts(91, 11)


def test_trained_from_a_measured_trace(tmp_path):
    chain = learning.TelegraphNoise(seed=7).volts(20_000, 1)[:, 0]
    path = write(tmp_path, "csv", chain)
    noise = RecordedNoise(path, column="V")
    training = learning.Training(
        learning.Network([64, 20, 10], decorrelated=True, seed=1),
        learning.DANP(),
        learning.digits(seed=1),
        learning.Adam(5e-3),
        epochs=5,
        noise=noise,
        decorrelation=learning.Decorrelation(1e-3),
        seed=1,
    )
    history = training.run(progress=False)
    assert float(history.validation_accuracy[-1]) > 0.4  # 0.1 by chance
    assert noise.passes > 5


def refused(tmp_path, values, **options):
    np.save(tmp_path / "bad.npy", values)
    return RecordedNoise(tmp_path / "bad.npy", sample_interval=DT, **options)


@pytest.mark.parametrize("small", [record.SMALL, 0])
def test_records_that_are_none_are_refused_with_their_name(tmp_path, monkeypatch, small):
    monkeypatch.setattr(record, "SMALL", small)
    bad = RECORD.copy()
    bad[300] = np.nan
    for values, message in (
        (bad, "bad.npy.* nan"),
        (np.full(1000, 0.04), "bad.npy: every sample is 0.04"),
        (RECORD[:50], "bad.npy: holds 50 samples; expected at least 100"),
        (RECORD.reshape(2, 500), r"bad.npy: has shape \(2, 500\)"),
        (RECORD.astype(complex), "bad.npy: holds complex128"),
    ):
        with pytest.raises(DataError, match=message):
            refused(tmp_path, values)
    (tmp_path / "bad.npy").write_bytes((tmp_path / "bad.npy").read_bytes()[:300])
    with pytest.raises(DataError, match=r"bad.npy: not a readable .npy"):
        RecordedNoise(tmp_path / "bad.npy", sample_interval=DT)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1" * 100)
    with pytest.raises(DataError, match=r"bad.parquet: not a readable parquet"):
        RecordedNoise(tmp_path / "bad.parquet", sample_interval=DT)
    with pytest.raises(DataError, match="no such file"):
        RecordedNoise([tmp_path / "missing.csv", write(tmp_path, "csv")])
    path = write(tmp_path, "csv")
    path.write_text(path.read_text() + "0.005\n")
    with pytest.raises(DataError, match=r"record.csv: .*line"):
        RecordedNoise(path).volts(101, 10)
    with pytest.raises(DataError, match="pass the sampling interval"):
        RecordedNoise(write(tmp_path, "txt"))
    with pytest.raises(DataError, match="counts samples"):
        RecordedNoise(write(tmp_path, "parquet"))


@pytest.mark.parametrize("small", [record.SMALL, 0])
def test_units_of_both_columns_are_those_of_the_header(tmp_path, monkeypatch, small):
    monkeypatch.setattr(record, "SMALL", small)
    path, columns = tmp_path / "scope.csv", np.column_stack([1e6 * DT * np.arange(1000), 1e3 * RECORD.astype(float)])
    np.savetxt(path, columns, "%.9e", ",", header="time (us),V (mV)", comments="")
    noise = RecordedNoise(path)
    assert noise.reading_interval == pytest.approx(DT, rel=1e-9)
    np.testing.assert_allclose(noise.volts(100, 10).ravel(), RECORD, rtol=1e-6)


@pytest.mark.parametrize("small", [record.SMALL, 0])
def test_a_file_of_millivolts_without_their_unit_is_refused(tmp_path, monkeypatch, small):
    monkeypatch.setattr(record, "SMALL", small)
    path, columns = tmp_path / "scope.csv", np.column_stack([DT * np.arange(1000), 1e3 * RECORD.astype(float)])
    np.savetxt(path, columns, "%.9e", ",", header="time,CH1", comments="")
    with pytest.raises(DataError, match=r"scope.csv: reads up to 43.\d* and names no unit; .* 10 V: .* 'V \(mV\)'"):
        RecordedNoise(path)
    np.savetxt(tmp_path / "volts.csv", columns, "%.9e", ",", header="time (s),CH1 (V)", comments="")
    np.testing.assert_allclose(RecordedNoise(tmp_path / "volts.csv").volts(100, 10).ravel(), 1e3 * RECORD, rtol=1e-6)
    for told in ({"gain": 1e-3}, {"standardise": True}):
        np.testing.assert_allclose(RecordedNoise(path, **told).volts(100, 10).ravel(), 1e3 * RECORD, rtol=1e-6)


def test_a_fault_deep_in_a_large_file_is_found_when_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SMALL", 0)
    monkeypatch.setattr(record, "BLOCK", 128)
    bad = RECORD.copy()
    bad[777] = np.inf
    noise = RecordedNoise(write(tmp_path, "parquet", bad), sample_interval=DT)
    noise.volts(7, 100)
    with pytest.raises(DataError, match=r"part0.parquet.* is inf"):
        noise.volts(1, 100)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 0}, "stride=0 is not a whole number"),
        ({"stride": 2, "reading_interval": 1e-5}, "give one of them"),
        ({"reading_interval": 7e-6}, "1.4 times that of the record, 5e-06 s: give a whole multiple"),
        ({"reading_interval": 1e-6}, "0.2 times that of the record"),
        ({"order": "parallel"}, "order='parallel' is unknown; give one of .*segments"),
        ({"at_end": "stop"}, "at_end='stop' is unknown"),
        ({"standardise": True, "gain": 2.0}, "overwritten by standardise"),
        ({"gain": float("nan")}, "gain=nan"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_wrong_options_are_one_sentence(options, message):
    with pytest.raises(ParameterError, match=message):
        RecordedNoise(RECORD, sample_interval=DT, **options)


def test_any_multiple_of_the_sampling_interval_is_taken():
    # 0.3/0.1 is 2.9999999999999996.
    assert [RecordedNoise(RECORD, sample_interval=0.1, reading_interval=s).stride for s in (0.1, 0.3, 0.7, 123.4)] == [
        1,
        3,
        7,
        1234,
    ]


@pytest.mark.parametrize("small", [record.SMALL, 0])
def test_a_column_of_amperes_is_refused(tmp_path, monkeypatch, small):
    monkeypatch.setattr(record, "SMALL", small)
    path = write(tmp_path, "csv")
    path.write_text(path.read_text().replace("V (mV)", "I (uA)"))
    with pytest.raises(DataError, match="holds A; expected volts"):
        RecordedNoise(path)


def test_a_junction_may_rest_for_a_block_of_a_large_file(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SMALL", 0)
    monkeypatch.setattr(record, "BLOCK", 128)
    values = RECORD.copy()
    values[256:512] = 0.05
    volts = RecordedNoise(write(tmp_path, "npy", values), sample_interval=DT).volts(100, 10)
    np.testing.assert_array_equal(volts.ravel(), values)


def test_a_longer_large_file_is_another_record(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SMALL", 0)
    monkeypatch.setattr(record, "BLOCK", 128)
    noise = RecordedNoise(write(tmp_path, "npy"), sample_interval=DT)
    longer = RecordedNoise(write(tmp_path, "npy", np.append(RECORD, RECORD)), sample_interval=DT)
    assert noise != longer
    with pytest.raises(DataError, match="load the state of the same record"):
        longer.load_state_dict(noise.state_dict())


def test_what_is_no_voltage_is_refused():
    with pytest.raises(DataError, match="holds ohm; expected volts"):
        RecordedNoise(Trace(RECORD.astype(float), DT, "ohm"))
    with pytest.raises(DataError, match="empty list"):
        RecordedNoise([])


def test_a_foreign_noise_state_is_refused():
    noise = RecordedNoise(RECORD, sample_interval=DT)
    with pytest.raises(DataError, match="without a place"):
        noise.load_state_dict({})
    with pytest.raises(DataError, match="has 1000 samples and the noise state is at sample 1001"):
        noise.load_state_dict(noise.state_dict() | {"place": np.array(1001)})
    longer = RecordedNoise(np.append(RECORD, RECORD), sample_interval=DT)
    with pytest.raises(DataError, match="the noise state is of a record of"):
        noise.load_state_dict(longer.state_dict())


def test_what_does_not_vary_or_is_not_finite_in_single_precision_is_refused():
    bad = RECORD.astype(float)
    bad[300] = np.nan
    for values, message in (
        (Trace(bad, DT, "V"), "array of 1000 samples: sample 300 is nan"),
        (Trace(np.ones(1000), DT, "V"), "array of 1000 samples: every sample is 1"),
        (1.0 + 1e-9 * RECORD.astype(float), "array of 1000 samples: every sample is 1"),
        (1e41 * RECORD.astype(float), "array of 1000 samples: sample 0 is inf"),
    ):
        with pytest.raises(DataError, match=message):
            RecordedNoise(values, sample_interval=DT)


def test_a_given_interval_wins_over_that_of_the_record(tmp_path):
    for given in (Trace(RECORD.astype(float), DT, "V"), write(tmp_path, "csv")):
        assert RecordedNoise(given, sample_interval=1e-6, stride=2).reading_interval == pytest.approx(2e-6)


@pytest.mark.parametrize("small", [record.SMALL, 0])
def test_files_of_different_sampling_are_refused(tmp_path, monkeypatch, small):
    monkeypatch.setattr(record, "SMALL", small)
    write(tmp_path, "csv")
    times = 2 * DT * np.arange(RECORD.size)
    table = np.column_stack([times, RECORD])
    np.savetxt(tmp_path / "slower.csv", table, delimiter=",", header="time (s),V (V)", comments="")
    with pytest.raises(DataError, match=r"slower\.csv: sampled every 1e-05 s where the first file is every 5e-06 s"):
        RecordedNoise([tmp_path / "record.csv", tmp_path / "slower.csv"], column="V")


def test_what_is_no_text_deep_in_a_large_file_is_refused_with_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SMALL", 0)
    monkeypatch.setattr(record, "BLOCK", 128)
    path = write(tmp_path, "txt")
    content = path.read_bytes()
    path.write_bytes(content[:10_000] + b"\xff" + content[10_001:])
    noise = RecordedNoise(path, sample_interval=DT)
    with pytest.raises(DataError, match=r"record\.txt: line 626: found .*; expected a number"):
        noise.volts(100, 10)


def test_a_copy_of_a_large_array_does_not_hold_it(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SMALL", 0)
    noise = RecordedNoise(write(tmp_path, "npy"), sample_interval=DT)
    noise.volts(10, 10)
    content = pickle.dumps(noise)
    assert len(content) < RECORD.nbytes / 2
    np.testing.assert_array_equal(pickle.loads(content).volts(10, 10), noise.volts(10, 10))


def test_it_is_a_source_that_files_call_recorded(tmp_path):
    path = write(tmp_path, "csv")
    for order in ("serial", "segments"):
        check_source(
            lambda order=order: RecordedNoise([path], order=order, stride=2),
            {"kind": "recorded", "file": ["record.csv"], "order": order, "stride": 2},
            folder=tmp_path,
        )
