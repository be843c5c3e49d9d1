"""Surrogates as noise."""

import pytest
from live_noise import BIAS, FAST, TWO
from noise_checks import check_source

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.learning import SurrogateNoise


def test_it_is_a_source_that_files_call_surrogate(tmp_path):
    (tmp_path / "two.toml").write_text(TWO.to_toml(), encoding="utf-8")
    device = mp.surrogate.TwoState.from_toml(tmp_path / "two.toml")
    table = {"kind": "surrogate", "file": "two.toml", "voltage": 0.1, "series_resistance": 1e4}
    check_source(lambda: SurrogateNoise(device, BIAS, 5e-9, seed=4), table | {"sample_interval": 5e-9}, folder=tmp_path)


def test_a_junction_is_no_surrogate():
    for junction in (FAST, [TWO, FAST]):
        with pytest.raises(ParameterError, match=r"MTJ is no surrogate: make one with mtjphys.surrogate, or use Junc"):
            SurrogateNoise(junction, BIAS, 5e-9)
