"""Which state a pulse favours, against the stationary mean of m.p."""

from dataclasses import replace

import numpy as np
import pytest

from mtjphys import fokker_planck as fp
from mtjphys.macrospin.favoured import already_there, favoured

B_K = 0.06  # T, barriers of 3 kT, low enough for any occupation to be computed
ALONG_Z, ALONG_X = np.diag([0.0, 0.0, B_K]), np.diag([B_K, 0.0, -5.0 * B_K])
ALPHA = 0.1


def spin(matrix=ALONG_Z, field=0.0, torque=0.0, direction=None, reference=None, **more):
    """Return a macrospin with field (T) and torque (over the damping, T) along a direction, by default the axis."""
    axis = np.eye(3)[int(np.argmax(np.diag(matrix)))]
    unit = axis if direction is None else np.asarray(direction) / np.linalg.norm(direction)
    p = axis if reference is None else reference
    return fp.Macrospin(field * unit, matrix, 0.01, ALPHA, ALPHA * torque * unit, reference=p, **more)


def mean_projection(pulse):
    return float(fp.equilibrium(pulse, rtol=1e-4).projection)


DRIVES = [
    (ALONG_Z, 0.02, 0.0),
    (ALONG_Z, 0.0, 0.02),
    (ALONG_Z, 0.03, -0.01),
    (ALONG_Z, -0.01, 0.03),
    (ALONG_X, 0.02, 0.0),
    (ALONG_X, 0.0, 0.15),
    (ALONG_X, 0.04, -0.05),
    (ALONG_X, -0.01, 0.25),
]


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("matrix", "field", "torque"), DRIVES)
def test_the_occupation_of_the_state_that_is_favoured_rises(matrix, field, torque, sign):
    # The start is not symmetric itself.
    start = spin(matrix, 0.003)
    pulse = spin(matrix, 0.003 + sign * field, sign * torque)
    assert favoured(pulse, start) == sign
    assert sign * (mean_projection(pulse) - mean_projection(start)) > 0.05
    turned = [replace(one, reference=-one.reference) for one in (pulse, start)]
    assert favoured(*turned) == -sign


def test_a_reference_across_the_wells_does_not_hide_them():
    tilted = np.array([np.sin(1.2), 0.0, np.cos(1.2)])
    for sign in (1.0, -1.0):
        assert favoured(spin(torque=sign * 0.03, reference=tilted), spin(reference=tilted)) == sign


NEITHER = {
    "nothing": (spin(field=0.02), spin(field=0.02)),
    "less than the heat": (spin(field=0.009), spin()),
    "across": (spin(field=0.05, direction=(1.0, 0.0, 0.5)), spin()),
    "easier axis": (spin(2.0 * ALONG_Z), spin()),
    "one well": (spin(field=0.2), spin(field=0.1)),
    "field against torque": (spin(field=0.02, torque=-0.02), spin()),
    "field against torque in the plane": (spin(ALONG_X, 0.02, -0.14), spin(ALONG_X)),
    "either sign": (spin(modulations=(fp.Modulation(lambda c: c, field=(0.0, 0.0, 0.1)),)), spin()),
}


@pytest.mark.parametrize("name", NEITHER)
def test_neither_state_is_favoured(name):
    assert favoured(*NEITHER[name]) == 0


def test_what_follows_the_state_counts():
    profile = lambda c: 1.0 + 0.5 * c  # noqa: E731
    for name, size in (("field", 0.03), ("damping_like", 0.03 * ALPHA)):
        for sign in (1.0, -1.0):
            part = fp.Modulation(profile, **{name: (0.0, 0.0, sign * size)})
            assert favoured(spin(modulations=(part,)), spin()) == sign


def test_the_sentence_names_the_other_state():
    assert already_there("parallel").endswith('or give initial="antiparallel"')
    assert already_there("antiparallel").endswith('or give initial="parallel"')
