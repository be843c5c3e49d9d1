"""``mtjphys demo``: published junctions through the whole chain, with figures and a one-page report.

Two junctions of one laboratory: the 60 nm disc whose telegraph noise taught the network of Koenders et al.,
simulated, read out as in the laboratory and laid beside the measured curves; and the 50 nm disc of Schnitzspan et
al., fast enough to hold its statistics against exact theory and to teach a network live.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mtjphys.cli.demo.fast_junction import fast_junction
from mtjphys.cli.demo.learned_digits import learned_digits
from mtjphys.cli.demo.measured_junction import measured_junction
from mtjphys.cli.demo.report import report
from mtjphys.cli.demo.section import FULL, QUICK, Scale, Section
from mtjphys.cli.inputs import save_figure
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import write_text


def demo(
    output: Annotated[Path, typer.Option(help="Folder for the report and the figures.")] = Path("demo-output"),
    quick: Annotated[bool, typer.Option("--quick", help="A small fraction of the work, to see that it runs.")] = False,
) -> None:
    """Take published junctions from the stack to a network that learns from their noise."""
    if output.exists() and not output.is_dir():
        raise ParameterError(f"{output}: is a file; give the name of a folder with --output")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"{output}: cannot be made ({error}); give another --output") from None
    scale = QUICK if quick else FULL
    started = time.monotonic()
    parts: list[tuple[str, Callable[[Scale], Section]]] = [
        ("a measured junction, simulated and read out as in the laboratory", measured_junction),
        ("a nanosecond junction against exact theory", fast_junction),
        ("handwritten digits, learned from the noise of live junctions", learned_digits),
    ]
    sections = []
    for number, (title, function) in enumerate(parts, 1):
        print(f"[{number}/{len(parts)}] {title}", flush=True)
        begun = time.monotonic()
        section = function(scale)
        save_figure(section.figure, output / f"{section.name}.png")
        print_rows(section)
        print(f"      {time.monotonic() - begun:.0f} s", flush=True)
        sections.append(section)
    numbers = {section.name: section.numbers for section in sections}
    write_text(output / "numbers.json", json.dumps(numbers, indent=2) + "\n")
    write_text(output / "report.html", report(sections, output))
    print(f"\nreport:  {output / 'report.html'}")
    for section in sections:
        print(f"figure:  {output / f'{section.name}.png'}")
    print(f"numbers: {output / 'numbers.json'}")
    print(f"{time.monotonic() - started:.0f} s in all")


def print_rows(section: Section) -> None:
    """Print the table of a section."""
    table = [section.header, *section.rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(section.header))]
    for row in table:
        print("      " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))
