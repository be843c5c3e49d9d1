"""Every case of the validation suite passes in its quick form, and notices physics that is wrong."""

import dataclasses

import pytest

from validation import suite
from validation.cases.boltzmann_uniaxial import case as boltzmann_uniaxial
from validation.devices import macrospin


# One after the other in this process, where the kernels are loaded once; the command runs each in a process of its own.
@pytest.mark.parametrize("name", suite.names())
def test_a_case_passes_in_its_quick_form(name):
    verdict = suite.judge(name, quick=True)
    assert verdict.passed, f"{verdict.failure}\n{suite.table([verdict])}"
    assert len(verdict.picture) > 10_000


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
