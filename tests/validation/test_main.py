"""The command of the validation suite: its report stands alone, and what fails leaves the rest alone."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from validation import __main__ as command
from validation import suite

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


def test_the_report_of_some_cases_stands_alone(tmp_path, capsys):
    names = ["known_limits", "switching_time"]
    out, file = tmp_path / "out", tmp_path / "numbers.json"
    code = command.main([*names, "--quick", "--output", str(out), "--json", str(file)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert f"{len(names)} of {len(names)} cases pass" in printed
    numbers = json.loads(file.read_text())
    assert numbers["passed"] and {c["name"] for c in numbers["cases"]} == set(names)
    page = (out / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(names)
    assert 'src="http' not in page and 'src="/' not in page
    for name in names:
        assert (out / "figures" / f"{name}.png").stat().st_size > 10_000


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
