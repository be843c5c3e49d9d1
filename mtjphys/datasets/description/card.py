"""The data card: a README.md as Hugging Face's, with a head for machines and the rest for readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mtjphys.datasets.description.facts import Array, Facts, Range

CARD = "README.md"

ENGINES = {
    "llg": "the stochastic Landau-Lifshitz-Gilbert equation of one macrospin, in every lane with noise of its own",
    "surrogate": "two states with the exact rates of the Fokker-Planck equation, in continuous time",
}
SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))


def card(facts: Facts, files: Mapping[str, str], reading: str) -> str:
    """Return the text of the data card.

    Parameters
    ----------
    facts : Facts
        Of the dataset.
    files : mapping
        Pattern of the parquet files of each split that is not empty; none of a store.
    reading : str
        Python that opens it.
    """
    lanes = sum(split.lanes for split in facts.splits)
    failed = sum(split.failed for split in facts.splits)
    parts = [
        _head(facts, files, lanes),
        f"# {facts.name}",
        facts.description,
        f"Simulated magnetic tunnel junctions: {sum(split.devices for split in facts.splits):,} devices, {lanes:,} "
        f"lanes (a device under a bias, with a stream of noise of its own)."
        + (f" {failed:,} more lanes could not be made and hold no numbers." if failed else ""),
        f"```python\n{reading}\n```",
        "## What is in it\n",
        _table(("name", "over", "shape", "type", "unit", "meaning"), (_array(one) for one in facts.arrays)),
    ]
    for title, ranges in (("device to device", facts.devices), ("bias to bias", facts.biases)):
        if ranges:
            parts += [f"What differs from {title}:\n", _table(("name", "from", "to", "unit"), map(_range, ranges))]
    licence = facts.license or "Not stated: `license` in the specification says it."
    parts += [
        "## Splits\n",
        "Splits are of devices: no trace of a device is in two of them.\n",
        _table(("split", "devices", "lanes"), ((s.name, f"{s.devices:,}", f"{s.lanes:,}") for s in facts.splits)),
        "## How it was made\n",
        f"By mtjphys {facts.version}, from the specification below (SHA-256 `{facts.digest}`): "
        f"{ENGINES.get(facts.engine, facts.engine)}. The same specification gives the same bits:\n",
        "    mtjphys dataset make specification.toml set.zarr\n",
        f"<details><summary>specification.toml</summary>\n\n```toml\n{facts.specification.strip()}\n```\n\n</details>",
        "Quantities are in SI units, fields in tesla (mu0 H); states are in the order parallel, antiparallel. One "
        "macrospin is the model; incoherent reversal is not in it.",
        "## Licence\n",
        licence,
        f"Made by {facts.creator}." if facts.creator else "",
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _head(facts: Facts, files: Mapping[str, str], lanes: int) -> str:
    size = next((name for most, name in SIZES if lanes < most), "n>10M")
    lines = [
        f"license: {facts.license.lower() or 'unknown'}",
        f"pretty_name: {facts.name}",
        "tags: [physics, spintronics, magnetic-tunnel-junction, time-series, simulation]",
        f"size_categories: ['{size}']",
    ]
    if files:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split, pattern in files.items():
            lines += [f"  - split: {split}", f"    path: {pattern}"]
    return "\n".join(["---", *lines, "---"])


def _array(one: Array) -> tuple[str, ...]:
    shape = " x ".join(f"{size:,}" for size in one.shape)
    return f"`{one.name}`", ", ".join(one.dimensions), shape, one.dtype, one.units, one.meaning


def _range(one: Range) -> tuple[str, ...]:
    return f"`{one.name}`", f"{one.low:.6g}", f"{one.high:.6g}", one.units


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
