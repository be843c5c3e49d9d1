"""A case notices physics that is wrong. That all cases pass in their quick form is for `make validate ARGS=--quick`."""

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import chi2

from validation.cases.boltzmann_uniaxial import case as boltzmann_uniaxial
from validation.cases.calibration_coverage import many
from validation.cases.calibration_coverage import rows as calibration_coverage
from validation.cases.calibration_coverage.kinds import KINDS
from validation.devices import macrospin


@pytest.mark.parametrize("factor", [1.0, 1.05])
def test_five_per_cent_too_much_noise_power_fails_the_equilibrium(monkeypatch, factor):
    def hot(*arguments, **options):
        spin = macrospin(*arguments, **options)
        bias = spin.bias.model_copy(update={"temperature": factor * 300.0})
        return dataclasses.replace(spin, bias=bias)

    monkeypatch.setattr(boltzmann_uniaxial, "macrospin", hot)
    monkeypatch.setattr(boltzmann_uniaxial, "DAMPINGS", (0.3,))
    rows = boltzmann_uniaxial.run(True).rows
    assert [r.verdict for r in rows] == ["pass" if factor == 1.0 else "FAIL"]


def laboratories(narrow, off, number=300):
    """Return what laboratories would find whose intervals are too narrow by a factor, with ranks that are off."""
    stream = np.random.default_rng(1)
    return [
        {
            "kind": kind,
            "levels": {"a": chi2.cdf(narrow**2 * chi2.ppf(stream.uniform(), 1), 1)},
            "ranks": {"a": min(int(100 * stream.uniform() ** off), 99)},
            "verdicts": {"a": True},
            "p_value": None,
        }
        for kind in KINDS
        for _ in range(number)
    ]


@pytest.mark.parametrize(
    ("narrow", "off", "failed"), [(1.0, 1.0, ()), (1.3, 1.0, ("%", "square")), (1.0, 1.5, ("ranks",))]
)
def test_intervals_that_are_narrow_and_ranks_that_are_off_fail(narrow, off, failed):
    rows = calibration_coverage.rows(laboratories(narrow, off))
    bad = [row for row in rows if row.verdict != "pass"]
    if failed:
        assert len(bad) >= len(KINDS)
        assert all(any(word in row.quantity for word in failed) for row in bad)
    else:
        assert not bad


@pytest.mark.parametrize(("narrow", "fails"), [(1.0, False), (2.0, True)])
def test_a_few_laboratories_notice_intervals_that_are_much_too_narrow(narrow, fails):
    rows = {row.quantity: row.verdict for row in calibration_coverage.rows(laboratories(narrow, 1.0, number=5))}
    assert (rows["mean square of the error over its deviation"] != "pass") == fails
    assert rows["share held by 95% intervals"] == "contrast"


def test_laboratories_that_wait_are_not_run_after_an_error(monkeypatch):
    begun = []

    def laboratory(name, seed, judged):
        begun.append(seed)
        if seed == 0:
            raise ValueError("no end")
        time.sleep(0.01)

    monkeypatch.setattr(many, "laboratory", laboratory)
    monkeypatch.setattr(many, "ProcessPoolExecutor", lambda jobs, *context, **initial: ThreadPoolExecutor(jobs))
    with pytest.raises(ValueError, match="no end"):
        list(many.found(many.tasks(["any"], 300, 0), jobs=2))
    assert len(begun) < 150
