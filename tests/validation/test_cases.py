"""A case notices physics that is wrong. That all cases pass in their quick form is for `make validate ARGS=--quick`."""

import dataclasses

import pytest

from validation.cases.boltzmann_uniaxial import case as boltzmann_uniaxial
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
