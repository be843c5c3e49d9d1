"""Hold mtjphys against theory: run the cases, print the verdicts, write the report.

Exit code 1 if a number fails or its error bar is too wide for its tolerance.
"""

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import mtjphys
from validation import report, suite
from validation.figures import style


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite as the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="cases to run; default all")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
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
    cases = suite.load(options.cases)
    if options.list:
        print("\n".join(f"{case.name:<26}{case.title}" for case in cases))
        return 0

    verdicts = []
    with style():
        for number, case in enumerate(cases, 1):
            print(f"[{number}/{len(cases)}] {case.title}", file=sys.stderr, flush=True)
            verdicts.append(suite.judge(case, options.quick))
        figures = options.output / "figures"
        figures.mkdir(parents=True, exist_ok=True)
        for verdict in verdicts:
            if verdict.figure is not None:
                verdict.figure.savefig(figures / f"{verdict.case.name}.png")
        page = options.output / "report.html"
        page.write_text(report.page(verdicts, options.quick), encoding="utf-8")
    passed = all(verdict.passed for verdict in verdicts)
    if options.json is not None:
        numbers = {
            "mtjphys": mtjphys.__version__,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "quick": options.quick,
            "passed": passed,
            "cases": suite.records(verdicts),
        }
        options.json.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    print(suite.table(verdicts))
    for verdict in verdicts:
        if verdict.failure:
            print(f"\n{verdict.case.name}\n{verdict.failure}", end="")
    failed = [verdict.case.name for verdict in verdicts if not verdict.passed]
    print(
        f"\n{len(verdicts) - len(failed)} of {len(verdicts)} cases pass"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    print(f"report: {page}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
