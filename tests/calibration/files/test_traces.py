"""Records in time: read with their units and conditions, and flagged where they are no two levels in noise."""

import re

import numpy as np
import pytest
from instrument_files import INTERVAL, STYLES, VOLTS

from mtjphys import telegraph
from mtjphys.calibration.files import read
from mtjphys.calibration.files.plausibility import check_trace, saturation, trend
from mtjphys.core.errors import MtjphysError, MtjphysWarning


@pytest.fixture
def unchecked(monkeypatch):
    monkeypatch.setattr("mtjphys.calibration.files.description.check_trace", lambda *_: None)


TRACE = '[[measurement]]\nkind = "telegraph_trace"\nvoltage = "50 mV"\n'


@pytest.mark.parametrize("style", STYLES)
def test_every_instrument(tmp_path, unchecked, style):
    (tmp_path / "a.csv").write_text(STYLES[style], encoding="utf-8")
    (tmp_path / "LAB.toml").write_text(TRACE + 'file = "a.csv"\n')
    (record,) = read(tmp_path / "LAB.toml")
    np.testing.assert_allclose(record.values, VOLTS, atol=1e-6)
    assert record.sample_interval == pytest.approx(INTERVAL, rel=1e-6)
    assert record.label == "a"


def test_units_and_intervals_that_the_description_states(tmp_path, unchecked):
    np.savetxt(tmp_path / "t_20mT.csv", np.c_[np.arange(120.0), 1e3 * VOLTS], delimiter=",", header="t,x", comments="")
    np.savetxt(tmp_path / "t_10mT.csv", np.c_[np.arange(120.0), 1e3 * VOLTS], delimiter=",", header="t,x", comments="")
    columns = 'columns = {values = {column = "x", unit = "mV"}, time = {column = "t", unit = "us"}}\n'
    (tmp_path / "LAB.toml").write_text(TRACE + 'file = "t_{field_z:mT}mT.csv"\n' + columns)
    ten, twenty = read(tmp_path / "LAB.toml")
    assert (ten.field[0, 2], twenty.field[0, 2]) == (0.01, 0.02)
    np.testing.assert_allclose(ten.values, VOLTS, rtol=1e-12)
    assert ten.sample_interval == pytest.approx(1e-6)
    one = 'sample_interval = "2 us"\ncolumns.values = "x"\n'
    (tmp_path / "LAB.toml").write_text(TRACE + 'file = "t_10mT.csv"\n' + one)
    assert read(tmp_path / "LAB.toml")[0].sample_interval == 2e-6


def test_what_a_record_is_of(tmp_path, unchecked):
    """The unit of the file tells it, and numbers in the unit of the values are in that."""
    for unit, quantity, parallel in (
        ("mV", "voltage", "low"),
        ("kOhm", "resistance", "low"),
        ("uA", "current", "high"),
    ):
        lines = "".join(f"{k},{v}\n" for k, v in enumerate(1e3 * VOLTS))
        (tmp_path / "a.csv").write_text(f"t (us),x ({unit})\n{lines}")
        error = f'level_error = "1 {unit}"\nbandwidth = "1 MHz"\naperture = "0.5 us"\n'
        (tmp_path / "LAB.toml").write_text(TRACE + 'file = "a.csv"\n' + error)
        (record,) = read(tmp_path / "LAB.toml")
        assert (record.quantity, record.parallel) == (quantity, parallel)
        assert record.level_error[0] == pytest.approx({"mV": 1e-3, "kOhm": 1e3, "uA": 1e-6}[unit])
        assert (record.bandwidth, record.aperture) == (1e6, 5e-7)


