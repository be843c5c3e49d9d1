"""Every example of the README runs as it stands, and is at most ten lines."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import cli

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
# Those of datasets take too long; they are parsed below.
COMMANDS = re.findall(r"^    mtjphys ((?!dataset).*?)$", README, re.MULTILINE)


def name_of(block: str) -> str:
    """Return what tells the examples apart."""
    marks = {
        "junction.describe": "device",
        "field_loop": "loop",
        "rare_events": "rare",
        'telegraph.analyse("measured.csv")': "laboratory",
        "LAB.toml": "calibration",
        "module, mp.learning.RecordedNoise": "torch-recorded",
        "mtorch.NodePerturbation": "torch-live",
        "RecordedNoise": "recorded",
        "JunctionNoise": "learning",
        "sweep.nc": "dataset",
        "datasets.Windows": "windows",
    }
    return next(name for mark, name in marks.items() if mark in block)


def write_measured_record(path: Path) -> None:
    """Write a stand-in for a measured trace: two levels that flip as often as the junction of the example."""
    trace = mp.telegraph.sample(
        rate_up=1 / 2.4e-6,
        rate_down=1 / 1.6e-6,
        sample_interval=50e-9,
        samples=20_000,
        levels=(36.3, 47.6),
        noise=0.9,
        seed=1,
    )
    table = np.column_stack([0.05 * np.arange(trace.values.size), trace.values])
    np.savetxt(path, table, fmt="%.6g", delimiter=",", header="time (us),V (mV)", comments="")


def write_laboratory(folder: Path) -> None:
    """Write dwell times of a junction that is a little unlike the preset, and the description of their file."""
    truth = mp.presets.funatsu_2022().with_parameters(
        {"free_layer.interfacial_anisotropy": 1.151e-3, "reference.stray_field": (0.0, 0.0, 2e-3)}
    )
    table = mp.calibration.DwellTimes(
        field=[(0.0, 0.0, b) for b in (-4e-3, -2e-3, 0.0, 2e-3, 4e-3)],
        parallel=1.0,
        antiparallel=1.0,
        parallel_count=500,
        antiparallel_count=500,
    )
    made = table.replicate(table.predictor(truth), np.random.default_rng(1))
    rows = np.column_stack([1e3 * made.field[:, 2], 1e3 * made.parallel, 1e3 * made.antiparallel])
    np.savetxt(folder / "dwell.csv", rows, "%.6g", ",", header="B (mT),tau_P (ms),tau_AP (ms)", comments="")
    (folder / "LAB.toml").write_text(
        """
[[measurement]]
kind = "dwell_times"
file = "dwell.csv"
voltage = 0
parallel_count = 500
antiparallel_count = 500
columns = {field_z = "B", parallel = "tau_P", antiparallel = "tau_AP"}

[junction]
preset = "funatsu_2022"

