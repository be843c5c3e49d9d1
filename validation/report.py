"""One HTML file that reads well on its own: verdicts, then for each case its text, numbers and figure."""

import base64
import html
import io
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

import mtjphys
from validation.suite import FAIL, SECTIONS, Verdict, digits

STYLE = """
body { font: 16px/1.55 Georgia, 'Times New Roman', serif; color: #1b1b1b; background: #fff;
       max-width: 54rem; margin: 3rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.9rem; margin-bottom: .2rem; } h2 { margin-top: 3rem; border-bottom: 1px solid #bbb; }
h3 { margin-top: 2.4rem; margin-bottom: .3rem; } p.meta, figcaption { color: #555; font-size: .88rem; }
div.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font: .8rem/1.4 system-ui, sans-serif; margin: 1rem 0;
        font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
th { border-bottom: 1.5px solid #555; font-weight: 600; } td.number { white-space: nowrap; }
.pass { color: #00704f; } .FAIL, .INCONCLUSIVE { color: #b00020; font-weight: 700; } .contrast { color: #777; }
figure { margin: 1.4rem 0; } img { max-width: 100%; height: auto; } a { color: #0059a0; }
pre { overflow-x: auto; background: #f6f6f6; padding: .8rem; font-size: .8rem; }
"""

METHOD = """A number passes if it is within its tolerance of the expected one. The expected numbers come from exact
theory, by quadrature or from the Fokker-Planck equation, or from the literature; never from an earlier run.
Behind each sampled number stands its standard error, from leaving out groups of independent lanes (jackknife). Five
standard errors have to be less than the tolerance, otherwise the comparison could not have failed and counts as
inconclusive, which fails the suite. A contrast is not judged: it shows what another method makes of the same problem.
Unless a case says otherwise, the integrator is the default one at the step that it chose by itself."""


def image(verdict: Verdict) -> str:
    """Return the figure as an ``img`` with the picture inside."""
    if verdict.figure is None:
        return ""
    buffer = io.BytesIO()
    verdict.figure.savefig(buffer, format="png")
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    caption = html.escape(verdict.case.caption)
    width = round(96 * verdict.figure.get_figwidth())
    return (
        f'<figure><img width="{width}" alt="{caption}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def rows(verdict: Verdict) -> str:
    """Return the numbers of a case as a table."""
    if not verdict.rows:
        return ""
    heads = "quantity", "ours", "expected", "deviation", "allowed", "source", "verdict"
    lines = ["<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"]
    for row in verdict.rows:
        ours = digits(row.ours, row.error).replace("+-", "&plusmn;")
        allowed = "" if row.contrast else f"{100 * row.tolerance:g} %"
        deviation = f"{100 * row.deviation:+.2f} %"
        lines.append(
            f"<tr><td>{html.escape(row.quantity)}</td>"
            f'<td class="number">{ours}</td><td class="number">{row.expected:.6g}</td>'
            f'<td class="number">{deviation}</td><td class="number">{allowed}</td>'
            f'<td>{html.escape(row.source)}</td><td class="{row.verdict}">{row.verdict}</td></tr>'
        )
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def section(verdict: Verdict) -> str:
    """Return text, numbers and figure of a case."""
    case = verdict.case
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in case.text.split("\n\n"))
    failure = f"<pre>{html.escape(verdict.failure)}</pre>" if verdict.failure else ""
    return (
        f'<h3 id="{case.name}">{html.escape(case.title)}</h3><p class="meta">{case.name}, '
        f"{verdict.seconds:.0f} s</p>{paragraphs}{rows(verdict)}{failure}{image(verdict)}"
    )


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return one line a case: title, numbers judged, largest share of a tolerance used, verdict."""
    lines = ["<tr><th>case</th><th>numbers judged</th><th>largest deviation / allowed</th><th>verdict</th></tr>"]
    for verdict in verdicts:
        judged = [row for row in verdict.rows if not row.contrast]
        worst = max((abs(row.deviation) / row.tolerance for row in judged), default=float("nan"))
        text = "pass" if verdict.passed else FAIL
        lines.append(
            f'<tr><td><a href="#{verdict.case.name}">{html.escape(verdict.case.title)}</a></td>'
            f'<td>{len(judged)}</td><td>{worst:.2f}</td><td class="{text}">{text}</td></tr>'
        )
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def page(verdicts: Sequence[Verdict], quick: bool) -> str:
    """Return the whole report."""
    passed = sum(verdict.passed for verdict in verdicts)
    seconds = sum(verdict.seconds for verdict in verdicts)
    body = [
        "<h1>mtjphys held against theory</h1>",
        f'<p class="meta">mtjphys {mtjphys.__version__}, {"quick" if quick else "full"} suite, '
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {seconds:.0f} s, {platform.machine()}, "
        f"Python {platform.python_version()}</p>",
        f"<p><b>{passed} of {len(verdicts)} cases pass.</b> {html.escape(METHOD)}</p>",
        summary(verdicts),
    ]
    for name in SECTIONS:
        inside = [verdict for verdict in verdicts if verdict.case.section == name]
        if inside:
            body.append(f"<h2>{name}</h2>")
            body += [section(verdict) for verdict in inside]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>mtjphys held against theory</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )
