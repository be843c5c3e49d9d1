"""The command line: ``mtjphys demo | info | simulate | analyse | calibrate | dataset | train``.

Every mistake in the input is one sentence on standard error and exit code 2; Ctrl-C is exit code 130, with
what was done kept.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from mtjphys.cli import dataset
from mtjphys.cli.analyse import analyse
from mtjphys.cli.calibrate import calibrate
from mtjphys.cli.demo import demo
from mtjphys.cli.info import info
from mtjphys.cli.simulate import simulate
from mtjphys.cli.train import train
from mtjphys.core.errors import MtjphysError, MtjphysWarning, SimulationInterrupted


class _Interrupted(Exception):
    """Ctrl-C inside a command; typer would swallow the KeyboardInterrupt and what it says."""


def _stoppable(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except SimulationInterrupted as stop:
            if not isinstance(stop.result, Path):
                raise _Interrupted("interrupted") from None
            raise _Interrupted(f"interrupted; continue with: mtjphys simulate --resume {stop.result}") from None
        except KeyboardInterrupt as stop:
            raise _Interrupted(str(stop) or "interrupted") from None

    return run


app = typer.Typer(
    help="Stochastic magnetic tunnel junctions: from the stack to a network that learns from the noise.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from mtjphys import __version__

        print(f"mtjphys {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


app.command("info")(_stoppable(info))
app.command("simulate")(_stoppable(simulate))
app.command("analyse")(_stoppable(analyse))
app.command("calibrate")(_stoppable(calibrate))
datasets = typer.Typer(
    help="Datasets of devices: made from one file, resumed, verified, repaired, shown, exported.", no_args_is_help=True
)
datasets.command("make")(_stoppable(dataset.make))
datasets.command("verify")(_stoppable(dataset.verify))
datasets.command("info")(_stoppable(dataset.info))
datasets.command("export")(_stoppable(dataset.export))
datasets.command("specifications")(_stoppable(dataset.specifications))
app.add_typer(datasets, name="dataset")
app.command("train")(_stoppable(train))
app.command("demo")(_stoppable(demo))


def _show_warning(message: Any, category: type[Warning], *rest: Any, **options: Any) -> None:
    if issubclass(category, MtjphysWarning):
        print(f"mtjphys: warning: {message}", file=sys.stderr)


def _usage(error: Any) -> str:
    """Return a mistake in the words of the command line as one sentence that names what was given."""
    message = " ".join(str(error.format_message()).split()).rstrip(".")
    given = sys.argv[1:]
    for name in getattr(getattr(error, "param", None), "opts", None) or ():
        if name in given[:-1]:
            message = message.replace(f"'{name}'", f"{name} {given[given.index(name) + 1]}")
    context = getattr(error, "ctx", None)
    return f"{message}; see {context.command_path if context else 'mtjphys'} --help"


def main() -> None:
    """Run the command line; the entry point of the installed script."""
    warnings.showwarning = _show_warning
    warnings.simplefilter("always", MtjphysWarning)
    if not sys.argv[1:]:
        sys.argv.append("--help")
    try:
        code = app(prog_name="mtjphys", standalone_mode=False)
        sys.stdout.flush()  # here, and not at exit, where nobody catches what that raises
    except MtjphysError as error:
        _stop(f"error: {error}", 2)
    except _Interrupted as stop:
        _stop(str(stop), 130)
    except (KeyboardInterrupt, typer.Abort):
        _stop("interrupted", 130)
    except BrokenPipeError:
        # Whoever reads our output has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except MemoryError as error:
        details = f" ({error})" if str(error) else ""
        _stop(f"error: not enough memory{details}: make the network, the data or the ensemble smaller", 2)
    except OSError as error:
        _stop(f"error: {error.filename or 'a file'}: {error.strerror or error}", 2)
    except Exception as error:
        # Newer versions of typer carry click inside; its exceptions are known by what they can do.
        if not hasattr(error, "format_message"):
            raise
        _stop(f"error: {_usage(error)}", 2)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(sentence: str, code: int) -> NoReturn:
    print(f"mtjphys: {sentence}", file=sys.stderr)
    sys.exit(code)
