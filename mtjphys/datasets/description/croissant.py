"""Metadata for machines: Croissant 1.1, JSON-LD in the words of schema.org.

References
----------
MLCommons, Croissant Format Specification 1.1, http://mlcommons.org/croissant/1.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mtjphys.datasets.description.facts import Facts

CROISSANT = "croissant.json"

VERSION = "http://mlcommons.org/croissant/1.1"
OURS = """
arrayShape citeAs column containedIn equivalentProperty extract field fileProperty fileObject fileSet format includes
isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate
separator source subField transform
"""
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{name: f"cr:{name}" for name in OURS.split()},
}
"""That of the specification, without which readers do not know the words."""


class Field(NamedTuple):
    """A column of records.

    Attributes
    ----------
    name, description : str
        What it is, with its unit.
    kind : str
        "sc:Integer", "sc:Float" or "sc:Text".
    length : int, optional
        Of an array in every row.
    """

    name: str
    description: str
    kind: str
    length: int | None = None


def croissant(
    facts: Facts, files: str, encoding: str, *, columns: Sequence[Field] = (), published: str | None = None
) -> dict[str, Any]:
    """Return the metadata of a dataset, to be written as JSON beside its files.

    Parameters
    ----------
    facts : Facts
        Of the dataset.
    files : str
        Pattern of its files.
    encoding : str
        Their media type.
    columns : sequence of Field
        Of the rows of parquet files, of which "split" is one; of a store there are none, and its arrays are listed.
    published : str, optional
        Date.
    """
    about: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": facts.name,
        "description": facts.description or f"Simulated magnetic tunnel junctions: {facts.name}.",
        "version": "1.0.0",
        "citeAs": f"{facts.name}, simulated by mtjphys {facts.version}, specification {facts.digest}",
        "keywords": ["magnetic tunnel junction", "spintronics", "simulation"],
    }
    if facts.license:
        known = facts.license.startswith("http")
        about["license"] = facts.license if known else f"https://spdx.org/licenses/{facts.license}.html"
    if facts.creator:
        about["creator"] = {"@type": "sc:Person", "name": facts.creator}
    if published:
        about["datePublished"] = published
    kinds = ("name", "sc:Text"), ("devices", "sc:Integer"), ("lanes", "sc:Integer")
    rows = [(split.name, split.devices, split.lanes) for split in facts.splits]
    records = [_listed("splits", kinds, rows, dataType="cr:Split", key={"@id": "splits/name"})]
    if columns:
        records.append(
            {
                "@type": "cr:RecordSet",
                "@id": "lanes",
                "name": "lanes",
                "description": "A device under a bias in each row.",
                "field": [_column(one) for one in columns],
            }
        )
    else:
        words = [(name, "sc:Text") for name in ("name", "dimensions", "shape", "type", "units", "description")]
        texts = [
            (a.name, ", ".join(a.dimensions), " x ".join(map(str, a.shape)), a.dtype, a.units, a.meaning)
            for a in facts.arrays
        ]
        records.append(_listed("arrays", words, texts, description="Arrays of the Zarr store."))
    fileset = {"@type": "cr:FileSet", "@id": "files", "name": "files", "includes": files, "encodingFormat": encoding}
    return about | {"distribution": [fileset], "recordSet": records}


def _listed(name: str, kinds: Iterable[tuple[str, str]], rows: Iterable[Sequence[Any]], **more: Any) -> dict[str, Any]:
    """Return a set of records whose rows stand in the metadata."""
    kinds = list(kinds)
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/{field}", "name": field, "dataType": kind} for field, kind in kinds
        ],
        "data": [{f"{name}/{field}": value for (field, _), value in zip(kinds, row, strict=True)} for row in rows],
        **more,
    }


def _column(one: Field) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"lanes/{one.name}",
        "name": one.name,
        "description": one.description,
        "dataType": one.kind,
        "source": {"fileSet": {"@id": "files"}, "extract": {"column": one.name}},
    }
    if one.length is not None:
        found |= {"isArray": True, "arrayShape": str(one.length)}
    if one.name == "split":
        found["references"] = {"field": {"@id": "splits/name"}}
    return found


def as_json(tables: dict[str, Any]) -> str:
    """Return JSON to be read by people too."""
    return json.dumps(tables, indent=2, ensure_ascii=False) + "\n"
