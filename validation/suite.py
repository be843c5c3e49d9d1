"""What a case is, how it is judged, and the table of verdicts.

A case is a folder ``cases/<name>/`` with a ``case.py``. Its docstring is the text of the report: a title, then
what is computed and why it is right. It defines ``SECTION`` (one of `SECTIONS`), ``run(quick) -> Outcome``,
``figure(data) -> Figure`` and ``CAPTION``, what the figure shows; with a line ``LONG = True`` it is started first.
Nothing else names it.
"""

import importlib
import io
import math
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from validation.figures import style
from validation.statistics import SampledMean

SECTIONS = ("Equilibrium", "Rates", "Dynamics", "Noise", "Integrators", "Experiments", "Benchmarks")
CASES = "validation.cases"
# A tolerance means something if chance alone uses it up once in two million runs.
SIGMAS = 5.0

PASS, FAIL, INCONCLUSIVE, CONTRAST, LIMIT = "pass", "FAIL", "INCONCLUSIVE", "contrast", "limit"


@dataclass(frozen=True)
class Row:
    """One number that is held against a known one.

    `error` is the standard error of a sampled number, 0 for one without sampling. `tolerance` is a fraction of
    `expected`; `within`, if given, is an absolute tolerance in the quantity's own unit and takes its place: a window
    of 2 to 5 ns is expected 3.5, within 1.5. A `contrast` is shown beside its case and not judged: what another method
    makes of it; its `expected` may be NaN. A `limit` says why the model has to disagree with a measurement: the row is
    judged the other way round, and fails when they agree.
    """

    quantity: str
    ours: float
    error: float
    expected: float
    tolerance: float
    source: str
    contrast: bool = False
    within: float | None = None
    limit: str = ""

    def __post_init__(self) -> None:
        if self.within is not None and self.tolerance:
            raise ValueError(f"{self.quantity!r} has a tolerance and a within; with a within, the tolerance is 0.0")
        if self.contrast and self.limit:
            raise ValueError(f"{self.quantity!r} is a contrast, which is not judged, and a limit, which is")

    @property
    def allowed(self) -> float:
        """How far `ours` may be off, in the quantity's own unit."""
        return abs(self.expected) * self.tolerance if self.within is None else self.within

    @property
    def verdict(self) -> str:
        """Pass if within the tolerance, provided that five standard errors are less than the tolerance."""
        if self.contrast:
            return CONTRAST
        if not SIGMAS * self.error < self.allowed:
            return INCONCLUSIVE
        if not math.isfinite(self.ours):
            return FAIL
        agrees = abs(self.ours - self.expected) <= self.allowed
        if self.limit:
            return FAIL if agrees else LIMIT
        return PASS if agrees else FAIL

    @property
    def deviation(self) -> float:
        """``ours/expected - 1``."""
        return self.ours / self.expected - 1.0

    @property
    def absolute(self) -> bool:
        """Whether the deviation is shown in the quantity's own unit and not in per cent."""
        return self.within is not None or self.expected == 0.0

    @property
    def expected_text(self) -> str:
        """The expected number; nothing for NaN."""
        return "" if math.isnan(self.expected) else f"{self.expected:.6g}"

    @property
    def deviation_text(self) -> str:
        """The deviation in per cent or in the quantity's own unit."""
        if math.isnan(self.expected):
            return ""
        return f"{self.ours - self.expected:+.3g}" if self.absolute else f"{100 * self.deviation:+.2f} %"

    @property
    def allowed_text(self) -> str:
        """The tolerance in per cent or in the quantity's own unit; nothing for a contrast."""
        if self.contrast:
            return ""
        return f"{self.allowed:g}" if self.absolute else f"{100 * self.tolerance:g} %"


def sampled(
    quantity: str,
    ours: SampledMean,
    expected: float,
    tolerance: float,
    source: str,
    contrast: bool = False,
    **rest: Any,
) -> Row:
    """Return the row of a sampled number; `rest` is `within` or `limit`."""
    return Row(quantity, ours.value, ours.error, float(expected), tolerance, source, contrast, **rest)


@dataclass(frozen=True)
class Outcome:
    """What a case found: the rows that are judged, and what its figure draws."""

    rows: list[Row]
    data: Any = None


@dataclass(frozen=True)
class Case:
    """What a ``case.py`` says of itself; nothing but the name if it can't be loaded."""

    name: str
    section: str = ""
    title: str = ""
    text: str = ""
    caption: str = ""


