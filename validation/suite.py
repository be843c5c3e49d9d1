"""What a case is, how it is judged, and the table of verdicts.

A case is a folder ``cases/<name>/`` with a ``case.py``. Its docstring is the text of the report: a title, then
what is computed and why it is right. It defines ``SECTION`` (one of `SECTIONS`), ``run(quick) -> Outcome``,
``figure(data) -> Figure`` and ``CAPTION``, what the figure shows.
"""

import importlib
import math
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validation.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SECTIONS = ("Equilibrium", "Rates", "Integrators")
CASES = Path(__file__).parent / "cases"
# A tolerance means something if chance alone uses it up once in two million runs.
SIGMAS = 5.0

PASS, FAIL, INCONCLUSIVE, CONTRAST = "pass", "FAIL", "INCONCLUSIVE", "contrast"


@dataclass(frozen=True)
class Row:
    """One number that is held against a known one.

    `error` is the standard error of a sampled number, 0 for one without sampling. `tolerance` is a fraction of
    `expected`. A contrast is shown beside its case and not judged: what another method makes of it.
    """

    quantity: str
    ours: float
    error: float
    expected: float
    tolerance: float
    source: str
    contrast: bool = False

    @property
    def verdict(self) -> str:
        """Pass if within the tolerance, provided that five standard errors are less than the tolerance."""
        if self.contrast:
            return CONTRAST
        allowed = self.tolerance * abs(self.expected)
        if not SIGMAS * self.error < allowed:
            return INCONCLUSIVE
        return PASS if abs(self.ours - self.expected) <= allowed else FAIL

    @property
    def deviation(self) -> float:
        """``ours/expected - 1``."""
        return self.ours / self.expected - 1.0


def sampled(
    quantity: str, ours: Estimate, expected: float, tolerance: float, source: str, contrast: bool = False
) -> Row:
    """Return the row of a sampled number."""
    return Row(quantity, ours.value, ours.error, float(expected), tolerance, source, contrast)


@dataclass(frozen=True)
class Outcome:
    """What a case found: the rows that are judged, and what its figure draws."""

    rows: list[Row]
    data: Any = None


@dataclass(frozen=True)
class Case:
    """A folder with a ``case.py``."""

    name: str
    section: str
    title: str
    text: str
    caption: str
    run: Callable[[bool], Outcome]
    figure: Callable[[Any], "Figure"]


@dataclass
class Verdict:
    """A case that was run: `failure` is the traceback if it could not be."""

    case: Case
    rows: list[Row] = field(default_factory=list)
    figure: "Figure | None" = None
    seconds: float = 0.0
    failure: str = ""

    @property
    def passed(self) -> bool:
        """Whether it ran, judged something, and every row that counts passed."""
        judged = [row.verdict for row in self.rows if not row.contrast]
        return not self.failure and bool(judged) and set(judged) == {PASS}


def names() -> list[str]:
    """Return the names of all cases, in the order of the report."""
    return [case.name for case in load()]


def load(chosen: Sequence[str] = ()) -> list[Case]:
    """Return the chosen cases, or all, in the order of their sections and names."""
    found = chosen or [path.parent.name for path in CASES.glob("*/case.py")]
    cases = []
    for name in found:
        module = importlib.import_module(f"validation.cases.{name}.case")
        title, _, text = (module.__doc__ or "").strip().partition("\n\n")
        cases.append(Case(name, module.SECTION, title.rstrip("."), text, module.CAPTION, module.run, module.figure))
    return sorted(cases, key=lambda case: (SECTIONS.index(case.section), case.name))


def judge(case: Case, quick: bool) -> Verdict:
    """Run a case and draw its figure; a case that raises has failed, and the others go on."""
    started = time.perf_counter()
    verdict = Verdict(case)
    try:
        outcome = case.run(quick)
        verdict.rows = outcome.rows
        verdict.figure = case.figure(outcome.data)
    except Exception:
        verdict.failure = traceback.format_exc()
    verdict.seconds = time.perf_counter() - started
    return verdict


def digits(value: float, error: float) -> str:
    """Return a value with its error in its last two digits, or with six digits if it has none.

    >>> digits(0.626123, 0.00037), digits(0.626123, 0.0)
    ('0.62612 +- 0.00037', '0.626123')
    """
    if not error > 0.0 or not math.isfinite(error):
        return f"{value:.6g}"
    places = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{places}f} +- {error:.{places}f}"


def table(verdicts: Sequence[Verdict]) -> str:
    """Return the rows of all cases as aligned text."""
    lines = [("case", "quantity", "ours", "expected", "deviation", "allowed", "source", "verdict")]
    for verdict in verdicts:
        name = verdict.case.name
        for row in verdict.rows:
            lines.append(
                (
                    name,
                    row.quantity,
                    digits(row.ours, row.error),
                    f"{row.expected:.6g}",
                    f"{100 * row.deviation:+.2f} %",
                    "" if row.contrast else f"{100 * row.tolerance:g} %",
                    row.source,
                    row.verdict,
                )
            )
        if verdict.failure:
            last = verdict.failure.strip().splitlines()[-1]
            lines.append((name, "did not run", "", "", "", "", last, FAIL))
    widths = [max(len(line[k]) for line in lines) for k in range(8)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def records(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return everything that was judged, as plain numbers for JSON."""
    return [
        {
            "case": verdict.case.name,
            "section": verdict.case.section,
            "title": verdict.case.title,
            "passed": verdict.passed,
            "seconds": round(verdict.seconds, 3),
            "failure": verdict.failure,
            "rows": [
                {
                    "quantity": row.quantity,
                    "ours": row.ours,
                    "error": row.error,
                    "expected": row.expected,
                    "tolerance": row.tolerance,
                    "source": row.source,
                    "verdict": row.verdict,
                }
                for row in verdict.rows
            ],
        }
        for verdict in verdicts
    ]
