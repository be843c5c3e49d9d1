"""The command line: ``mtjphys demo | info | simulate | analyse``.

Every mistake in the input is one sentence on standard error and exit code 2; Ctrl-C is exit code 130, with
what was done kept.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import typer

from mtjphys.cli import analyse as _analyse
from mtjphys.cli import demo as _demo
from mtjphys.cli import info as _info
from mtjphys.cli import simulate as _simulate
from mtjphys.errors import MtjphysError, MtjphysWarning

app = typer.Typer(
    help="Stochastic magnetic tunnel junctions: from the stack to a network that learns from the noise.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("info")(_info.info)
app.command("simulate")(_simulate.simulate)
app.command("analyse")(_analyse.analyse)
app.command("demo")(_demo.demo)


def _show_warning(message: Any, category: type[Warning], *rest: Any, **options: Any) -> None:
    if issubclass(category, MtjphysWarning):
        print(f"mtjphys: warning: {message}", file=sys.stderr)


def main() -> None:
    """Run the command line; the entry point of the installed script."""
    warnings.showwarning = _show_warning
    warnings.simplefilter("always", MtjphysWarning)
    try:
        app()
    except MtjphysError as error:
        print(f"mtjphys: error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt as stop:
        print(f"mtjphys: {stop or 'interrupted'}", file=sys.stderr)
        sys.exit(130)
