"""One HTML file that reads well on its own: verdicts, then for each case its text, figure and numbers."""

import base64
import html
from collections.abc import Sequence
from typing import Any

from validation.suite import CONTRAST, FAIL, INCONCLUSIVE, LIMIT, PASS, SECTIONS, Verdict, counts, digits

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
.limit { color: #8a5a00; font-weight: 600; } td.reason { color: #555; padding-left: 1.2rem; font-style: italic; }
tr.explained td { border-bottom: none; padding-bottom: 0; } tr.group td { font-weight: 600; padding-top: .9rem; }
dl { display: grid; grid-template-columns: max-content auto; gap: .1rem 1rem; font-size: .92rem; } dd { margin: 0; }
figure { margin: 1.4rem 0; } img { max-width: 100%; height: auto; } a { color: #0059a0; }
pre { overflow-x: auto; background: #f6f6f6; padding: .8rem; font-size: .8rem; }
"""

METHOD = """Each case computes numbers with mtjphys and holds them against known ones. These come from exact theory, by
quadrature or from the Fokker-Planck equation, or from the literature; never from an earlier run of the same code. The
column "source" says where each comes from.

Behind each sampled number stands its standard error, from leaving out groups of independent lanes (jackknife) unless
the case says otherwise. The integrator is the default one at the step that it chose by itself, unless the case says
otherwise."""

MISSING = "Could not be run"  # heading of the cases that have no section because they could not be loaded
MEANINGS = {
    PASS: "The number is within its tolerance of the expected one.",
    FAIL: "It is not. This fails the suite.",
    INCONCLUSIVE: "Five standard errors are more than the tolerance: the comparison could not have failed and says "
    "nothing. This fails the suite too.",
    LIMIT: "A measurement that the model does not reproduce, with the reason below the number: something that one "
    "macrospin with fixed parameters does not have. It does not fail the suite; it would if the two agreed, since the "
    "reason would then be wrong.",
    CONTRAST: "Not judged: what another method makes of the same problem, or a number that is only reported.",
}


def image(verdict: Verdict) -> str:
    """Return the figure as an ``img`` with the picture inside."""
    if not verdict.picture:
        return ""
    data = base64.b64encode(verdict.picture).decode("ascii")
    caption = html.escape(verdict.case.caption)
    return (
        f'<figure><img width="{round(96 * verdict.width)}" alt="{caption}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def table(heads: Sequence[str], lines: Sequence[str]) -> str:
    """Return a table from its heads and its lines of ``tr``."""
    head = "".join(f"<th>{head}</th>" for head in heads)
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(lines)}</table></div>'


def rows(verdict: Verdict) -> str:
    """Return the numbers of a case as a table."""
    heads = "quantity", "ours", "expected", "deviation", "allowed", "source", "verdict"
    lines = []
    for row in verdict.rows:
        ours = digits(row.ours, row.error).replace("+-", "&plusmn;")
        numbers = ours, row.expected_text, row.deviation_text, row.allowed_text
        lines.append(
            f"<tr{' class=explained' * bool(row.limit)}><td>{html.escape(row.quantity)}</td>"
            + "".join(f'<td class="number">{number}</td>' for number in numbers)
            + f'<td>{html.escape(row.source)}</td><td class="{row.verdict}">{row.verdict}</td></tr>'
        )
        if row.limit:
            lines.append(f'<tr><td class="reason" colspan="{len(heads)}">{html.escape(row.limit)}</td></tr>')
    return table(heads, lines) if lines else ""


def paragraphs(text: str) -> str:
    """Return a text as HTML; what is indented keeps its lines."""
    found = []
    for block in text.split("\n\n"):
        tag = "pre" if block.startswith(" ") else "p"
        found.append(f"<{tag}>{html.escape(block)}</{tag}>")
    return "".join(found) if text else ""


def section(verdict: Verdict) -> str:
    """Return text, figure and numbers of a case."""
    case = verdict.case
    text = PASS if verdict.passed else FAIL
    failure = f"<pre>{html.escape(verdict.failure)}</pre>" if verdict.failure else ""
    return (
        f'<h3 id="{case.name}">{html.escape(case.title or case.name)}</h3><p class="meta">{case.name}: '
        f'<span class="{text}">{text}</span>, {verdict.cpu_seconds:.0f} s of processor time</p>'
        f"{paragraphs(case.text)}{failure}{image(verdict)}{rows(verdict)}"
    )


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return one line a case: title, numbers judged, largest share of a tolerance used, limits, verdict."""
    heads = "case", "numbers judged", "largest deviation / allowed", "limits", "verdict"
    lines, group = [], None
    for verdict in verdicts:
        if verdict.case.section != group:
            group = verdict.case.section
            lines.append(f'<tr class="group"><td colspan="{len(heads)}">{group or MISSING}</td></tr>')
        judged = [row for row in verdict.rows if not row.contrast and not row.limit]
        shares = [abs(row.ours - row.expected) / row.allowed for row in judged if row.allowed]
        text = PASS if verdict.passed else FAIL
        lines.append(
            f'<tr><td><a href="#{verdict.case.name}">{html.escape(verdict.case.title or verdict.case.name)}</a></td>'
            f"<td>{len(judged)}</td><td>{f'{max(shares):.2f}' if shares else ''}</td>"
            f"<td>{sum(bool(row.limit) for row in verdict.rows) or ''}</td>"
            f'<td class="{text}">{text}</td></tr>'
        )
    return table(heads, lines)


def page(verdicts: Sequence[Verdict], facts: dict[str, Any]) -> str:
    """Return the whole report; `facts` are those of the run, as the command writes them to its JSON file."""
    machine = facts["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if name != "mtjphys")
    told = {
        "Version": f"mtjphys {facts['mtjphys']}",
        "Suite": f"{'quick' if facts['quick'] else 'full'}, {facts['seconds']:.0f} s with {facts['jobs']} at a time",
        "Date": facts["started"].replace("T", " "),
        "Machine": f"{machine['processor']}, {machine['cores']} cores",
        "Software": f"Python {machine['python']}, {packages}",
        "Numbers": ", ".join(f"{count} {text}" for text, count in counts(verdicts).most_common()),
    }
    total = len(verdicts) + len(facts["not_run"])
    body = [
        "<h1>mtjphys held against theory and measurements</h1>",
        f"<p><b>{sum(verdict.passed for verdict in verdicts)} of {total} cases pass.</b></p>",
        "<dl>" + "".join(f"<dt>{key}</dt><dd>{html.escape(value)}</dd>" for key, value in told.items()) + "</dl>",
    ]
    if facts["not_run"]:
        body.append(f'<p class="FAIL">Stopped early; not run: {", ".join(facts["not_run"])}.</p>')
    body += [summary(verdicts), "<h2>How to read the numbers</h2>", paragraphs(METHOD)]
    body.append("<dl>" + "".join(f'<dt class="{key}">{key}</dt><dd>{v}</dd>' for key, v in MEANINGS.items()) + "</dl>")
    for name in ("", *SECTIONS):
        inside = [verdict for verdict in verdicts if verdict.case.section == name]
        if inside:
            body.append(f"<h2>{name or MISSING}</h2>")
            body += [section(verdict) for verdict in inside]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>mtjphys held against theory and measurements</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )
