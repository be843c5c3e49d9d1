"""Options of the command line: units, the version, and Ctrl-C before any command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from calling import Call

import mtjphys as mp
from mtjphys.cli import start
from mtjphys.core.parameters import split_toml

JUNCTION = "schnitzspan_2023"


def test_options_take_units(tmp_path: Path, call: Call) -> None:
    output = tmp_path / "run.nc"
    options = (
        "--duration",
        "100ns",
        "--sample-interval",
        "0.1 ns",
        "--voltage",
        "50mV",
        "--series-resistance",
        "10kohm",
    )
    answer = call("simulate", JUNCTION, *options, "--field", "1mT", "20Oe", "0", "--output", output, "--quiet")
    assert answer.code == 0, answer.err
    with xr.open_dataset(output, engine="h5netcdf") as run:
        bias = mp.Bias.from_toml(split_toml("bias", run.attrs["biases"])[0])
        assert bias == mp.Bias(voltage=0.05, field=(1e-3, 2e-3, 0.0), series_resistance=1e4)
        assert run.sizes["time"] == 1000


@pytest.mark.parametrize(
    ("option", "text"), [("--duration", "10 parsec"), ("--voltage", "50mA"), ("--temperature", "3 eV")]
)
def test_another_unit_is_one_sentence(tmp_path: Path, call: Call, option: str, text: str) -> None:
    answer = call("simulate", JUNCTION, "--duration", "1ns", option, text, "--output", tmp_path / "run.nc")
    assert answer.code == 2
    assert f"'{text}' is not a number in" in answer.err


def test_version(call: Call) -> None:
    assert call("--version").out == f"mtjphys {mp.__version__}\n"


def test_ctrl_c_while_the_commands_are_imported_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "mtjphys.cli.app")
    monkeypatch.delattr("mtjphys.cli.app")
    monkeypatch.setattr("builtins.__import__", interrupted)
    with pytest.raises(SystemExit) as stop:
        start.main()
    monkeypatch.undo()
    assert stop.value.code == 130
    assert capsys.readouterr().err == "mtjphys: interrupted\n"
