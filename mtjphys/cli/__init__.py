"""The command line: ``mtjphys demo | info | simulate | analyse | train``."""

from mtjphys.cli.app import main as main
