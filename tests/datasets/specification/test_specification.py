"""Specifications: what is wrong with one is one sentence before any work; what is right comes back from its text."""

import numpy as np
import pytest
from small_datasets import BIAS, DEVICES, ENGINE, HEAD, KEEP, SMALL

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.datasets import Specification

PULSE = '[bias]\nvoltage = {kind = "pulse_train", amplitude = 0.5, width = 1e-9, rise_time = 2e-10}\n'
DRIVEN = '[bias]\nvoltage = {kind = "sine", amplitude = 0.1, frequency = 1e9}\n'

# What is changed in the small specification, and what the sentence has to say.
WRONG = [
    ("unknown section", SMALL + "[devises]\ncount = 3\n", "devises: unknown; did you mean devices"),
    ("no devices", HEAD + BIAS + ENGINE + KEEP, r"the table \[devices\] is missing"),
    ("no engine", HEAD + DEVICES + BIAS + KEEP, r"the table \[engine\] is missing"),
    ("nothing kept", HEAD + DEVICES + BIAS + ENGINE + "[keep]\n", r"\[keep\] is empty; keep some of"),
    ("no name", SMALL.replace('name = "small"', 'name = ""'), "name='' is empty"),
    ("negative seed", SMALL.replace("seed = 5", "seed = -5"), "seed=-5 is not a whole number of at least 0"),
    ("no replica", SMALL.replace("replicas = 2", "replicas = 0"), "replicas=0 .copies. is outside"),
    ("unknown preset", SMALL.replace("rehm_2023", "rehm_2032"), "devices: .*did you mean rehm_2023"),
    ("missing file", SMALL.replace("rehm_2023", "absent.toml"), "devices: absent.toml: no such file"),
    ("no device", SMALL.replace("count = 6", "count = 0"), r"devices: .*count=0 is outside \[1,"),
    ("count missing", SMALL.replace("count = 6", ""), "count is missing; say how many"),
    ("unknown design", SMALL.replace('"sobol"', '"sobel"'), "design='sobel'"),
    (
        "unknown parameter",
        SMALL.replace("free_layer.damping", "free_layer.dampin"),
        "no number 'free_layer.dampin'; did",
    ),
    (
        "unknown distribution",
        SMALL.replace('"uniform"', '"uniforn"'),
        "kind='uniforn' is unknown; did you mean uniform",
    ),
    ("ends exchanged", SMALL.replace("low = 0.02", "low = 0.2"), "low=0.2 is not below high=0.03"),
    ("illegal range", SMALL.replace("high = 0.03", "high = 3.0"), r"damping=3.0 .*is outside \[0, 1\]"),
    (
        "negative width",
        SMALL.replace('"uniform", low = 0.02, high = 0.03', '"normal", mean = 0.02, standard_deviation = -1.0'),
        "standard_deviation=-1 is not above 0",
    ),
    ("normal grid", SMALL.replace('"sobol"', '"grid"').replace("count = 6", ""), "points is missing"),
    (
        "correlation of what does not vary",
        SMALL.replace("count = 6", 'count = 6\ncorrelations = [["free_layer.damping", "free_layer.volume", 0.5]]'),
        "'free_layer.volume' is not among the parameters",
    ),
    (
        "spread beyond its range",
        SMALL.replace("count = 6", "count = 6\nvariability = {barrier = 20.0}"),
        r"barrier=20.0 .*outside \[0, 1\]",
    ),
    ("voltage of another unit", SMALL.replace("[0.0, 0.1]", "[0.0, 100.0]"), "bias: grid at voltage=100.0"),
    ("unknown axis", SMALL.replace("voltage =", "volts ="), "bias: grid: 'volts' is unknown; did you mean voltage"),
    ("empty axis", SMALL.replace("[0.0, 0.1]", "[]"), r"grid: voltage=\[\] is neither"),
    (
        "number of a waveform that is none",
        SMALL.replace("voltage =", '"voltage.amplitude" ='),
        "there is no such number in the waveform",
    ),
    (
        "unknown engine",
        SMALL.replace("[engine]", '[engine]\nkind = "lgg"'),
        "engine: kind='lgg' is unknown; did you mean llg",
    ),
    ("duration missing", SMALL.replace("duration = 2e-9", ""), "engine: .*duration: missing"),
    ("long samples", SMALL.replace("sample_interval = 1e-10", "sample_interval = 1e-8"), "is longer than duration"),
    (
        "broken samples",
        SMALL.replace("sample_interval = 1e-10", "sample_interval = 3e-10"),
        "give a whole number of them",
    ),
    (
        "endless lane",
        SMALL.replace("duration = 2e-9", "duration = 1e-2"),
        "100,000,000 samples of a lane are more than",
    ),
    ("unknown product", SMALL + "[keep.trace]\n", "keep.trace: product='trace' is unknown; did you mean traces"),
    (
        "quantity of another engine",
        SMALL.replace("[keep.traces]", '[keep.traces]\nquantities = ["projection"]'),
        "projection is not sampled by this engine",
    ),
    (
        "thresholds exchanged",
        SMALL.replace("[keep.dwell_times]", "[keep.dwell_times]\nthresholds = [0.5, -0.5]"),
        "-1 < low",
    ),
    ("fast record", SMALL + "[keep.record]\nsample_rate = 1e12\n", "keep.record: sample_rate=1e.12 Hz is above"),
    (
        "long segment",
        SMALL + "[keep.spectra]\nsegment = 64\n",
        "keep.spectra: segment=64 samples is longer than the 20",
    ),
    ("spectrum of no record", SMALL + '[keep.spectra]\nquantity = "signal"\n', r"needs a \[keep.record\]"),
    ("exact label of a sine", HEAD + DEVICES + DRIVEN + ENGINE + KEEP + "[keep.exact]\n", "bias 0 varies in time"),
    ("unknown label", SMALL + '[keep.exact]\nquantities = ["dwell"]\n', "exact quantity 'dwell' is unknown; did you"),
    ("switching from anywhere", SMALL + "[keep.switching]\n", "switching needs a state to begin in"),
    (
        "exact answer of a slow pulse",
        HEAD + DEVICES + PULSE + ENGINE + 'initial = "parallel"\n' + KEEP + "[keep.switching]\nexact = true\n",
        "has a rise_time or ends too late",
    ),
    (
        "shares beyond 1",
        SMALL + "[splits]\ntrain = 0.8\ntest = 0.3\n",
        "splits: the shares of train, test add up to 1.1",
    ),
    ("empty split", SMALL + "[splits]\ntrain = 0.98\ntest = 0.02\n", "splits: test=0.02 of 6 devices is none"),
    ("unknown precision", SMALL + 'precision = "float16"\n', "store: .*precision='float16'"),
    (
        "huge shard",
        SMALL.replace("replicas = 2", "replicas = 9_000_000").replace("per_shard = 2", "per_shard = 6"),
        "devices_per_shard=6 makes 16.1 GiB of samples in one piece",
    ),
    ("unknown setting", SMALL + "compresion = 1\n", "store: .*compresion: unknown parameter; did you mean compression"),
]


