"""The command line: what it prints and writes, and one clear sentence and exit code 2 for every mistake."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from calling import COMMAND, Call

import mtjphys as mp
from mtjphys import cli
from mtjphys.cli import inputs, simulate

STACK = """\
[free_layer]
saturation_magnetisation = 1.1e6
diameter = 50e-9
thickness = 3e-9
interfacial_anisotropy = 1.2e-3
uniaxial_anisotropy = [1500.0, [1.0, 0.0, 0.0]]
damping = 0.015

[barrier]
thickness = 1.1e-9
resistance_area_product = 15e-12
tunnel_magnetoresistance = 0.63

[reference]
direction = [1.0, 0.0, 0.0]
"""
JUNCTION = "schnitzspan_2023"
SHORT = ("--duration", "1e-8", "--quiet")


def telegraph_lines() -> list[str]:
    """Return a good measured trace: a header and 2000 lines, flips every 20 samples of 25 us."""
    trace = mp.telegraph.sample(
        rate_up=2e3, rate_down=2e3, sample_interval=25e-6, samples=2000, levels=(36e-3, 48e-3), noise=1e-3, seed=1
    )
    rows = [f"{k * 25e-6:.7g},{value:.6g}" for k, value in enumerate(trace.values)]
    return ["time (s),V (V)", *rows]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of good and bad inputs."""
    folder = tmp_path_factory.mktemp("inputs")

    def stack(name: str, old: str = "", new: str = "", more: str = "") -> None:
        assert old in STACK
        (folder / f"{name}.toml").write_text(STACK.replace(old, new, 1) + more, encoding="utf-8")

    stack("good", more="\n[bias]\nvoltage = 0.05\n")
    stack("negative_thickness", "thickness = 3e-9", "thickness = -3e-9")
    stack("tesla", "1.1e6", "1.2")
    stack("emu", "1.1e6", "1100.0")
    stack("nanometres", "diameter = 50e-9", "diameter = 50.0")
    stack("area_product", "15e-12", "15.0")
    stack("per_cent", "0.63", "63.0")
    stack("damping", "damping = 0.015", "damping = 15.0")
    stack("unknown_field", "thickness = 3e-9", "thikness = 3e-9")
    stack("unknown_table", "[reference]", "[referense]")
    stack("text", "damping = 0.015", 'damping = "small"')
    stack("nan", "damping = 0.015", "damping = nan")
    stack("no_direction", "direction = [1.0", "direction = [0.0")
    stack("broken", "damping = 0.015", "damping =")
    stack("zero_pulse", more='[bias.voltage]\nkind = "pulse_train"\namplitude = 0.3\nwidth = 0.0\nperiod = 1e-9\n')
    stack("no_waveform", more='[bias.voltage]\nkind = "sawtooth"\n')
    stack("bias_field", more="[bias]\nfrequency = 3.0\n")
    stack("bias_vector", more="[bias]\nfield = [0.1, 0.2]\n")
    stack("bias_both", more="[bias]\nvoltage = 0.1\ncurrent = 1e-6\n")
    stack("bias_millivolts", more="[bias]\nvoltage = 100.0\n")
    (folder / "bias_number.toml").write_text("bias = 3\n" + STACK, encoding="utf-8")
    (folder / "binary.toml").write_bytes(bytes(range(256)))

    lines = telegraph_lines()

    def csv(name: str, lines: list[str]) -> None:
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")

    csv("good", lines)
    csv("truncated", [*lines[:500], lines[500].split(",")[0]])
    csv("words", [*lines[:500], "0.0125,off", *lines[501:]])
    csv("inf", [*lines[:500], "0.0125,inf", *lines[501:]])
    csv("gap", [*lines[:500], *lines[700:]])
    csv("header", lines[:1])
    csv("short", lines[:20])
    csv("constant", [line.split(",")[0] + ",0.036" for line in lines[1:]])
    csv("no_time", [line.split(",")[1] for line in lines[1:]])
    (folder / "empty.csv").write_text("", encoding="utf-8")
    (folder / "broken.parquet").write_bytes(b"PAR1abc")
    (folder / "broken.nc").write_text("not a netCDF file", encoding="utf-8")
    (folder / "broken.npy").write_bytes(b"\x93NUMPY")
    values = np.array([float(line.split(",")[1]) for line in lines[1:]])
    np.save(folder / "good.npy", values)
    np.save(folder / "matrix.npy", values.reshape(2, -1))
    values[7] = np.inf
    np.save(folder / "inf.npy", values)
    return folder


