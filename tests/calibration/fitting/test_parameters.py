"""Numbers of a junction by their path."""

import math

import pytest
from laboratories import FREE, perpendicular

from mtjphys import presets
from mtjphys.calibration import DwellTimes
from mtjphys.calibration.fitting.parameters import as_parameters, candidates
from mtjphys.core.errors import ParameterError
from mtjphys.junction.numbers import value_of


def test_positive_numbers_are_on_a_scale_of_ln() -> None:
    density, field, _ = as_parameters(perpendicular(), FREE, {FREE[0]: (1e4, 1e5)})
    assert density.logarithmic
    assert density.bounds == pytest.approx((math.log(1e4), math.log(1e5)))
    assert density.outer(density.inner(3e4)) == pytest.approx(3e4)
    assert density.outer(100.0) == 1e5
    assert not field.logarithmic
    assert (field.low, field.high) == pytest.approx((-0.049, 0.051))


def test_ranges_stay_within_what_is_legal() -> None:
    (damping,) = as_parameters(perpendicular(), ["free_layer.damping"], {"free_layer.damping": (1e-3, 50.0)})
    assert damping.high <= 10.0


@pytest.mark.parametrize("preset", ["rehm_2023", "koenders_2025", "funatsu_2022"])
def test_candidates_are_what_the_junction_has(preset: str) -> None:
    junction = getattr(presets, preset)()
    names = candidates(junction)
    assert all(value_of(junction, name) is not None for name in names)
    torques = {"barrier.damping_like_per_volt", "barrier.damping_like_efficiency"} & set(names)
    assert len(torques) == 1
    axis = "xz"[preset != "koenders_2025"]
    assert [name for name in names if "stray_field" in name] == [f"reference.stray_field.{axis}"]


def test_conditions_have_ranges_of_their_own() -> None:
    table = DwellTimes(parallel=1.0, antiparallel=1.0, parallel_count=1, antiparallel_count=1, label="a")
    names = ["offset.field.x[a]", "factor.voltage"]
    field, gain = as_parameters(perpendicular(), names, {"factor.voltage": (0.9, 1.1)}, [table])
    assert (field.low, field.high, field.unit, field.logarithmic) == (-0.01, 0.01, "T", False)
    assert (gain.low, gain.high, gain.logarithmic) == (0.9, 1.1, True)
    with pytest.raises(ParameterError, match="outside its range"):
        as_parameters(perpendicular(), names, {"factor.voltage": (1.1, 1.2)}, [table])
