"""Hold mtjphys against theory and measurements: run the cases, print the verdicts, write the report.

Exit code 1 if a number fails or its error bar is too wide for its tolerance, 130 after Ctrl-C, which still writes the
report of what is done.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import mtjphys
from mtjphys.core.files import write_bytes, write_text
from validation import report, running, suite
from validation.benchmarks.measure import machine

STOPPED = 130  # what a shell returns for a program that Ctrl-C ended


def collect(names: Sequence[str], quick: bool, jobs: int) -> tuple[list[suite.Verdict], bool]:
    """Run the cases, say on stderr how far it is, and return the verdicts in the report's order and if it was stopped.

    The verdicts are those of the cases done when Ctrl-C came.
    """
    started = time.perf_counter()

    def say(text: str) -> None:
        done = f"[{len(verdicts)}/{len(names)}]".rjust(2 * len(str(len(names))) + 3)
        print(f"{time.perf_counter() - started:5.0f} s {done} {text}", file=sys.stderr, flush=True)

    verdicts: list[suite.Verdict] = []
    stopped = False
    try:
        with closing(running.run(names, quick, jobs, lambda now: say(f"running {', '.join(now)}"))) as found:
            for verdict in found:
                verdicts.append(verdict)
                text = suite.PASS if verdict.passed else suite.FAIL
                say(f"{verdict.case.name}: {text} after {verdict.seconds:.1f} s")
    except KeyboardInterrupt:
        stopped = True
        say("stopped")
    return sorted(verdicts, key=lambda verdict: verdict.rank), stopped


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite as the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="cases to run; default all")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        default=len(running.cores()),
        help="cases at a time, each in a process of its own; default %(default)s, the cores",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        default=Path("output/validation"),
        help="folder of report.html and the figures; default %(default)s",
    )
    options = parser.parse_args(arguments)
    known = suite.names()
    unknown = [name for name in options.cases if name not in known]
    if unknown:
        parser.error(f"no case is called {unknown[0]!r}; the cases are {', '.join(known)}")
    if options.jobs < 1:
        parser.error(f"--jobs {options.jobs}: give 1 or more")
    names = list(dict.fromkeys(options.cases)) or known
    if options.list:
        cases = sorted((suite.Verdict(suite.load(name)[0]) for name in names), key=lambda verdict: verdict.rank)
        for verdict in cases:
            print(f"{verdict.case.section:<13}{verdict.case.name:<28}{verdict.case.title}")
        return 0

    started = datetime.now(UTC)
    verdicts, stopped = collect(names, options.quick, options.jobs)
    missing = [name for name in names if name not in {verdict.case.name for verdict in verdicts}]
    facts = {
        "mtjphys": mtjphys.__version__,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
        "jobs": options.jobs,
        "quick": options.quick,
        "passed": not missing and all(verdict.passed for verdict in verdicts),
        "not_run": missing,
        "machine": machine(),
    }
    figures = options.output / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    for verdict in verdicts:
        if verdict.picture:
            write_bytes(figures / f"{verdict.case.name}.png", verdict.picture)
    page = options.output / "report.html"
    write_text(page, report.page(verdicts, facts))
    if options.json is not None:
        numbers = facts | {"rows": suite.counts(verdicts), "cases": suite.records(verdicts)}
        write_text(options.json, json.dumps(numbers, indent=1, allow_nan=False) + "\n")
    print(suite.table(verdicts))
    for verdict in verdicts:
        if verdict.failure:
            print(f"\n{verdict.case.name}\n{verdict.failure}", end="")
    failed = [verdict.case.name for verdict in verdicts if not verdict.passed]
    print(
        f"\n{len(verdicts) - len(failed)} of {len(names)} cases pass"
        + (f"; failed: {', '.join(failed)}" if failed else "")
        + (f"; not run: {', '.join(missing)}" if missing else "")
    )
    print(f"report: {page}")
    if stopped:
        return STOPPED
    return 0 if facts["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
