"""The command line: ``mtjphys demo | info | simulate | analyse | train``."""

from mtjphys.cli.start import main as main
