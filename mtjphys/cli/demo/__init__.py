"""``mtjphys demo``: published junctions through the whole chain, with figures and a one-page report."""

from mtjphys.cli.demo.command import demo as demo
