"""A page of HTML that holds everything it shows, figures included."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem }
table { border-collapse: collapse; font-size: .9rem } td, th { padding: .15rem .9rem .15rem 0; text-align: left }
th { border-bottom: 1px solid #999 } img { max-width: 100% } footer { color: #666; font-size: .8rem; margin-top: 2rem }
"""


def page(title: str, heading: str, parts: Iterable[str], footer: str) -> str:
    """Return a page of parts of HTML."""
    from mtjphys import __version__

    return "\n".join(
        [
            f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(title)}</title>",
            f"<style>{_STYLE}</style><h1>{html.escape(heading)}</h1>",
            *parts,
            f"<footer>mtjphys {__version__}, {html.escape(footer)}</footer></html>",
        ]
    )


def section(title: str, text: str) -> str:
    """Return a heading and a paragraph."""
    return f"<h2>{html.escape(title)}</h2><p>{html.escape(text)}</p>"


def picture(figure: Any, name: str, drawn: Path | None = None) -> str:
    """Return a figure of matplotlib, in its own size; not drawn anew where the file `drawn`, a PNG, holds it."""
    if drawn is None:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=160, bbox_inches="tight")
        image = buffer.getvalue()
    else:
        image = drawn.read_bytes()
    content = base64.b64encode(image).decode("ascii")
    width = round(96 * figure.get_figwidth())
    return f"<img alt='{html.escape(name)}' width='{width}' src='data:image/png;base64,{content}'>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under a header; ``+-`` becomes a sign."""
    parts = ["<table><tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in header)]
    parts += ["<tr>" + "".join(f"<td>{html.escape(cell.replace('+-', '±'))}</td>" for cell in row) for row in rows]
    return "\n".join([*parts, "</table>"])
