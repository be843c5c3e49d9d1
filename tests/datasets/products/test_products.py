"""Products are what the functions of the package make of the same lanes."""

import numpy as np
import pytest
from small_datasets import HEAD, KEEP, files_of

import mtjphys as mp
from mtjphys import fokker_planck
from mtjphys.core.errors import ParameterError
from mtjphys.datasets import Specification
from mtjphys.datasets.products import PRODUCTS
from mtjphys.simulation import simulate

pytest.importorskip("zarr")

DEVICES = """
[devices]
junction = "rehm_2023"
design = "grid"

[devices.parameters]
"free_layer.volume" = [0.7e-25, 1e-25]
"""

BIAS = """
[bias.grid]
voltage = [-0.01, 0.02]
"""

ENGINE = """
[engine]
duration = 4e-7
sample_interval = 5e-11
settle = 1e-9
"""

RECORD = """
[keep.record]
bandwidth = 2e9
sample_rate = 4e9
noise_rms = 1e-4
"""


def made(folder, keep, head=HEAD, devices=DEVICES, bias=BIAS, engine=ENGINE):
    """Return the text of a specification, and its dataset in memory."""
    text = head + devices + bias + engine + keep
    with mp.datasets.open(mp.datasets.make(text, folder / "set.zarr", threads=1)) as found:
        return Specification.from_toml(text), found.load()


def lanes_of(specification, **options):
    """Return the lanes as `simulate` makes them."""
    devices = specification.devices
    return simulate(
        devices.build(devices.drawn(specification.seed), 0, devices.total),
        list(specification.biases),
        duration=specification.engine.duration,
        sample_interval=specification.engine.sample_interval,
        settle=specification.engine.settle,
        initial=specification.engine.initial,
        replicas=specification.replicas,
        seed=specification.seed,
        **options,
    )


@pytest.fixture(scope="module")
def much(tmp_path_factory):
    keep = RECORD + '[keep.traces]\nquantities = ["m", "voltage"]\n[keep.spectra]\nquantity = "signal"\nsegment = 32\n'
    return made(tmp_path_factory.mktemp("much"), keep + "[keep.dwell_times]\nthresholds = [-0.3, 0.4]\n")


def test_a_record_is_what_the_instrument_makes_of_the_lanes(much):
    specification, found = much
    run = lanes_of(specification, record=("m", "voltage"))
    expected = mp.readout.measure(run, specification.keep["record"].instrument, seed=5)
    np.testing.assert_array_equal(found.signal, expected.signal.values.astype(np.float32))
    np.testing.assert_array_equal(found.record_time, expected.time)
    np.testing.assert_array_equal(found.m, run.m.values.astype(np.float32))
    assert found.signal.attrs["units"] == "V"


def test_a_spectrum_holds_the_variance_of_the_record(much):
    _, found = much
    # The integral over all frequencies is the variance; the means of segments and the ends of windows are left out.
    power = found.spectral_density.sum("frequency") * float(found.frequency[1] - found.frequency[0])
    np.testing.assert_allclose(power.sum(), found.signal.var("record_time").sum(), rtol=0.35)
    assert found.spectral_density.attrs["units"] == "V2/Hz"
    assert found.frequency[-1] == pytest.approx(2e9)


def test_dwell_times_are_those_of_the_counters(much):
    specification, found = much
    run = lanes_of(specification, record=(), thresholds=(-0.3, 0.4))
    expected = mp.dwell_times(run, exact=False)
    pooled = found[["time_in_state", "stays"]].sum("replica")
    np.testing.assert_allclose(pooled.time_in_state / pooled.stays, expected.dwell_time, rtol=1e-12)
    np.testing.assert_array_equal(pooled.stays, expected.stays)


def test_rates_and_exact_labels_are_in_the_order_of_states(tmp_path):
    keep = '[keep.rates]\nquantity = "resistance"\nmethod = "threshold"\n[keep.exact]\n'
    keep += 'quantities = ["dwell_time", "thermal_stability", "critical_voltage", "resistance"]\n'
    engine = ENGINE.replace("4e-7", "1e-6").replace("5e-11", "2e-9")
    specification, found = made(tmp_path, keep, head=HEAD.replace("replicas = 2", "replicas = 4"), engine=engine)
    junctions = specification.devices.build(specification.devices.drawn(5), 0, 2)
    for d, junction in enumerate(junctions):
        for b, bias in enumerate(specification.biases):
            exact = fokker_planck.dwell_times(junction, bias)[:2]
            np.testing.assert_allclose(found.exact_dwell_time[d, b], exact, rtol=1e-9)
        np.testing.assert_allclose(found.exact_critical_voltage[d], junction.critical_voltages())
        np.testing.assert_allclose(found.exact_thermal_stability[d, 0], junction.thermal_stability())
    assert (found.exact_resistance[..., 0] < found.exact_resistance[..., 1]).all()
    # Positive voltage favours the parallel state: it is left less often.
    measured = found.rate.mean("replica")
    assert (measured[:, 1, 0] < measured[:, 1, 1]).all()
    assert ((found.rate_low < found.rate) & (found.rate < found.rate_high)).all()
    # Sampled in 2 ns, thresholds see the relaxation time within a third.
    total = (1.0 / found.exact_dwell_time).sum("state")
    np.testing.assert_allclose(measured.sum("state") / total, 1.0, atol=0.4)