@pytest.mark.parametrize(("text", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_one_sentence_before_any_work(text, says, tmp_path):
    with pytest.raises(ParameterError, match=says) as wrong:
        mp.datasets.make(text, tmp_path / "set.zarr")
    assert "\n" not in str(wrong.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_missing_or_not_toml_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"spec.toml: no such file"):
        Specification.from_toml(tmp_path / "spec.toml")
    with pytest.raises(ParameterError, match="no ready specification; did you mean telegraph-small"):
        Specification.from_toml("telegraph_smal")
    (tmp_path / "spec.toml").write_text("name = ")
    with pytest.raises(ParameterError, match=r"spec.toml: not valid TOML"):
        Specification.from_toml(tmp_path / "spec.toml")


def test_the_text_of_a_specification_gives_it_back():
    one = Specification.from_toml(SMALL)
    again = Specification.from_toml(one.to_toml())
    assert again.digest == one.digest and again.to_toml() == one.to_toml()
    other = Specification.from_toml(SMALL.replace("seed = 5", "seed = 6"))
    assert other.digest != one.digest


def test_files_are_read_from_the_folder_of_the_specification_and_kept(tmp_path):
    device = mp.presets.rehm_2023()
    for number, damping in enumerate((0.01, 0.02)):
        text = device.with_parameters({"free_layer.damping": damping}).to_toml()
        (tmp_path / f"{number}.toml").write_text(text)
    (tmp_path / "wave.csv").write_text("time,voltage\n0.0,0.0\n1e-9,0.1\n2e-9,0.0\n")
    bias = '[bias]\nvoltage = {kind = "piecewise", path = "wave.csv"}\n'
    (tmp_path / "spec.toml").write_text(HEAD + '[devices]\njunctions = ["0.toml", "1.toml"]\n' + bias + ENGINE + KEEP)
    found = Specification.from_toml(tmp_path / "spec.toml")
    assert [one.free_layer.damping for one in found.devices.junctions] == [0.01, 0.02]
    assert found.biases[0].voltage(1e-9) == 0.1
    assert Specification.from_toml(found.to_toml()).digest == found.digest


def test_a_calibrated_variability_is_junction_and_spread(tmp_path):
    spread = mp.Spread(relative={"free_layer.damping": 0.1}, barrier=0.1, seed=4)
    wafer = mp.Variability(junction=mp.presets.rehm_2023(), spread=spread)
    (tmp_path / "wafer.toml").write_text(wafer.to_toml())
    devices = '[devices]\nvariability = "wafer.toml"\ncount = 3\n'
    (tmp_path / "spec.toml").write_text(HEAD + devices + BIAS + ENGINE + KEEP)
    found = Specification.from_toml(tmp_path / "spec.toml")
    assert found.devices.build({}, 0, 3) == wafer.junctions(3)
    assert Specification.from_toml(found.to_toml()).digest == found.digest
    (tmp_path / "spec.toml").write_text(HEAD + devices + 'junction = "rehm_2023"\n' + BIAS + ENGINE + KEEP)
    with pytest.raises(ParameterError, match="junction and that of the variability are both given"):
        Specification.from_toml(tmp_path / "spec.toml")


def test_biases_are_all_combinations_the_last_running_fastest():
    grid = "[bias.grid]\nvoltage = {low = -0.1, high = 0.1, points = 3}\nfield_z = [0.0, 0.01]\n"
    found = Specification.from_toml(HEAD + DEVICES + grid + ENGINE + KEEP).biases
    np.testing.assert_allclose(
        [(bias.voltage, bias.field[2]) for bias in found],
        [(-0.1, 0.0), (-0.1, 0.01), (0.0, 0.0), (0.0, 0.01), (0.1, 0.0), (0.1, 0.01)],
        atol=1e-17,
    )