@pytest.mark.parametrize(
    ("given", "text", "message"),
    [
        ("", "t,V\n" + "".join(f"{k},{k % 7}\n" for k in range(50)), "holds 50 samples; expected at least 100"),
        ("", "V\n" + "".join(f"{k % 7}\n" for k in range(150)), "one column and no time; pass the sampling interval"),
        ("", "t,V\n" + "".join(f"{k},{k % 7}\n" for k in [*range(90), *range(90)]), "line 92: t goes back by 89 s"),
        ("", "t,V\n" + "".join(f"{k},{k % 7}\n" for k in [*range(90), *range(89, 150)]), "t advances by 0 s"),
        ("", "t (s),V\n" + "".join(f"{k % 7},{k}\n" for k in range(150)), "exchange the two columns"),
        ("columns.field_x = 0\n", STYLES["lecroy"], "columns.field_x: a trace has columns.values and columns.time"),
        ("columns.time = 3\n", STYLES["lecroy"], r"time_column=3 is outside \[0, 1\]"),
        ('columns.values = {column = 1, unit = "furlong"}\n', STYLES["lecroy"], "unit 'furlong' is unknown"),
        ('columns.time = {column = 0, unit = "V"}\n', STYLES["lecroy"], "columns.time: .*unit 'V' is not one of s"),
        ('columns.time = {column = 0, unit = "ms"}\n', STYLES["picoscope"], "unit 'ms' where the file says 'us'"),
        (
            'columns.values = {column = 1, unit = "mV"}\n',
            STYLES["picoscope"].replace("Channel A", "x_mA").replace("(mV)", ""),
            "unit 'mV' where the file says 'mA'",
        ),
        ("voltage = 0\n", STYLES["lecroy"], "not valid TOML"),
    ],
)
def test_wrong_records(tmp_path, given, text, message):
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "LAB.toml").write_text(TRACE + 'file = "a.csv"\n' + given)
    with pytest.raises(MtjphysError, match=message):
        read(tmp_path / "LAB.toml")


def record(samples=20_000, rate=2e3, noise=0.1, seed=1):
    return telegraph.sample(rate, rate, sample_interval=25e-6, samples=samples, noise=noise, seed=seed).values


FLAGGED = {
    "saturated": (
        lambda: np.minimum(record(), 1.05),
        "of the samples have the largest value, 1.05: the converter is saturated",
    ),
    "drifting": (lambda: record() + np.linspace(0.0, 0.3, 20_000), "the signal drifts by 0.2"),
    "drifting down": (lambda: record() - np.linspace(0.0, 0.3, 20_000), "the signal drifts by -0.2"),
    "three levels": (lambda: record() + record(seed=2) * 1.7, "two|level|Gaussian"),
    "too slow": (lambda: record(rate=1e5), "sampl"),
    "one level": (lambda: np.random.default_rng(1).standard_normal(20_000), "two-level|two levels|switch|independent"),
}


@pytest.mark.parametrize("case", FLAGGED)
def test_what_is_not_two_levels_in_noise_is_flagged(case):
    made, message = FLAGGED[case]
    with pytest.warns(MtjphysWarning) as caught:
        check_trace("a.csv", made(), 25e-6)
    texts = [str(one.message) for one in caught]
    assert all(text.startswith("a.csv: ") and "array" not in text for text in texts)
    assert any(re.search(message, text) for text in texts)


def test_a_good_record_is_not_flagged():
    check_trace("a.csv", record(), 25e-6)
    check_trace("a.csv", np.round(record(), 2), 25e-6)


@pytest.mark.parametrize("rate", [20.0, 200.0, 2000.0])
def test_slow_flips_are_no_drift(rate):
    for seed in range(20):
        assert trend(record(rate=rate, seed=seed)) == ""


def test_saturation_is_told_from_noise_and_from_coarse_converters():
    noise = np.random.default_rng(3).standard_normal(50_000)
    for values in (noise, np.round(noise, 1), np.round(noise), np.sign(noise), np.round(record(noise=0.02), 2)):
        assert saturation(values) == ""
    for values in (np.clip(noise, -5, 1.5), np.round(np.clip(noise, -1.0, 5), 2)):
        assert "saturated" in saturation(values)
