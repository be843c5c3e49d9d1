"""Waveforms from numbers, mappings and TOML; what there is of them."""

from pathlib import Path

import numpy as np
import pytest
from waveform_checks import check_refused

from mtjphys.bias.waveforms import WAVEFORMS, Constant, Sine, along, as_waveform, from_toml
from mtjphys.core.errors import ParameterError


def test_each_shape_stands_in_a_file_of_its_name_and_has_a_test():
    assert len(WAVEFORMS) >= 7
    for kind, shape in WAVEFORMS.items():
        assert shape.__module__ == f"mtjphys.bias.waveforms.{kind}"
        assert shape.model_fields["kind"].default == kind
        test = Path(__file__).with_name(f"test_{kind}.py").read_text(encoding="utf-8")
        assert "check_waveform(" in test


def test_from_toml_reads_files_and_text(tmp_path):
    wave = Sine(amplitude=0.1, frequency=1e6)
    path = tmp_path / "wave.toml"
    path.write_text(wave.to_toml())
    assert from_toml(path) == wave == from_toml(str(path)) == from_toml(wave.to_toml())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: as_waveform(None), "neither a number nor a waveform"),
        (lambda: as_waveform(True), "neither a number nor a waveform"),
        (lambda: as_waveform({"kind": "squares"}), "kind='squares' is unknown; known: constant, "),
        (lambda: as_waveform({"kind": 3}), "kind=3 is unknown"),
        (lambda: as_waveform({"values": [1.0]}), "names no kind; give kind = one of constant,"),
        (lambda: as_waveform({"kind": "sampled", "path": "x", "values": [1]}), "sampled: .* do not go together"),
        (lambda: from_toml("kind = \n"), "not valid TOML"),
        (lambda: along((0.0, 0.0, 0.0), 1.0), "not a direction"),
    ],
)
def test_bad_input(make, message):
    check_refused(ParameterError, message, make)


def test_numbers_are_constants():
    assert as_waveform(np.float64(0.3)) == as_waveform(np.array(0.3)) == Constant(value=0.3)


def test_along_is_the_direction_times_the_magnitude():
    parts = along((1.0, -2.0, 2.0), Sine(amplitude=0.3, frequency=1.0))
    t = np.linspace(0, 2, 31)
    total = np.array([part(t) for part in parts])
    expected = np.outer([1 / 3, -2 / 3, 2 / 3], 0.3 * np.sin(2 * np.pi * t))
    np.testing.assert_allclose(total, expected, atol=1e-15)
