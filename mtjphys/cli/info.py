"""``mtjphys info``: what a junction is, with units."""

from __future__ import annotations

from typing import Annotated

import typer

from mtjphys.cli.inputs import make_bias, quantity
from mtjphys.junction import read_junction


def info(
    junction: Annotated[
        str | None, typer.Argument(help="Preset or TOML file; without it, the presets are listed.")
    ] = None,
    temperature: Annotated[float, quantity("K", "K")] = 300.0,
    toml: Annotated[bool, typer.Option("--toml", help="Print the junction as TOML instead.")] = False,
) -> None:
    """Print a junction's parameters and derived quantities."""
    from mtjphys.bias import Bias
    from mtjphys.junction import presets

    if junction is None:
        width = max(len(name) for name in presets.names())
        for name in presets.names():
            print(f"{name:<{width}}  {presets.source(name)}")
        return
    device, table = read_junction(junction)
    make_bias(junction, table, {})
    if toml:
        print(device.to_toml(), end="")
        return
    print(device.describe(Bias(temperature=temperature)))
    if junction in presets.names():
        print(f"\n{presets.source(junction)}\n{presets.note(junction)}\n")
        for name, text in presets.provenance(junction).items():
            print(f"  {name}: {text}")