def test_the_low_level_of_a_signal_is_the_state_that_it_is(tmp_path):
    engine = ENGINE.replace("4e-7", "1e-6").replace("5e-11", "1e-9")
    keep = '[keep.record]\nsource_voltage = -0.1\nseries_resistance = 1e3\n[keep.rates]\nmethod = "threshold"\n'
    (tmp_path / "down").mkdir()
    _, down = made(tmp_path / "down", keep, engine=engine)
    _, up = made(tmp_path, keep.replace("-0.1", "0.1"), engine=engine)
    np.testing.assert_allclose(down.rate, up.rate, rtol=1e-6)
    current = keep.replace("source_voltage", 'signal = "current"\nsource_voltage')
    (tmp_path / "current").mkdir()
    _, other = made(tmp_path / "current", current, engine=engine)
    np.testing.assert_allclose(other.rate.mean(), up.rate.mean(), rtol=0.2)
    assert (np.sign(other.rate[:, 1, :, 0].mean() - other.rate[:, 1, :, 1].mean())) == np.sign(
        up.rate[:, 1, :, 0].mean() - up.rate[:, 1, :, 1].mean()
    )


def test_a_signal_that_does_not_tell_the_states_is_refused():
    keep = RECORD + "[keep.rates]\n"
    with pytest.raises(ParameterError, match="bias 0 has no constant voltage or current, so that the signal does not"):
        Specification.from_toml(HEAD + DEVICES + "[bias]\nvoltage = 0.0\n" + ENGINE + keep)


def test_switching_is_counted_and_has_its_exact_probability(tmp_path):
    bias = '[bias]\nvoltage = {kind = "pulse_train", amplitude = 0.0, width = 4e-9, start = 0.0}\n'
    bias += '[bias.grid]\n"voltage.amplitude" = [0.4, 0.7]\n'
    engine = '[engine]\nduration = 10e-9\nsample_interval = 10e-9\nsettle = 4e-9\ninitial = "antiparallel"\n'
    devices = '[devices]\njunction = "rehm_2023"\ncount = 1\n'
    head = HEAD.replace("replicas = 2", "replicas = 256")
    _, found = made(tmp_path, "[keep.switching]\nexact = true\n", head, devices, bias, engine)
    assert found.switched.dtype == np.int8 and found.switched.shape == (1, 2, 256)
    exact = found.exact_switching_probability.values[0]
    counted = found.switched.mean("replica").values[0]
    assert 0.02 < exact[0] < 0.98 or 0.02 < exact[1] < 0.98
    # Five standard errors of 256 lanes.
    np.testing.assert_array_less(np.abs(counted - exact), 5 * np.sqrt(exact * (1 - exact) / 256) + 0.01)


def test_an_engine_of_two_states_has_the_exact_rates(tmp_path):
    devices = DEVICES.replace("0.7e-25, 1e-25", "3e-25")
    engine = '[engine]\nkind = "surrogate"\nduration = 0.2\nsample_interval = 2e-5\n'
    keep = '[keep.traces]\nquantities = ["parallel", "resistance"]\n[keep.exact]\n'
    _, found = made(tmp_path, keep, devices=devices, engine=engine)
    times = found.exact_dwell_time.values[0]
    occupied = found.parallel.mean(("replica", "time")).values[0]
    np.testing.assert_allclose(occupied, times[:, 0] / times.sum(axis=1), atol=0.1)
    assert found.resistance.dtype == np.float32
    again = mp.datasets.make(found.attrs["specification"], tmp_path / "again.zarr", threads=3)
    assert files_of(again) == files_of(tmp_path / "set.zarr")


def test_double_precision_and_no_compression_keep_the_samples_as_they_are(tmp_path):
    specification, found = made(tmp_path, KEEP + '[store]\nprecision = "float64"\ncompression = "none"\n')
    np.testing.assert_array_equal(found.resistance, lanes_of(specification, record=("resistance",)).resistance)


def test_every_product_is_named_by_its_table():
    assert set(PRODUCTS) == {"traces", "record", "dwell_times", "rates", "spectra", "exact", "switching"}
