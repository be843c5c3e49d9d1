"""``python -m mtjphys`` is the command line."""

from mtjphys.cli import main

main()
