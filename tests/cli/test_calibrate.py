"""``mtjphys calibrate``."""

from pathlib import Path

import pandas as pd
import pytest
from laboratories import perpendicular

import mtjphys as mp
from mtjphys import cli

LAB = """
[[measurement]]
kind = "dwell_times"
voltage = ["-10 mV", "0 mV", "10 mV"]
parallel = ["290 us", "330 us", "380 us"]
antiparallel = ["230 us", "200 us", "175 us"]
parallel_count = 300
antiparallel_count = 300

[junction]
preset = "rehm_2023"

[junction.free_layer]
volume = 2.8e-25

[fit]
free = ["free_layer.uniaxial_anisotropy", "reference.stray_field.z"]
starts = 1
"""


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["mtjphys", "calibrate", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return int(stop.value.code or 0)


@pytest.fixture
def laboratory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "LAB.toml"
    path.write_text(LAB)
    return path


def test_a_description_becomes_a_junction_a_report_and_predictions(laboratory, monkeypatch, capsys) -> None:
    (laboratory.parent / "conditions.csv").write_text("voltage,temperature\n0.0,300\n0.0,310\n")
    assert run(monkeypatch, "LAB.toml", "--predict", "conditions.csv", "-o", "found") == 0
    out = capsys.readouterr().out
    assert "free_layer.uniaxial_anisotropy" in out
    assert "thermal_stability" in out
    folder = laboratory.parent / "found"
    assert sorted(file.name for file in folder.iterdir()) == [
        "figure.png",
        "junction.toml",
        "parameters.csv",
        "prediction.csv",
        "report.html",
    ]
    junction = mp.MTJ.from_toml(folder / "junction.toml")
    times = mp.fokker_planck.dwell_times(junction)
    assert times.parallel == pytest.approx(330e-6, rel=0.2)
    table = pd.read_csv(folder / "prediction.csv")
    assert table.dwell_time[0] > table.dwell_time[1]  # warmer is faster
    assert ((table.low < table.dwell_time) & (table.dwell_time < table.high)).all()


def test_a_folder_that_holds_a_calibration_is_left_alone(laboratory, monkeypatch, capsys) -> None:
    (laboratory.parent / "LAB").mkdir()
    (laboratory.parent / "LAB" / "report.html").write_text("")
    assert run(monkeypatch, "LAB.toml") == 2
    assert "holds a calibration already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (LAB.replace('preset = "rehm_2023"', ""), "FreeLayer"),
        (LAB[: LAB.index("[junction]")], "[junction] is missing"),
        (LAB.replace("starts = 1", "begin = 1"), "fit.begin: unknown"),
        (LAB.replace("rehm_2023", "rehm"), "did you mean rehm_2023"),
        (LAB.replace("rehm_2023", "start.toml"), "start.toml"),
    ],
)
def test_what_is_wrong_is_one_sentence(laboratory, monkeypatch, capsys, text: str, sentence: str) -> None:
    laboratory.write_text(text)
    assert run(monkeypatch, "LAB.toml") == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.startswith("mtjphys: error: ")


def test_without_a_description_it_says_how_to_make_one(laboratory, monkeypatch, capsys) -> None:
    assert run(monkeypatch) == 2
    assert "--template FILE -o LAB.toml" in capsys.readouterr().err
    (laboratory.parent / "data.csv").write_text("t (ns),switched,trials\n1,2,100\n2,60,100\n3,90,100\n")
    assert run(monkeypatch, "--template", "data.csv", "-o", "new.toml") == 0
    assert "switching_probability" in (laboratory.parent / "new.toml").read_text()
    assert run(monkeypatch, "--template", "data.csv", "-o", "new.toml") == 2


DEVICES = """
[[measurement]]
kind = "resistance"
file = "resistances.csv"
columns = {device = "die", resistance = "R", error = "dR"}
voltage = 0
state = "parallel"

[junction]
file = "start.toml"

[fit]
free = ["barrier.resistance_parallel"]
starts = 1
"""


@pytest.fixture
def wafer(laboratory) -> Path:
    laboratory.write_text(DEVICES)
    folder = laboratory.parent
    (folder / "start.toml").write_text(perpendicular().to_toml())
    rows = [f"{die},{5.0 + 0.1 * k},0.01" for k, die in enumerate("ABCDEF")]
    (folder / "resistances.csv").write_text("\n".join(["die,R (kohm),dR (kohm)", *rows, "G,-1,0.01"]) + "\n")
    (folder / "map.csv").write_text("device,x,y,laboratory\nA,0,0,LAB.toml\nB,1,0,LAB.toml\nD,1,1,LAB.toml\n")
    return folder


@pytest.mark.parametrize(("given", "devices"), [("LAB.toml", "6 of 7"), ("devices", "3 of 3")])
def test_many_devices_become_a_population(wafer, monkeypatch, capsys, given: str, devices: str) -> None:
    for device in "ABC":
        text = DEVICES.replace("resistances.csv", "../resistances.csv").replace("start.toml", "../start.toml")
        (wafer / "devices").mkdir(exist_ok=True)
        (wafer / "devices" / f"{device}.toml").write_text(text)
    assert run(monkeypatch, given, "-o", "found") == 0
    out = capsys.readouterr().out
    assert f"{devices} devices calibrated" in out
    assert "spread" in out
    names = ["devices", "devices.csv", "figure.png", "report.html", "variability.toml"]
    assert sorted(file.name for file in (wafer / "found").iterdir()) == names
    chip = mp.Variability.from_toml(wafer / "found" / "variability.toml").junctions(3)
    assert all(4e3 < junction.resistance_parallel < 7e3 for junction in chip)
    if devices == "6 of 7":
        assert "G " in out
        assert "resistance[0]=-1000" in out


def test_options_that_do_not_go_with_many_devices_are_refused(wafer, monkeypatch, capsys) -> None:
    assert run(monkeypatch, "map.csv", "--predict", "conditions.csv") == 2
    assert "--predict is for one junction" in capsys.readouterr().err
    (wafer / "ONE.toml").write_text(DEVICES.replace('device = "die", ', ""))
    assert run(monkeypatch, "ONE.toml", "--scheduler", "tcp://127.0.0.1:1") == 2
    assert "--scheduler is for many devices" in capsys.readouterr().err
    assert not (wafer / "map").exists()


def test_an_interrupted_fit_says_how_to_go_on(laboratory, monkeypatch, capsys) -> None:
    def stopped(self: object, folder: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mtjphys.calibration.Calibration.report", stopped)
        assert run(monkeypatch, "LAB.toml", "-o", "found") == 130
    assert "the same command again, with -o found, goes on from here" in capsys.readouterr().err
    kept = laboratory.parent / "found" / "answers.jsonl"
    assert len(kept.read_text().splitlines()) > 10
    assert run(monkeypatch, "LAB.toml", "-o", "found") == 0
    assert not kept.exists()