[fit]
starts = 1
"""
    )
    (folder / "CONDITIONS.csv").write_text("field_z,temperature\n0.001,300\n0.001,310\n")


def write_dataset(folder: Path) -> None:
    """Write a few devices of a ready specification."""
    pytest.importorskip("zarr")
    text = mp.datasets.ready_file("telegraph-small").read_text()
    for old, new in {
        "count = 256": "count = 16",
        "[4e-3, 8e-3, 12e-3]": "[12e-3]",
        "duration = 0.4": "duration = 0.12",
    }.items():
        text = text.replace(old, new)
    mp.datasets.make(text, folder / "small.zarr", progress=False)


def test_there_is_an_example_of_each_use() -> None:
    assert sorted(map(name_of, BLOCKS)) == [
        "calibration",
        "dataset",
        "device",
        "laboratory",
        "learning",
        "loop",
        "rare",
        "recorded",
        "torch-live",
        "torch-recorded",
        "windows",
    ]
    assert all(len(block.strip().splitlines()) <= 10 for block in BLOCKS)


@pytest.mark.parametrize("block", BLOCKS, ids=name_of)
def test_example_runs(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if name_of(block).startswith("torch"):
        pytest.importorskip("torch").manual_seed(1)
    monkeypatch.chdir(tmp_path)
    if "measured.csv" in block:
        write_measured_record(tmp_path / "measured.csv")
    if "LAB.toml" in block:
        write_laboratory(tmp_path)
    if "small.zarr" in block:
        write_dataset(tmp_path)
    scope: dict[str, object] = {"__name__": "tests.readme"}  # whose warnings are errors
    exec(compile(block, "README.md", "exec"), scope)
    out = capsys.readouterr().out
    if name_of(block) == "device":
        ours, exact = map(float, re.search(r"resistance (\d+) ohm, exact (\d+) ohm", out).groups())
        # 256 lanes of 0.5 us hold 7000 relaxation times; the resistance spreads by 1.6 kohm: 30 ohm, 5 sigma 150.
        assert abs(ours - exact) < 150.0
    elif name_of(block) == "rare":
        ours, error, exact = map(float, re.search(r"for ([\d.]+) \+- ([\d.]+) ms, exact ([\d.]+) ms", out).groups())
        assert 0.0 < error < 0.1 * exact and abs(ours - exact) < 5.0 * error
        # A minute holds some 2800 visits to each state, and the rates of the surrogate are 4 % or better.
        share, stays = float(scope["minute"].parallel.mean()), scope["exact"]
        assert abs(share - stays.parallel / (stays.parallel + stays.antiparallel)) < 0.01
    elif name_of(block) == "loop":
        law, points = scope["law"], scope["points"]
        expected = float((law.probability * np.abs(law.applied_field)).sum("applied_field").mean())
        assert (points.switched == 32).all() and (tmp_path / "switching.png").exists()
        # 64 switching fields that spread by 1 mT, 5 standard errors; the rates are good to some per cent.
        assert abs(float(points.coercivity) - expected) < 0.65e-3
        assert f"{1e3 * float(points.coercivity):.2f} mT" in out
    elif name_of(block) == "laboratory":
        intervals = re.findall(r"interval ([\d.]+) to ([\d.]+) us", out)
        (low, high), (simulated_low, simulated_high) = ((float(a), float(b)) for a, b in intervals)
        # Both 95 % intervals hold about 2.4 us with these seeds; that they overlap fails once in 200.
        assert low < simulated_high and simulated_low < high
    elif name_of(block) == "calibration":
        fit = scope["fit"]
        assert fit.goodness.p_value > 1e-4
        low, high = fit.interval("free_layer.interfacial_anisotropy", 0.9999)
        assert low < 1.151e-3 < high
        assert "thermal_stability" in out
    elif name_of(block) in ("learning", "recorded"):
        assert float(re.search(r"accuracy ([\d.]+)%", out)[1]) > 60.0
    elif name_of(block).startswith("torch"):
        learner, test = scope["learner"], mp.learning.digits().test
        outputs = scope["module"](scope["torch"].from_numpy(test.inputs))
        assert float((outputs.argmax(1).numpy() == test.targets).mean()) > 0.8
        assert name_of(block) == "torch-recorded" or learner.cost.updates == learner.updates == 79
    elif name_of(block) == "windows":
        assert scope["inputs"].shape == (64, 1, 1000) and scope["labels"].shape == (64, 3)
        assert len(scope["train"]) == 12 * 6 and len(scope["test"]) == 2 * 6
    else:
        assert scope["sweep"].parallel_share.shape == (4, 3, 16)
        scope["sweep"].close()
        with mp.resume(tmp_path / "sweep.nc") as again:
            assert again.sizes["time"] == 1000


def test_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert [command.split()[0] for command in COMMANDS] == ["calibrate", "calibrate", "info", "simulate", "analyse"]
    write_laboratory(tmp_path)
    for command in COMMANDS:
        if "--template" in command:
            command = command.replace("LAB.toml", "template.toml")  # what is complete stays
        monkeypatch.setattr("sys.argv", ["mtjphys", *command.split("#")[0].split()])
        with warnings.catch_warnings(), pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr().err
        assert stop.value.code == 0, said
        assert "warning" not in said
    assert {path.name for path in tmp_path.glob("*.png")} == {"run.png", "schnitzspan_2023_telegraph.png"}
    assert len((tmp_path / "FOLDER" / "prediction.csv").read_text().splitlines()) == 5


def test_links_lead_somewhere() -> None:
    root = Path(__file__).parents[2]
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if "://" not in target and not (root / target).exists()] == []


def test_no_number_is_left_open() -> None:
    assert re.findall(r"<<.*?>>", README, re.DOTALL) == []


def test_commands_and_specification_of_datasets_are_understood(monkeypatch, capsys) -> None:
    pytest.importorskip("zarr")
    (text,) = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert mp.datasets.Specification.from_toml(text).shape == (64, 3, 4)
    commands = [
        line.partition("#")[0].split() for line in re.findall(r"^    mtjphys (dataset .*)$", README, re.MULTILINE)
    ]
    assert len(commands) == 6
    for _, command, *arguments in commands:
        monkeypatch.setattr("sys.argv", ["mtjphys", "dataset", command, "--help"])
        with pytest.raises(SystemExit):
            cli.main()
        known = capsys.readouterr().out
        for option in (word for word in arguments if word.startswith("--")):
            assert option in known
        for specification in (word for word in arguments[:1] if command == "make" and "." not in word):
            assert specification in mp.datasets.READY
