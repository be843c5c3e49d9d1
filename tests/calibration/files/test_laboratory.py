"""Descriptions of laboratories: where a fit starts."""

from pathlib import Path

import pytest

import mtjphys as mp
from mtjphys.calibration.files import read_laboratory
from mtjphys.core.errors import ParameterError

MEASURED = '[[measurement]]\nkind = "occupation"\nvoltage = 0\nantiparallel = 0.4\nerror = 0.01\n'


def start(tmp_path: Path, text: str) -> mp.MTJ:
    (tmp_path / "LAB.toml").write_text(MEASURED + text)
    return read_laboratory(tmp_path / "LAB.toml").start


def test_a_preset_is_changed_by_tables(tmp_path: Path) -> None:
    junction = start(tmp_path, '[junction]\npreset = "rehm_2023"\n[junction.free_layer]\ndamping = 0.02\n')
    assert junction == mp.presets.rehm_2023().with_parameters({"free_layer.damping": 0.02})


def test_a_file_is_relative_to_the_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "device.toml").write_text(mp.presets.funatsu_2022().to_toml())
    assert start(tmp_path, '[junction]\nfile = "device.toml"\n') == mp.presets.funatsu_2022()


def test_tables_alone_are_a_junction(tmp_path: Path) -> None:
    text = '[junction.free_layer]\nsaturation_magnetisation = "1000 emu/cm3"\ndiameter = "40 nm"\nthickness = "2 nm"\n'
    assert start(tmp_path, text).free_layer.saturation_magnetisation == 1e6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"\[junction\] is missing"),
        ('[junction]\npreset = "rehm"\n', "did you mean rehm_2023"),
        ("[fit]\nbegin = 1\n", r"fit\.begin: unknown"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        start(tmp_path, text)


def test_ranges_of_conditions_have_units(tmp_path: Path) -> None:
    text = """
[[measurement]]
kind = "resistance"
label = "bias 3"
voltage = 0.01
resistance = [5e3]
error = [10.0]

[fit]
ranges = {"offset.field.x[bias 3]" = ["-3 mT", "30 Oe"]}
"""
    path = tmp_path / "LAB.toml"
    path.write_text(text)
    assert read_laboratory(path).fit["ranges"]["offset.field.x[bias 3]"] == pytest.approx([-3e-3, 3e-3])
    path.write_text(text.replace("30 Oe", "30 K"))
    with pytest.raises(ParameterError, match=r"offset.field.x\[bias 3\]"):
        read_laboratory(path)
