"""The report of the demo: one HTML page with its figures inside."""

from __future__ import annotations

import base64
import html
import io

from mtjphys.cli.demo.section import SEED, Section

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem }
table { border-collapse: collapse; font-size: .9rem } td, th { padding: .15rem .9rem .15rem 0; text-align: left }
th { border-bottom: 1px solid #999 } img { max-width: 100% } footer { color: #666; font-size: .8rem; margin-top: 2rem }
"""


def report(sections: list[Section]) -> str:
    """Return the report as one HTML page with its figures inside."""
    import platform

    from mtjphys import __version__

    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>mtjphys demo</title>",
        f"<style>{STYLE}</style><h1>From the stack to a network that learns from its noise</h1>",
    ]
    for section in sections:
        buffer = io.BytesIO()
        section.figure.savefig(buffer, format="png", dpi=160, bbox_inches="tight")
        picture = base64.b64encode(buffer.getvalue()).decode("ascii")
        parts.append(f"<h2>{html.escape(section.title)}</h2><p>{html.escape(section.text)}</p>")
        width = round(96 * section.figure.get_figwidth())
        parts.append(f"<img alt='{section.name}' width='{width}' src='data:image/png;base64,{picture}'>")
        parts.append("<table><tr>" + "".join(f"<th>{html.escape(t)}</th>" for t in section.header))
        for row in section.rows:
            parts.append("<tr>" + "".join(f"<td>{html.escape(text.replace('+-', '±'))}</td>" for text in row))
        parts.append("</table>")
    parts.append(
        f"<footer>mtjphys {__version__}, Python {platform.python_version()}, seed {SEED}; "
        "the same command gives the same numbers.</footer></html>"
    )
    return "\n".join(parts)
