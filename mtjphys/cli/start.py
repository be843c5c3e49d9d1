"""The entry point: Ctrl-C while the commands are being imported is as quiet as later."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the entry point of the installed script."""
    try:
        from mtjphys.cli import app
    except KeyboardInterrupt:
        print("mtjphys: interrupted", file=sys.stderr)
        sys.exit(130)
    app.main()
