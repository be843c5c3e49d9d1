"""The validation suite: its verdicts can fail, its report stands alone, and some of its cases pass."""

import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from validation import __main__ as command
from validation import suite
from validation.cases.boltzmann_uniaxial import case as boltzmann_uniaxial
from validation.devices import macrospin
from validation.statistics import Estimate, autocovariance_sums, jackknife
from validation.suite import Case, Outcome, Row, Verdict


def row(ours: float = 1.0, error: float = 0.001, *, contrast: bool = False) -> Row:
    return Row("number", ours, error, 1.0, 0.01, "source", contrast)


def case(run: Callable[[bool], Outcome], name: str = "made_up") -> Case:
    return Case(name, "Rates", "A title < 1", "One.\n\nTwo & three.", "caption", run, lambda data: Figure())


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (row(1.0099), "pass"),
        (row(0.9901), "pass"),
        (row(1.0101), "FAIL"),
        (row(0.98), "FAIL"),
        (row(1.0, 0.00201), "INCONCLUSIVE"),
        (row(1.5, 0.00201), "INCONCLUSIVE"),
        (row(1.0, math.nan), "INCONCLUSIVE"),
        (row(math.nan), "FAIL"),
        (row(1.0, 0.0), "pass"),
        (row(2.0, contrast=True), "contrast"),
    ],
)
def test_a_number_passes_only_within_a_tolerance_that_means_something(judged, expected):
    assert judged.verdict == expected


def test_a_case_passes_only_if_every_judged_number_does():
    verdict = Verdict(case(lambda quick: Outcome([])))
    assert not verdict.passed  # nothing was judged
    verdict.rows = [row(2.0, contrast=True)]
    assert not verdict.passed
    verdict.rows += [row()]
    assert verdict.passed
    verdict.rows += [row(1.02)]
    assert not verdict.passed


def test_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=6400)
    estimate = jackknife(values)
    assert estimate.value == pytest.approx(values.mean(), rel=1e-12)
    # 64 groups know the error to 9 % (one sigma).
    assert estimate.error == pytest.approx(2.0 / 80.0, rel=0.45)


def test_jackknife_error_of_a_ratio_covers_the_truth():
    generator = np.random.default_rng(2)
    inside = 0
    for _ in range(200):
        x = generator.normal(2.0, 1.0, size=(320, 2))
        estimate = jackknife(x, lambda mean: mean[0] / mean[1])
        inside += abs(estimate.value - 1.0) < estimate.error
    # 68 % of 200, standard deviation 6.6; false alarm below 1e-6.
    assert 103 <= inside <= 169


def test_autocovariance_sums_are_means_of_products():
    x = np.random.default_rng(3).normal(size=(3, 50))
    sums = autocovariance_sums(x, [0, 4])
    assert sums[:, 0] == pytest.approx((x**2).mean(axis=1))
    assert sums[1, 1] == pytest.approx(np.mean(x[1, :-4] * x[1, 4:]))
    assert sums[:, 2] == pytest.approx(x.mean(axis=1))


def test_boltzmann_integral_of_the_devices():
    assert macrospin(3.0, 0.1).boltzmann(lambda m: m[:, 2] ** 2) == pytest.approx(0.62619, abs=5e-6)
    hot = macrospin(3.0, 0.1, temperature=450.0, curie=(900.0, 1.0, 2.0))
    # Half way to the Curie point Ms is at 0.75 of its value at 300 K, K at 0.75^2: Delta = 3 * 0.75^2/1.5.
    barrier = 0.5 * hot.matrix[2, 2] / hot.thermal_field
    assert barrier == pytest.approx(3.0 * 0.75**2 / 1.5, rel=1e-12)


def test_every_case_is_complete():
    cases = suite.load()
    assert [c.name for c in cases] == suite.names()
    assert {c.name for c in cases} == {
        path.name for path in suite.CASES.iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    for c in cases:
        assert c.section in suite.SECTIONS
        assert c.title and c.text and c.caption
        assert "\n" not in c.title


def test_command_runs_quick_cases_and_writes_a_report_that_stands_alone(tmp_path, capsys):
    chosen = ["boltzmann_tilted", "biaxial_rate"]
    out, file = tmp_path / "out", tmp_path / "numbers.json"
    code = command.main([*chosen, "--quick", "--output", str(out), "--json", str(file)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "2 of 2 cases pass" in printed
    numbers = json.loads(file.read_text())
    assert numbers["passed"] and [c["case"] for c in numbers["cases"]] == chosen
    page = (out / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page and 'src="/' not in page
    for name in chosen:
        assert (out / "figures" / f"{name}.png").stat().st_size > 10_000


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


def test_a_failing_number_gives_exit_code_1(tmp_path, capsys, monkeypatch):
    made_up = [
        case(lambda quick: Outcome([row(1.02), row()])),
        case(lambda quick: Outcome([row()]), "good"),
    ]
    monkeypatch.setattr(suite, "load", lambda chosen=(): made_up)
    assert command.main(["--output", str(tmp_path)]) == 1
    assert "1 of 2 cases pass; failed: made_up" in capsys.readouterr().out
    page = (tmp_path / "report.html").read_text()
    assert "A title &lt; 1" in page and "Two &amp; three." in page


def test_a_case_that_raises_fails_and_the_others_go_on(tmp_path, capsys, monkeypatch):
    def broken(quick: bool) -> Outcome:
        raise ZeroDivisionError("no such device")

    made_up = [case(broken), case(lambda quick: Outcome([row()]), "good")]
    monkeypatch.setattr(suite, "load", lambda chosen=(): made_up)
    assert command.main(["--output", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "ZeroDivisionError: no such device" in printed and "1 of 2 cases pass" in printed


def test_unknown_case_is_one_sentence_and_exit_code_2(capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(["boltzman"])
    assert stopped.value.code == 2
    assert "no case is called 'boltzman'" in capsys.readouterr().err


def test_digits_show_two_of_the_error():
    assert suite.digits(0.626123, 0.00037) == "0.62612 +- 0.00037"
    assert suite.digits(300.123, 1.4) == "300.1 +- 1.4"
    assert suite.digits(0.5, 0.0) == "0.5"


def test_estimate_is_a_pair():
    assert Estimate(1.0, 0.1).value == 1.0