# What is called, and what the one sentence must name: the value, and what to do about it.
WRONG: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "negative thickness": (("simulate", "negative_thickness.toml", *SHORT), ("thickness=-3e-09 m", "[1e-10, 1e-06] m")),
    "magnetisation in tesla": (("info", "tesla.toml"), ("1.2 looks like tesla", "9.55e5")),
    "magnetisation in emu/cm3": (("info", "emu.toml"), ("looks like emu/cm3", "1.1e6")),
    "diameter in nm": (("info", "nanometres.toml"), ("50 looks like nanometres", "5e-8")),
    "RA in ohm um2": (("info", "area_product.toml"), ("15 looks like ohm um2", "1.5e-11")),
    "TMR in per cent": (("info", "per_cent.toml"), ("63 looks like per cent", "0.63")),
    "damping": (("info", "damping.toml"), ("damping=15.0", "[0, 1]")),
    "unknown field": (("info", "unknown_field.toml"), ("thikness", "did you mean thickness")),
    "unknown table": (("info", "unknown_table.toml"), ("referense", "did you mean reference")),
    "text for a number": (("info", "text.toml"), ("damping='small'", "number")),
    "NaN parameter": (("info", "nan.toml"), ("damping=nan", "finite")),
    "zero vector": (("info", "no_direction.toml"), ("(0.0, 0.0, 0.0)", "non-zero vector")),
    "not TOML": (("info", "broken.toml"), ("broken.toml", "line 7")),
    "binary TOML": (("info", "binary.toml"), ("binary.toml", "cannot be read as a TOML file")),
    "folder for a TOML file": (("info", "."), ("cannot be read",)),
    "zero-length pulse": (("simulate", "zero_pulse.toml", *SHORT), ("width=0.0 s", "(0,")),
    "unknown waveform": (("simulate", "no_waveform.toml", *SHORT), ("'sawtooth'", "pulse_train")),
    "unknown bias": (("simulate", "bias_field.toml", *SHORT), ("bias_field.toml", "frequency: unknown")),
    "two-component field": (("simulate", "bias_vector.toml", *SHORT), ("(0.1, 0.2)", "three components")),
    "voltage and current in a file": (("info", "bias_both.toml"), ("0.1 V", "1e-06 A", "give one of the two")),
    "bias in millivolts": (("info", "bias_millivolts.toml"), ("voltage=100.0 V", "multiply by 1e-3")),
    "bias that is no table": (("info", "bias_number.toml"), ("bias=3", "[bias]")),
    "voltage": (("simulate", JUNCTION, *SHORT, "--voltage", "50"), ("voltage=50.0 V", "multiply by 1e-3")),
    "field in mT": (("simulate", JUNCTION, *SHORT, "--field", "30", "0", "0"), ("field=30.0 T", "mT")),
    "one field component": (("simulate", JUNCTION, *SHORT, "--field", "30"), ("--field", "3 arguments")),
    "temperature in degC": (("simulate", JUNCTION, *SHORT, "--temperature", "-5"), ("-5.0 K", "add 273.15")),
    "NaN temperature": (("simulate", JUNCTION, *SHORT, "--temperature", "nan"), ("nan", "finite")),
    "above Curie": (("simulate", JUNCTION, *SHORT, "--temperature", "1500"), ("1500 K", "lower")),
    "current in uA": (("simulate", JUNCTION, *SHORT, "--current", "5"), ("current=5.0 A", "multiply by 1e-6")),
    "voltage and current": (
        ("simulate", JUNCTION, *SHORT, "--current", "1e-6", "--voltage", "0.1"),
        ("give one of the two",),
    ),
    "negative resistor": (("simulate", JUNCTION, *SHORT, "--series-resistance", "-1"), ("-1.0 ohm", "not negative")),
    "no replica": (("simulate", JUNCTION, *SHORT, "--replicas", "0"), ("replicas=0", "at least 1")),
    "replicas as a float": (("simulate", JUNCTION, *SHORT, "--replicas", "1e3"), ("--replicas 1e3", "integer")),
    "more lanes than memory": (
        ("simulate", JUNCTION, *SHORT, "--replicas", "1000000000000"),
        ("1,000,000,000,000 lanes", "GiB", "use fewer"),
    ),
    "negative seed": (("simulate", JUNCTION, *SHORT, "--seed", "-1"), ("seed=-1", "at least 0")),
    "step too large": (
        ("simulate", JUNCTION, *SHORT, "--step", "1e-9", "--sample-interval", "1e-9"),
        ("step=1e-09 s", "use at most"),
    ),
    "step that does not fit": (
        ("simulate", JUNCTION, *SHORT, "--step", "3e-13", "--sample-interval", "1e-9"),
        ("3e-13 s", "give a multiple"),
    ),
    "negative step": (("simulate", JUNCTION, *SHORT, "--step", "-1e-12"), ("step=-1e-12 s", "(0,")),
    "long interval": (("simulate", JUNCTION, *SHORT, "--sample-interval", "1e-7"), ("1e-07 s", "sample more often")),
    "negative duration": (("simulate", JUNCTION, "--duration", "-1"), ("duration=-1.0 s", "(0,")),
    "duration in words": (("simulate", JUNCTION, "--duration", "soon"), ("--duration soon", "valid")),
    "no duration": (("simulate", JUNCTION), ("--duration is missing", "1e-6")),
    "no junction": (("simulate", *SHORT), ("no junction", "mtjphys info")),
    "unknown preset": (
        ("simulate", "schnitzspan_2022", *SHORT),
        ("'schnitzspan_2022'", "did you mean schnitzspan_2023"),
    ),
    "missing file": (("simulate", "missing.toml", *SHORT), ("missing.toml: no such file",)),
    "unknown state": (("simulate", JUNCTION, *SHORT, "--initial", "up"), ("initial='up'", "'random'")),
    "unknown integrator": (("simulate", JUNCTION, *SHORT, "--integrator", "euler"), ("'euler'", "midpoint")),
    "no threads": (("simulate", JUNCTION, *SHORT, "--threads", "0"), ("threads=0", "at least 1")),
    "negative settling": (("simulate", JUNCTION, *SHORT, "--settle", "-1e-9"), ("settle=-1e-09 s", "[0,")),
    "no folder for the output": (
        ("simulate", JUNCTION, *SHORT, "--output", "nowhere/run.nc"),
        ("the folder nowhere does not exist",),
    ),
    "folder as the output": (("simulate", JUNCTION, *SHORT, "--output", "."), ("give the name of a file",)),
    "existing output": (
        ("simulate", JUNCTION, *SHORT, "--output", "broken.nc"),
        ("broken.nc: exists already", "--overwrite"),
    ),
    "output of another format": (
        ("simulate", JUNCTION, *SHORT, "--output", "m.zarr"),
        ("m.zarr: runs are written as netCDF files", "ends in .nc"),
    ),
    "figure suffix": (
        ("simulate", JUNCTION, *SHORT, "--output", "run.nc", "--figure", "run.bmp"),
        ("run.bmp", ".png, .pdf or .svg"),
    ),
    "no folder for the figure": (
        ("simulate", JUNCTION, *SHORT, "--output", "run.nc", "--figure", "nowhere/run.png"),
        ("the folder nowhere does not exist",),
    ),
    "resume nothing": (("simulate", "--resume", "missing.nc"), ("missing.nc: no such file",)),
    "resume no run": (("simulate", "--resume", "broken.nc"), ("broken.nc", "no run that can be continued")),
    "junction and resume": (("simulate", JUNCTION, "--resume", "broken.nc"), ("give one of them",)),
    "temperature of info": (("info", JUNCTION, "--temperature", "-3"), ("-3.0 K", "degC")),
    "truncated CSV": (("analyse", "truncated.csv"), ("line 501", "found 1 of 2 columns", "truncated")),
    "words in a CSV": (("analyse", "words.csv"), ("line 501", "'off'", "expected a number")),
    "infinity in a trace": (("analyse", "inf.csv"), ("line 501", "inf", "cut this line out")),
    "infinity in an array": (
        ("analyse", "inf.npy", "--sample-interval", "25e-6"),
        ("sample 7 is inf", "cut these samples out"),
    ),
    "uneven CSV": (("analyse", "gap.csv"), ("line 501", "even sampling")),
    "empty CSV": (("analyse", "empty.csv"), ("the file is empty",)),
    "header alone": (("analyse", "header.csv"), ("holds no numbers",)),
    "short CSV": (("analyse", "short.csv"), ("19 samples", "at least 100")),
    "constant CSV": (("analyse", "constant.csv"), ("0.036", "check the channel")),
    "no time": (("analyse", "no_time.csv"), ("pass the sampling interval", "sample_interval")),
    "no such trace": (("analyse", "missing.csv"), ("missing.csv: no such file",)),
    "folder as a trace": (("analyse", "."), ("is a folder",)),
    "unknown column": (("analyse", "good.csv", "--column", "W"), ("'W'", "'V (V)'")),
    "negative interval": (("analyse", "good.csv", "--sample-interval", "-1"), ("sample_interval=-1.0 s", "25e-6")),
    "unknown method": (("analyse", "good.csv", "--method", "magic"), ("'magic'", "'hmm'")),
    "negative dead time": (("analyse", "good.csv", "--dead-time", "-1"), ("dead_time=-1.0 s", "[0,")),
    "lane of a CSV": (("analyse", "good.csv", "--replica", "3"), ("replica=3", "leave them out")),
    "broken parquet": (("analyse", "broken.parquet"), ("not a readable parquet file",)),
    "broken netCDF": (("analyse", "broken.nc"), ("not a readable netCDF-4 file",)),
    "broken npy": (("analyse", "broken.npy", "--sample-interval", "1e-6"), ("not a readable .npy array",)),
    "matrix": (("analyse", "matrix.npy", "--sample-interval", "1e-6"), ("(2, 1000)", "one dimension")),
    "suffix of analyse": (("analyse", "good.csv", "--figure", "x.xyz"), ("x.xyz", ".png, .pdf or .svg")),
    "existing result": (("analyse", "good.csv", "--output", "broken.nc"), ("exists already", "--overwrite")),
    "existing figure": (
        ("analyse", "good.npy", "--sample-interval", "1e-6", "--figure", "old.png"),
        ("exists already",),
    ),
    "demo into a file": (("demo", "--output", "broken.nc"), ("broken.nc: is a file", "--output")),
    "unknown option": (("simulate", JUNCTION, "--colour", "red"), ("--colour", "--help")),
    "unknown command": (("frobnicate",), ("'frobnicate'", "--help")),
    "nothing to analyse": (("analyse",), ("Missing argument", "--help")),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_is_one_sentence_and_exit_code_two(
    name: str, files: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    (files / "old.png").touch()
    before = {path.name for path in files.iterdir()}
    arguments, fragments = WRONG[name]
    answer = call(*arguments)
    assert answer.code == 2
    assert answer.err.startswith("mtjphys: error: ")
    assert answer.err.count("\n") == 1 and answer.err.endswith("\n")
    for fragment in fragments:
        assert fragment in answer.err
    assert "Traceback" not in answer.err + answer.out
    assert {path.name for path in files.iterdir()} == before


@pytest.mark.parametrize("name", ["truncated CSV", "duration in words"])
def test_a_wrong_call_in_a_process_of_its_own(name: str, files: Path) -> None:
    arguments, fragments = WRONG[name]
    result = subprocess.run([*COMMAND, *arguments], cwd=files, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("mtjphys: error: ") and result.stderr.count("\n") == 1
    assert all(fragment in result.stderr for fragment in fragments)


def test_unwritable_folder(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs.os, "access", lambda path, mode: False)  # root may write anywhere
    answer = call("simulate", JUNCTION, *SHORT, "--output", tmp_path / "run.nc")
    assert answer.code == 2
    assert "is not writable; choose another one" in answer.err


def test_a_full_disk_is_one_sentence(files: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(figure: object, path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("mtjphys.cli.analyse.save_figure", full)
    monkeypatch.chdir(files)
    answer = call("analyse", "good.csv")
    assert answer == (2, answer.out, "mtjphys: error: good_telegraph.png: No space left on device\n")


def test_an_error_of_ours_keeps_its_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> object:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("mtjphys.junction.presets.load", broken)
    monkeypatch.setattr(sys, "argv", ["mtjphys", "info", JUNCTION])
    with warnings.catch_warnings(), pytest.raises(ZeroDivisionError, match="ours"):
        cli.main()


# What works


def test_help_and_no_arguments(call: Call) -> None:
    for arguments in ((), ("--help",), ("simulate", "--help")):
        answer = call(*arguments)
        assert answer.code == 0
        assert "Usage: mtjphys" in answer.out


def test_info_lists_every_preset_with_its_source(call: Call) -> None:
    answer = call("info")
    assert answer.code == 0
    for name in mp.presets.names():
        assert f"{name} " in answer.out
        assert mp.presets.source(name) in answer.out


@pytest.mark.parametrize("name", mp.presets.names())
def test_info_of_a_preset_says_where_each_value_comes_from(name: str, call: Call) -> None:
    answer = call("info", name)
    assert answer.code == 0
    assert "thermal stability" in answer.out
    for parameter, text in mp.presets.provenance(name).items():
        assert f"{parameter}: {text}" in answer.out


def test_info_as_toml_is_the_same_junction(tmp_path: Path, call: Call) -> None:
    path = tmp_path / "junction.toml"
    path.write_text(call("info", JUNCTION, "--toml").out, encoding="utf-8")
    assert mp.MTJ.from_toml(path) == mp.presets.load(JUNCTION)


def test_simulate_gives_what_the_library_gives(files: Path, tmp_path: Path, call: Call) -> None:
    output, figure = tmp_path / "run.nc", tmp_path / "run.png"
    answer = call(
        "simulate", files / "good.toml", "--duration", 1e-7, "--sample-interval", 1e-9, "--replicas", 3, "--seed", 5,
        "--field", 0, 0.002, 0, "--initial", "antiparallel", "--settle", 2e-9, "--quiet",
        "--output", output, "--figure", figure,
    )  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    assert figure.read_bytes().startswith(b"\x89PNG")
    path = tmp_path / "stack.toml"
    path.write_text(STACK, encoding="utf-8")
    expected = mp.simulate(
        mp.MTJ.from_toml(path),
        mp.Bias(voltage=0.05, field=(0.0, 0.002, 0.0)),
        duration=1e-7,
        sample_interval=1e-9,
        replicas=3,
        seed=5,
        initial="antiparallel",
        settle=2e-9,
    )
    with xr.open_dataset(output, engine="h5netcdf") as run:
        for name in ("m", "resistance", "voltage"):
            np.testing.assert_array_equal(run[name], expected[name])
        assert run.attrs["seed"] == 5
    resistance = expected.resistance
    assert f"{float(resistance.mean()):.5g} ohm" in answer.out
    assert f"{float(resistance.std()):.4g} ohm" in answer.out
    assert not list(tmp_path.glob("*.part*"))


def test_an_option_takes_the_place_of_the_file(files: Path, tmp_path: Path, call: Call) -> None:
    for source, name in (("--voltage", "voltage"), ("--current", "current")):
        output = tmp_path / f"{name}.nc"
        assert call("simulate", files / "good.toml", *SHORT, source, "2e-6", "--output", output).code == 0
        with xr.open_dataset(output, engine="h5netcdf") as run:
            assert f"{name} = 2e-06" in run.attrs["biases"]


def test_overwrite(tmp_path: Path, call: Call) -> None:
    output = tmp_path / "run.nc"
    output.write_text("old", encoding="utf-8")
    assert call("simulate", JUNCTION, *SHORT, "--output", output, "--overwrite").code == 0
    with xr.open_dataset(output, engine="h5netcdf") as run:
        assert run.sizes["time"] == 1000


def test_a_killed_run_is_named_before_it_is_replaced(tmp_path: Path, call: Call) -> None:
    output = tmp_path / "run.nc"
    assert call("simulate", JUNCTION, *SHORT, "--output", output).code == 0
    output.rename(tmp_path / "run.nc.part")
    code, _, err = call("simulate", JUNCTION, *SHORT, "--output", output)
    assert code == 2 and f"continue it with mtjphys simulate --resume {output}" in err
    assert call("simulate", "--resume", output).code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


def test_statistics_do_not_depend_on_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    normal = np.random.default_rng(1).normal(5.0, 2.0, (1, 2, 3, 500))
    values = xr.DataArray(normal, dims=("device", "bias", "replica", "time"))
    monkeypatch.setattr(simulate, "PIECE", 6 * 64)
    pieces = list(simulate.pieces(values))
    assert [piece.shape for piece in pieces] == [(6, 64)] * 7 + [(6, 52)]
    expected = [float(f(normal)) for f in (np.mean, np.std, np.min, np.max)]
    np.testing.assert_allclose(simulate.statistics(values), expected, rtol=1e-12)


def test_analyse_a_measured_trace(files: Path, tmp_path: Path, call: Call) -> None:
    figure, output = tmp_path / "trace.pdf", tmp_path / "trace.nc"
    answer = call("analyse", files / "good.csv", "--figure", figure, "--output", output)
    assert answer.code == 0
    result = mp.telegraph.analyse(files / "good.csv")
    assert f"{result.rate_up.value:.5g} 1/s" in answer.out
    assert f"[{result.rate_up.low:.5g}, {result.rate_up.high:.5g}]" in answer.out
    assert figure.read_bytes().startswith(b"%PDF")
    with xr.open_dataset(output, engine="h5netcdf") as saved:
        assert float(saved["rate_up"]) == result.rate_up.value


def test_analyse_a_simulated_run(tmp_path: Path, call: Call) -> None:
    output = tmp_path / "run.nc"
    arguments = ("--duration", 2e-6, "--sample-interval", 1e-9, "--replicas", 2, "--quiet")
    assert call("simulate", JUNCTION, *arguments, "--output", output).code == 0
    answer = call("analyse", output, "--method", "threshold", "--replica", 1)
    assert answer.code == 0
    assert (tmp_path / "run_telegraph.png").is_file()
    assert "dwell" in answer.out


# Ctrl-C


def test_ctrl_c_keeps_what_is_done_and_resume_gives_the_same_bits(tmp_path: Path, call: Call) -> None:
    path, part = tmp_path / "long.nc", tmp_path / "long.nc.part"
    interval = 1e-10
    options = ("--sample-interval", f"{interval}", "--replicas", "2", "--seed", "3", "--quiet")
    command = [*COMMAND, "simulate", JUNCTION, "--duration", "1e-3", *options, "--output", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60.0
        while not part.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err == f"mtjphys: interrupted; continue with: mtjphys simulate --resume {path}\n"
    assert not part.exists()
    with xr.open_dataset(path, engine="h5netcdf") as run:
        done = run.sizes["time"]
        assert 0 < done < 10_000_000
        assert np.isfinite(run.resistance.values).all()

    duration = (done + 777) * interval
    assert call("simulate", "--resume", path, "--duration", duration, "--quiet").code == 0
    straight = tmp_path / "straight.nc"
    assert call("simulate", JUNCTION, "--duration", duration, *options, "--threads", 1, "--output", straight).code == 0
    with xr.open_dataset(path, engine="h5netcdf") as run, xr.open_dataset(straight, engine="h5netcdf") as expected:
        assert run.sizes["time"] == done + 777
        assert run.identical(expected)


def test_ctrl_c_elsewhere_is_exit_code_130(files: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mtjphys.telegraph.analyse", interrupted)
    assert call("analyse", files / "good.csv") == (130, "", "mtjphys: interrupted\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_is_no_error(unbuffered: str) -> None:
    read, write = os.pipe()
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    process = subprocess.Popen([*COMMAND, "info"], stdout=write, stderr=subprocess.PIPE, text=True, env=environment)
    os.close(write)
    os.close(read)
    assert process.communicate(timeout=60)[1] == ""


def test_a_surrogate_is_resumed_and_its_toml_named(tmp_path: Path, call: Call) -> None:
    device = mp.surrogate.from_measurement([0.0], [1e-3], [1e-3], resistance_parallel=1e3, resistance_antiparallel=2e3)
    path, text = tmp_path / "two.nc", tmp_path / "two.toml"
    mp.simulate(device, duration=0.1, output=path).close()
    code, out, _ = call("simulate", "--resume", str(path), "--duration", "0.2", "--quiet")
    assert code == 0 and "2,000 every 0.0001 s" in out
    text.write_text(device.to_toml(), encoding="utf-8")
    code, _, err = call("simulate", str(text), "--duration", "1")
    assert code == 2 and "a two-state surrogate, not a junction" in err
