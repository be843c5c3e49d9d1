"""The validation suite: its verdicts can fail, its report stands alone, and some of its cases pass."""

import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import naive
import numpy as np
import pytest

from validation import __main__ as command
from validation import mutations, suite
from validation.benchmarks import own, peers
from validation.cases.boltzmann_uniaxial import case as boltzmann_uniaxial
from validation.devices import macrospin
from validation.statistics import Estimate, autocovariance_sums, jackknife
from validation.suite import Case, Row, Verdict


def row(ours: float = 1.0, error: float = 0.001, *, contrast: bool = False, limit: str = "") -> Row:
    return Row("number", ours, error, 1.0, 0.01, "source", contrast, limit=limit)


def window(ours: float, error: float = 0.0, expected: float = 3.5, limit: str = "") -> Row:
    return Row("number", ours, error, expected, 0.0, "source", within=1.5, limit=limit)


MADE_UP = '''"""A title < 1.

One.

Two & three.
"""

import math, os, time
from matplotlib.figure import Figure
from validation.suite import Outcome, Row

SECTION = "{section}"
CAPTION = "caption"


def run(quick):
    {body}


def figure(data):
    return Figure()
'''


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Add cases of the test's own to those of the suite."""

    def write(name: str, body: str, section: str = "Rates") -> None:
        folder = tmp_path / "validation" / "cases" / name
        folder.mkdir(parents=True)
        (folder / "case.py").write_text(MADE_UP.format(body=body, section=section))
        monkeypatch.syspath_prepend(tmp_path)

    return write


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
        (row(2.0, limit="why"), "limit"),
        (row(1.0, limit="why"), "FAIL"),
        (row(2.0, 0.00201, limit="why"), "INCONCLUSIVE"),
        (row(math.nan, limit="why"), "FAIL"),
        (window(2.0), "pass"),
        (window(5.01), "FAIL"),
        (window(3.5, 0.301), "INCONCLUSIVE"),
        (window(-1.4, 0.1, expected=0.0), "pass"),
        (window(5.01, limit="why"), "limit"),
        (window(4.99, limit="why"), "FAIL"),
    ],
)
def test_a_number_passes_only_within_a_tolerance_that_means_something(judged, expected):
    assert judged.verdict == expected


def test_a_row_has_one_tolerance_and_one_way_of_being_judged():
    with pytest.raises(ValueError, match="within"):
        Row("number", 1.0, 0.0, 1.0, 0.01, "source", within=1.0)
    with pytest.raises(ValueError, match="limit"):
        row(contrast=True, limit="why")


def test_deviations_are_absolute_where_a_fraction_says_nothing():
    assert (row(1.012).deviation_text, row(1.012).allowed_text) == ("+1.20 %", "1 %")
    assert (window(5.0).deviation_text, window(5.0).allowed_text) == ("+1.5", "1.5")
    assert window(-0.3, expected=0.0).deviation_text == "-0.3"
    assert row(2.0, contrast=True).allowed_text == ""


def test_a_case_passes_only_if_every_judged_number_does():
    verdict = Verdict(Case("made_up"))
    assert not verdict.passed  # nothing was judged
    verdict.rows = [row(2.0, contrast=True)]
    assert not verdict.passed
    verdict.rows += [row()]
    assert verdict.passed
    verdict.rows += [row(2.0, limit="why")]
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
    folders = (Path(suite.__file__).parent / "cases").iterdir()
    assert suite.names() == sorted(path.name for path in folders if path.name != "__pycache__")
    for name in suite.names():
        found, module = suite.load(name)
        assert found.title and found.text and found.caption
        assert "\n" not in found.title
        assert callable(module.run) and callable(module.figure)


