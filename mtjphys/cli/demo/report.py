"""The report of the demo: one HTML page with its figures inside."""

from __future__ import annotations

import platform
from pathlib import Path

from mtjphys.cli.demo.section import SEED, Section
from mtjphys.core import page


def report(sections: list[Section], folder: Path) -> str:
    """Return the report as one HTML page with its figures, of the folder, inside."""
    parts: list[str] = []
    for section in sections:
        parts.append(page.section(section.title, section.text))
        parts.append(page.picture(section.figure, section.name, folder / f"{section.name}.png"))
        parts.append(page.table(section.header, section.rows))
    footer = f"Python {platform.python_version()}, seed {SEED}; the same command gives the same numbers."
    return page.page("mtjphys demo", "From the stack to a network that learns from its noise", parts, footer)
