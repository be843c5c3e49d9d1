"""A junction by the name of a preset or the path of a file, wherever a junction is wanted."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import experiments, fokker_planck, learning, rare_events, theory
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ, Series, as_junction, as_junctions, as_mtj, is_file, read_junction

NAME = "funatsu_2022"
DEVICE = mp.presets.load(NAME)
BIAS = mp.Bias(voltage=0.02, series_resistance=1e4)
RUN = {"duration": 2e-11, "sample_interval": 1e-11, "step": 1e-12}


@pytest.fixture
def path(tmp_path):
    (tmp_path / "device.toml").write_text(DEVICE.to_toml(), encoding="utf-8")
    return tmp_path / "device.toml"


def test_names_and_paths_are_junctions_and_all_else_stays(path):
    stand_in = object()
    assert as_junction(NAME) == as_junction(path) == as_junction(str(path)) == as_mtj(NAME) == DEVICE
    assert as_junction(DEVICE) is DEVICE and as_junction(stand_in) is stand_in and as_junction(3) == 3
    assert as_junctions([NAME, path, stand_in]) == [DEVICE, DEVICE, stand_in]
    assert as_junctions(NAME) == DEVICE


def test_a_preset_goes_before_a_file_of_its_name_and_a_path_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = DEVICE.with_parameters({"free_layer.damping": 0.5})
    for name in (NAME, "device"):
        (tmp_path / name).write_text(other.to_toml(), encoding="utf-8")
    assert as_junction(NAME) == DEVICE and as_junction(f"./{NAME}") == other
    assert as_junction(tmp_path / NAME) == as_junction("device") == other
    assert is_file("device") and not is_file(NAME)


WRONG = {
    "near": ("funatsu_2023", "'funatsu_2023' is not a preset; did you mean funatsu_2022"),
    "far": ("???", "'???' is not a preset; known: funatsu_2022"),
    "missing": ("lab/device.toml", "lab/device.toml: no such file"),
    "no suffix": ("lab/device", "lab/device: no such file"),
    "text": (DEVICE.to_toml(), "junction is the text of a file, not its path; give mp.MTJ.from_toml"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_name_of_nothing(name):
    given, message = WRONG[name]
    with pytest.raises(ParameterError) as caught:
        as_junction(given)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_what_is_no_junction_is_one_sentence(path):
    with pytest.raises(ParameterError, match="junction=3 is not an MTJ; give one, the name of a preset"):
        as_mtj(3)
    with pytest.raises(ParameterError, match=r"is a function; give presets.rehm_2023\(\), or the name 'rehm_2023'"):
        as_junction(mp.presets.rehm_2023)
    with pytest.raises(ParameterError, match=r"is a mapping of parts; give mp.MTJ\(\*\*junction\)"):
        as_mtj({"free_layer": {}})


def test_files_that_are_more_or_less_than_a_junction(path):
    path.write_text(DEVICE.to_toml() + "\n[bias]\nvoltage = 0.1\n", encoding="utf-8")
    assert read_junction(path) == (DEVICE, {"voltage": 0.1})
    with pytest.raises(ParameterError, match=r"device.toml: its table \[bias\] is for the command line; give bias="):
        as_junction(path)
    path.write_text("log_rates = 1\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"device.toml: a two-state surrogate, not a junction"):
        as_junction(path)
    path.write_text("[free_layer]\nvolume = 1.0\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"device.toml: MTJ: FreeLayer: saturation_magnetisation: missing"):
        as_junction(path)


TAKES_ONE = {
    "equilibrium": lambda given: fokker_planck.equilibrium(given, BIAS).resistance,
    "macrospin": lambda given: fokker_planck.macrospin(given, BIAS).damping_like[2],
    "relaxation_rate": lambda given: fokker_planck.relaxation_rate(given, BIAS),
    "relaxation_rates": lambda given: fokker_planck.relaxation_rates(given, BIAS, n=1).rates[0],
    "dwell_times": lambda given: fokker_planck.dwell_times(given, BIAS).parallel,
    "autocorrelation": lambda given: fokker_planck.autocorrelation(given, BIAS, 1e-4),
    "correlation_time": lambda given: fokker_planck.correlation_time(given, BIAS),
    "spectrum": lambda given: fokker_planck.spectrum(given, BIAS, 1e3),
    "switching_probability": lambda given: fokker_planck.switching_probability(given, mp.Bias(voltage=-0.3), 1e-8),
    "write_error": lambda given: fokker_planck.write_error(given, mp.Bias(voltage=-0.3), 1e-8),
    "escape_rates": lambda given: theory.escape_rates(given).parallel,
    "surrogate": lambda given: mp.surrogate.from_fokker_planck(given).rates().parallel,
    "dwell_time_sweep": lambda given: experiments.dwell_time_sweep(given, [0.01]).dwell_time.values,
    "spread": lambda given: mp.Spread(resistance=0.1, seed=1).junctions(given, 1)[0].resistance_parallel,
    "series": lambda given: Series([given, DEVICE], BIAS).resistance_beside(1),
    "voltage loop": lambda given: (
        experiments.resistance_voltage_loop(given, [-0.1, 0.1], dwell=1e-11, step=1e-12).resistance.values
    ),
    "field loop": lambda given: (
        experiments.resistance_field_loop(given, [-0.1, 0.1], dwell=1e-11, step=1e-12).resistance.values
    ),
    "rectified_spectrum": lambda given: (
        experiments.rectified_spectrum(
            given, 1e9, amplitude=1e-6, bias=mp.Bias(field=(0.05, 0.0, 0.0)), method="linear"
        ).rectified_voltage.values
    ),
    "simulate": lambda given: mp.simulate(given, BIAS, **RUN).resistance.values,
    "simulator": lambda given: mp.Simulator(given, BIAS, sample_interval=1e-11, step=1e-12).advance(1)["resistance"],
    "mixed": lambda given: mp.simulate([given, DEVICE], BIAS, **RUN).resistance.values,
    "noise": lambda given: learning.JunctionNoise(given, BIAS, 1e-11, step=1e-12, settle=1).volts(1, 2),
    "noises": lambda given: learning.JunctionNoise([given, DEVICE], BIAS, 1e-11, step=1e-12, settle=1).volts(1, 2),
    "chain": lambda given: learning.SeriesNoise([given, DEVICE], BIAS, 1e-11, step=1e-12, settle=1).volts(1, 1),
    "effects": lambda given: learning.JunctionNoise(given, BIAS, 1e-11).device_cases()["stray_field"],
}


@pytest.mark.parametrize("name", TAKES_ONE)
def test_a_name_will_do_for_the_junction(name, path):
    of_junction = TAKES_ONE[name](DEVICE)
    for given in (NAME, str(path), path):
        np.testing.assert_array_equal(TAKES_ONE[name](given), of_junction)


def test_rare_events_and_landscapes_take_names():
    # Refused for what comes after the name has been found.
    with pytest.raises(ParameterError, match="relative_error=5"):
        rare_events.dwell_time(NAME, relative_error=5)
    with pytest.raises(ParameterError, match="duration='long'"):
        rare_events.switching_probability(NAME, BIAS, "long")
    with pytest.raises(ParameterError, match="no kB T"):
        experiments.plot_landscape(NAME, mp.Bias(temperature=0.0))
    for call in (rare_events.dwell_time, experiments.plot_landscape):
        with pytest.raises(ParameterError, match="did you mean funatsu_2022"):
            call("funatsu")


def test_a_surrogate_source_takes_names(tmp_path):
    device = mp.surrogate.from_fokker_planck(NAME, voltages=[0.02], series_resistance=1e4)
    (tmp_path / "two.toml").write_text(device.to_toml(), encoding="utf-8")

    def volts(given):
        return learning.SurrogateNoise(given, BIAS, 1e-3, seed=1).volts(3, 2)

    for given in (NAME, str(tmp_path / "two.toml"), [tmp_path / "two.toml", NAME]):
        several = isinstance(given, list)
        np.testing.assert_array_equal(volts(given), volts([device, device] if several else device))
    with pytest.raises(ParameterError, match="is made for a voltage, not for current=1e-06 A"):
        learning.SurrogateNoise(NAME, mp.Bias(current=1e-6), 1e-3)


PARTS = {
    "text": (lambda: MTJ(free_layer="x"), r"free_layer='x' is no FreeLayer; give mp.FreeLayer\(...\) or"),
    "another": (lambda: MTJ(free_layer=mp.Barrier()), r"free_layer=Barrier\(\) is no FreeLayer"),
    "number": (
        lambda: MTJ(free_layer=DEVICE.free_layer, barrier=1e-9),
        r"barrier=1e-09 is no Barrier; give",
    ),
    "name": (lambda: MTJ(NAME), r"MTJ\('funatsu_2022'\): .* give mp.presets.load\(name\)"),
    "dict": (lambda: MTJ({"free_layer": {}}), r"by name; write MTJ\(\*\*values\)"),
    "layer": (lambda: MTJ(DEVICE.free_layer), r"by name; write MTJ\(free_layer=...\)"),
    "bias": (lambda: mp.Bias(0.1), r"Bias\(0.1\): parameters are given by name; write Bias\(voltage=...\)"),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_that_are_none(name):
    make, message = PARTS[name]
    with pytest.raises(ParameterError, match=message):
        make()