def test_quick_suite_passes_and_its_report_stands_alone(tmp_path, capsys):
    out, file = tmp_path / "out", tmp_path / "numbers.json"
    code = command.main(["--quick", "--output", str(out), "--json", str(file)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    names = suite.names()
    assert f"{len(names)} of {len(names)} cases pass" in printed
    numbers = json.loads(file.read_text())
    assert numbers["passed"] and {c["name"] for c in numbers["cases"]} == set(names)
    page = (out / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(names)
    assert 'src="http' not in page and 'src="/' not in page
    for name in names:
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


BODIES = {
    "good": "return Outcome([Row('cores', len(os.sched_getaffinity(0)), 0.0, 1.0, 0.01, 'source')])",
    "bounded": "return Outcome([Row('time', 9.0, 0.0, 3.5, 0.0, 'a book', within=1.5, limit='one < two')])",
    "off": "return Outcome([Row('number', 1.02, 0.0, 1.0, 0.01, 'source'), "
    "Row('speed', 3.0, 0.0, math.nan, 0.0, 'peer', contrast=True)])",
    "raises": "raise ZeroDivisionError('no such device')",
    "dies": "os._exit(3)",
    "unloadable": "return (",
}


def test_cases_that_fail_raise_die_or_do_not_load_leave_the_others_alone(tmp_path, capsys, made_up):
    for name, body in BODIES.items():
        made_up(name, body, "Equilibrium" if name == "good" else "Rates")
    out, file = tmp_path / "out", tmp_path / "numbers.json"
    assert command.main([*BODIES, "--jobs", "2", "--output", str(out), "--json", str(file)]) == 1
    printed = capsys.readouterr()
    ended = "2 of 6 cases pass; failed: dies, unloadable, off, raises"
    for text in (ended, "no such device", "exit code 3", "SyntaxError", "bounded, time: one < two"):
        assert text in printed.out
    assert "[6/6]" in printed.err
    numbers = json.loads(file.read_text())
    assert not numbers["passed"] and numbers["rows"] == {"pass": 1, "limit": 1, "FAIL": 1, "contrast": 1}
    cases = {c["name"]: c for c in numbers["cases"]}
    assert list(cases) == ["dies", "unloadable", "good", "bounded", "off", "raises"]
    assert [r["verdict"] for r in cases["off"]["rows"]] == ["FAIL", "contrast"]
    assert cases["off"]["rows"][1]["expected"] is None
    assert cases["bounded"]["rows"][0]["within"] == 1.5
    page = (out / "report.html").read_text()
    for text in ("A title &lt; 1", "Two &amp; three.", "one &lt; two", "+5.5", "exit code 3"):
        assert text in page
    assert page.count("data:image/png;base64,") == 3
    assert not list(tmp_path.rglob("*.part"))


def test_ctrl_c_ends_the_cases_and_reports_those_that_are_done(tmp_path, made_up):
    made_up("good", BODIES["good"])
    made_up("endless", f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    folders = os.pathsep.join([str(tmp_path), str(Path(suite.__file__).parents[1])])
    asked = [sys.executable, "-m", "validation", "endless", "good", "--jobs", "2", "--output", str(tmp_path / "out")]
    environment = os.environ | {"PYTHONPATH": folders}
    with subprocess.Popen(
        asked, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        for line in process.stderr:
            if "good: pass" in line:
                break
        while not (pid := (tmp_path / "pid").read_text() if (tmp_path / "pid").exists() else ""):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 of 2 cases pass; not run: endless" in printed
    assert "not run: endless" in (tmp_path / "out" / "report.html").read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["boltzman"], "no case is called 'boltzman'"), (["--jobs", "0"], "--jobs 0: give 1 or more")],
)
def test_what_cannot_be_run_is_one_sentence_and_exit_code_2(capsys, arguments, sentence):
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err


def test_list_is_in_the_order_of_the_report(capsys):
    assert command.main(["--list", "peers", "boltzmann_uniaxial"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Equilibrium  boltzmann_uniaxial") and second.startswith("Benchmarks   peers")


def test_digits_show_two_of_the_error():
    assert suite.digits(0.626123, 0.00037) == "0.62612 +- 0.00037"
    assert suite.digits(300.123, 1.4) == "300.1 +- 1.4"
    assert suite.digits(0.5, 0.0) == "0.5"


def test_estimate_is_a_pair():
    assert Estimate(1.0, 0.1).value == 1.0


def test_every_mutation_is_of_the_present_source():
    assert len({mutation.name for mutation in mutations.MUTATIONS}) == len(mutations.MUTATIONS)
    for mutation in mutations.MUTATIONS:
        assert mutation.cases and set(mutation.cases) <= set(suite.names())
        for edit in mutation.edits:
            assert (mutations.ROOT / edit.file).read_text().count(edit.old) == 1, edit
            assert edit.new != edit.old


def test_a_mutation_changes_the_copy_and_not_the_source(tmp_path):
    edit = mutations.MUTATIONS[0].edits[0]
    before = (mutations.ROOT / edit.file).read_text()
    mutations.copy(mutations.ROOT, tmp_path, [edit])
    assert (tmp_path / edit.file).read_text() == before.replace(edit.old, edit.new)
    assert (mutations.ROOT / edit.file).read_text() == before
    assert (tmp_path / "validation" / "cases" / "peers" / "case.py").is_file()
    with pytest.raises(ValueError, match="0 times"):
        mutations.copy(tmp_path, tmp_path / "again", [edit._replace(old="no such text")])


def test_a_mutation_that_no_case_notices_gives_exit_code_1(capsys, monkeypatch):
    def suite_that_sees(source, edits, cases):
        noise = any("1.05" in edit.new for edit in edits)
        numbers = {"quantity": "q", "ours": 1.05 if noise else 1.0, "error": 0.0, "expected": 1.0}
        numbers |= {"tolerance": 0.01, "within": None, "verdict": "FAIL" if noise else "pass"}
        return [{"name": "thermometer", "failure": "", "rows": [numbers]}]

    monkeypatch.setattr(mutations, "suite", suite_that_sees)
    assert mutations.main(["1"]) == 0
    assert "1 of 1 rows; q: 1.05, expected 1" in capsys.readouterr().out
    assert mutations.main(["1", "2"]) == 1
    assert f"1 of 2 mutations are noticed; not: {mutations.MUTATIONS[1].name}" in capsys.readouterr().out


def test_a_mutation_has_to_run_to_be_noticed():
    raised = {"name": "thermometer", "failure": "Traceback\nmtjphys.core.errors.SimulationError: not finite\n", "rows": []}
    assert mutations.noticed(raised) == (True, "mtjphys.core.errors.SimulationError: not finite")
    seen, text = mutations.noticed(raised | {"failure": "Traceback\nSyntaxError: invalid syntax\n"})
    assert not seen and text == "did not run: SyntaxError: invalid syntax"


def test_a_peer_that_is_not_installed_is_left_out(monkeypatch):
    installed = peers.solvers()
    monkeypatch.setitem(sys.modules, "cmtj", None)
    monkeypatch.delitem(sys.modules, "validation.benchmarks.cmtj_peer", raising=False)
    rest = peers.solvers()
    assert {"sdeint stratHeun", "sdeint stratSRS2"} <= set(rest) <= set(installed)
    assert not any(name.startswith("cmtj") for name in rest)


def test_sdeint_gets_our_equation():
    sdeint_peer = pytest.importorskip("validation.benchmarks.sdeint_peer")
    damping = 0.3
    p = own.junction(damping).lane_parameters()
    drift, diffusion = sdeint_peer.equation(damping)
    nothing = np.zeros(6)
    thermal = math.sqrt(2.0 * damping * naive.BOLTZMANN * 300.0 / (p.gyromagnetic_ratio * p.moment))
    for m in np.random.default_rng(1).normal(size=(5, 3)):
        m /= np.linalg.norm(m)
        still = naive.gilbert(p, m, 0.0, nothing, 300.0)
        columns = [naive.gilbert(p, m, 0.0, nothing, 300.0, axis) - still for axis in np.eye(3)]
        np.testing.assert_allclose(drift(m, 0.0), still, rtol=1e-9, atol=1e-9 * abs(still).max())
        np.testing.assert_allclose(diffusion(m, 0.0), thermal * np.array(columns).T, rtol=1e-6)