@dataclass
class Verdict:
    """A case that was run: `failure` says why it could not be, with the traceback."""

    case: Case
    rows: list[Row] = field(default_factory=list)
    picture: bytes = b""  # PNG
    width: float = 0.0  # of the picture, inches
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    failure: str = ""

    @property
    def passed(self) -> bool:
        """Whether it ran, judged something, and every row that counts passed or is a limit."""
        judged = {row.verdict for row in self.rows if not row.contrast}
        return not self.failure and bool(judged) and judged <= {PASS, LIMIT}

    @property
    def rank(self) -> tuple[int, str]:
        """The place in the report: by section and name, cases that could not be loaded first."""
        sections = ("", *SECTIONS)
        return sections.index(self.case.section), self.case.name


def files() -> dict[str, Path]:
    """Return the file of every case by its name, without loading them."""
    folders = importlib.import_module(CASES).__path__
    found = {path.parent.name: path for folder in folders for path in Path(folder).glob("*/case.py")}
    return dict(sorted(found.items()))


def names() -> list[str]:
    """Return the names of all cases, without loading them."""
    return list(files())


def takes_long(name: str) -> bool:
    """Return whether a case says ``LONG = True``, without loading it."""
    return "\nLONG = True\n" in files()[name].read_text(encoding="utf-8")


def load(name: str) -> tuple[Case, ModuleType]:
    """Return a case's texts and its module."""
    module = importlib.import_module(f"{CASES}.{name}.case")
    title, _, text = (module.__doc__ or "").strip().partition("\n\n")
    if module.SECTION not in SECTIONS:
        raise ValueError(f"{name}: SECTION = {module.SECTION!r} is none of {', '.join(SECTIONS)}")
    return Case(name, module.SECTION, title.rstrip("."), text, module.CAPTION), module


def judge(name: str, quick: bool) -> Verdict:
    """Run a case and draw its figure; a case that raises has failed."""
    started, busy = time.perf_counter(), time.process_time()
    verdict = Verdict(Case(name))
    try:
        with style():
            verdict.case, module = load(name)
            outcome = module.run(quick)
            verdict.rows = list(outcome.rows)
            figure = module.figure(outcome.data)
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png")
        verdict.picture, verdict.width = buffer.getvalue(), figure.get_figwidth()
    except Exception:
        verdict.failure = traceback.format_exc()
    verdict.seconds, verdict.cpu_seconds = time.perf_counter() - started, time.process_time() - busy
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
    """Return the rows of all cases as aligned text, and below it why the limits are ones."""
    lines = [("case", "quantity", "ours", "expected", "deviation", "allowed", "verdict", "source")]
    limits = []
    for verdict in verdicts:
        name = verdict.case.name
        for row in verdict.rows:
            lines.append(
                (
                    name,
                    row.quantity,
                    digits(row.ours, row.error),
                    row.expected_text,
                    row.deviation_text,
                    row.allowed_text,
                    row.verdict,
                    row.source,
                )
            )
            if row.limit:
                limits.append(f"{name}, {row.quantity}: {row.limit}")
        if verdict.failure:
            last = verdict.failure.strip().splitlines()[-1]
            lines.append((name, "did not run", "", "", "", "", FAIL, last))
    widths = [max(len(line[k]) for line in lines) for k in range(7)] + [0]
    aligned = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    if limits:
        aligned += ["", "limits of the model", *limits]
    return "\n".join(aligned)


def counts(verdicts: Sequence[Verdict]) -> Counter[str]:
    """Return how many rows have each verdict."""
    return Counter(row.verdict for verdict in verdicts for row in verdict.rows)


def records(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return everything that was judged, as plain numbers for JSON, which knows no infinities: they are null."""
    found = []
    for verdict in verdicts:
        rows = [asdict(row) | {"verdict": row.verdict} for row in verdict.rows]
        for row in rows:
            for key in ("ours", "error", "expected"):
                row[key] = float(row[key]) if math.isfinite(row[key]) else None
        found.append(
            asdict(verdict.case)
            | {
                "passed": verdict.passed,
                "seconds": round(verdict.seconds, 3),
                "cpu_seconds": round(verdict.cpu_seconds, 3),
                "failure": verdict.failure,
                "rows": rows,
            }
        )
    return found
