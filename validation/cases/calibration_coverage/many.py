"""Many laboratories, several at a time, each kept in a file as it ends.

    python -m validation.cases.calibration_coverage.many FILE --laboratories 100

goes on where FILE ends, and prints the table of what is there.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from validation.cases.calibration_coverage.kinds import KINDS, UNKNOWN
from validation.cases.calibration_coverage.laboratory import laboratory
from validation.cases.calibration_coverage.rows import rows
from validation.running import CONTEXT, cores
from validation.suite import Case, Verdict, table

Task = tuple[str, int, bool]


def tasks(names: Sequence[str], number: int, judged: int) -> list[Task]:
    """Return which laboratories there are: of each kind so many, with the goodness asked for of the first `judged`."""
    return [(name, seed, seed < judged) for seed in range(number) for name in names]


def found(asked: Sequence[Task], jobs: int = 1) -> Iterator[dict[str, Any]]:
    """Yield what laboratories found as they end, in so many processes; in this one for one."""
    if jobs == 1:
        yield from (laboratory(*task) for task in asked)
        return
    with ProcessPoolExecutor(jobs, CONTEXT, initializer=_alone) as workers:
        try:
            for future in as_completed([workers.submit(laboratory, *task) for task in asked]):
                yield future.result()
        except BaseException:  # those that wait would all be run before it is told
            workers.shutdown(wait=False, cancel_futures=True)
            raise


def _alone() -> None:
    """Keep this process to one core, so that its solvers start no threads."""
    if hasattr(os, "sched_setaffinity"):
        available = cores()
        os.sched_setaffinity(0, {available[os.getpid() % len(available)]})


def main() -> None:
    """Run the laboratories that a file does not have yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="of results, a line each")
    parser.add_argument("--laboratories", type=int, default=100, metavar="N", help="of each kind; default %(default)s")
    parser.add_argument("--judged", type=int, default=100, metavar="N", help="with goodness; default %(default)s")
    parser.add_argument("--kinds", nargs="*", default=[*KINDS, *UNKNOWN], metavar="KIND", help="default all")
    parser.add_argument("--jobs", type=int, default=len(cores()), metavar="N", help="processes; default %(default)s")
    options = parser.parse_args()
    lines = options.file.read_text(encoding="utf-8").splitlines() if options.file.exists() else []
    results = [json.loads(line) for line in lines]
    done = {(one["kind"], one["seed"]) for one in results}
    asked = [task for task in tasks(options.kinds, options.laboratories, options.judged) if task[:2] not in done]
    with options.file.open("a", encoding="utf-8") as file:
        for result in found(asked, options.jobs):
            file.write(json.dumps(result) + "\n")
            file.flush()
            results.append(result)
    print(table([Verdict(Case("calibration_coverage"), rows(results))]))


if __name__ == "__main__":
    main()
