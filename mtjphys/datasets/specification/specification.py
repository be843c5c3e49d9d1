"""The whole specification of a dataset: read from TOML, checked before anything runs, written again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import numpy as np
from pydantic import Field, InstanceOf

from mtjphys.bias import Bias
from mtjphys.core.declared import Seed
from mtjphys.core.errors import MtjphysError, ParameterError
from mtjphys.core.parameters import Parameters, known_instead, to_toml, toml_of
from mtjphys.core.quantity import Quantity
from mtjphys.datasets.engines import ENGINES, Engine
from mtjphys.datasets.products import PRODUCTS, Frame, Product
from mtjphys.datasets.specification.biases import biases_of
from mtjphys.datasets.specification.devices import Devices
from mtjphys.datasets.specification.ready import READY, ready_file
from mtjphys.datasets.specification.splits import splits_of
from mtjphys.junction import MTJ

T = TypeVar("T")

REPLICAS = Quantity("(copies)", 1, 10_000_000, (), "of every device under every bias")
SHARD = Quantity("(devices)", 1, 10_000_000, (), "that are made together")
LEVEL = Quantity("(level)", 1, 9, (), "of the compression")

FIRST = 16
"""Devices of which one at least has to be possible."""

SOME = 256
"""Devices that are built at a time."""

PLAIN = ("name", "description", "creator", "license", "seed", "replicas")
SECTIONS = (*PLAIN, "devices", "bias", "engine", "keep", "splits", "store")


class Storage(Parameters):
    """How the arrays are kept.

    Parameters
    ----------
    precision : {"float32", "float64"}
        Of traces and records; labels and statistics have what they need.
    compression : {"zstd", "lz4", "none"}
        Of the chunks, after a shuffle of the bytes.
    level : int
        Of the compression, 1 to 9.
    devices_per_shard : int, optional
        Devices that are made and written together; by default some tens of megabytes and seconds.
    """

    precision: Literal["float32", "float64"] = "float32"
    compression: Literal["zstd", "lz4", "none"] = "zstd"
    level: Annotated[int, LEVEL] = 1
    devices_per_shard: Annotated[int | None, SHARD] = None


class Specification(Parameters):
    """What a dataset is made of.

    Parameters
    ----------
    name : str
        Of the dataset.
    description : str
        A sentence or two.
    creator, license : str
        Who has made it, and under which licence (an SPDX identifier, as "CC-BY-4.0") it may be used; for its data card.
    seed : int
        Of devices, noise, readout and splits.
    replicas : int
        Lanes of every device under every bias.
    devices : Devices
        Which junctions.
    biases : tuple of Bias
        What is applied to each.
    engine : Engine
        What makes the samples.
    keep : dict
        Products by name.
    splits : dict
        Share of the devices in each split, by name.
    store : Storage
        How the arrays are kept.
    """

    name: str
    description: str = ""
    creator: str = ""
    license: str = ""
    seed: Seed = 0
    replicas: Annotated[int, REPLICAS] = 1
    devices: InstanceOf[Devices]
    biases: tuple[InstanceOf[Bias], ...]
    engine: InstanceOf[Engine]
    keep: dict[str, InstanceOf[Product]]
    splits: dict[str, float]
    store: InstanceOf[Storage] = Field(default_factory=Storage)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Devices, biases, replicas."""
        return self.devices.total, len(self.biases), self.replicas

    @cached_property
    def frame(self) -> Frame:
        """What all lanes share."""
        engine = self.engine
        return Frame(
            samples=engine.samples,
            counts=engine.counts,
            biases=self.biases,
            times=np.asarray((np.arange(engine.n_samples) + 1.0) * engine.sample_interval, dtype=np.float64),
            sample_interval=engine.sample_interval,
            initial=engine.initial,
            settle=engine.settle,
            precision=self.store.precision,
            seed=self.seed,
            products=self.keep,
        )

    @property
    def products(self) -> list[Product]:
        """What is kept, a record before what analyses it."""
        return [self.keep[name] for name in sorted(self.keep, key=lambda name: (name != "record", name))]

    @property
    def thresholds(self) -> tuple[float, float] | None:
        """Between which stays are counted."""
        counted = self.keep.get("dwell_times")
        return None if counted is None else counted.thresholds  # type: ignore[attr-defined]

    @property
    def record(self) -> tuple[str, ...]:
        """What the engine has to sample."""
        wanted = {name for product in self.products for name in product.records(self.frame)}
        return tuple(name for name in self.engine.samples if name in wanted)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text: two specifications that have it in common make the same bits."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()

    def settled(self) -> Self:
        """Return the specification with all that the engine would choose chosen, for all devices together.

        A shard then has the same bits whatever else is in it.
        """
        if not self.record and self.thresholds is None:
            return self
        drawn, total = self.devices.drawn(self.seed), self.devices.total
        built = (
            one
            for first in range(0, total, SOME)
            for one in self.devices.build(drawn, first, min(first + SOME, total))
            if isinstance(one, MTJ)
        )
        engine = _named("engine", lambda: self.engine.settled_for(built, self.biases))
        if engine is self.engine:
            return self
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**(fields | {"engine": engine}))

    # Text

    def to_toml(self) -> str:
        """Return the specification as TOML, with all that its files held."""
        tables = {
            "name": self.name,
            "description": self.description,
            "creator": self.creator,
            "license": self.license,
            "seed": self.seed,
            "replicas": self.replicas,
            "devices": self.devices.table(),
            "bias": [bias.to_mapping() for bias in self.biases],
            "engine": {"kind": identifier(ENGINES, type(self.engine)), **self.engine.model_dump(exclude_none=True)},
            "keep": {name: product.table() for name, product in self.keep.items()},
            "splits": self.splits,
            "store": self.store.model_dump(exclude_none=True),
        }
        return to_toml(tables)

    @classmethod
    def from_toml(cls, source: str | Path) -> Self:
        """Read a specification from a TOML file, from TOML text (anything with a line break), or a ready one by name.

        Parameters
        ----------
        source : str or Path
            Files that it names are relative to its own folder, of a text to the working directory. Of
            `mtjphys.datasets.READY` a name will do, unless there is a file of that name.

        Raises
        ------
        ParameterError
            If anything in it is wrong: one sentence, before any work.
        """
        if str(source) in READY and not Path(source).exists():
            source = ready_file(str(source))
        is_text = isinstance(source, str) and "\n" in source
        if not is_text and not Path(source).suffix and not Path(source).exists():
            raise ParameterError(
                f"{source}: no such file, and no ready specification; {known_instead(str(source), READY)}"
            )
        where, folder = ("specification", Path()) if is_text else (str(source), Path(source).parent)
        tables = toml_of(source)
        try:
            made = cls.of_tables(tables, folder)
            made.check()
        except ParameterError as error:
            raise ParameterError(f"{where}: {error}") from None
        return made

    @classmethod
    def of_tables(cls, tables: Mapping[str, Any], folder: Path) -> Self:
        """Return the specification of some tables, each right by itself; their files are relative to a folder."""
        for name in tables:
            if name not in SECTIONS:
                raise ParameterError(f"{name}: unknown; {known_instead(name, SECTIONS)}")
        for name in ("devices", "engine", "keep"):
            if not isinstance(tables.get(name), Mapping):
                raise ParameterError(
                    f"{name}: is no table; write [{name}], once" if name in tables else f"the table [{name}] is missing"
                )
        devices = _named("devices", lambda: Devices.of_table(tables["devices"], folder))
        biases = _named("bias", lambda: biases_of(tables.get("bias", {}), folder))
        engine = _named("engine", lambda: _engine(tables["engine"]))
        keep = {name: _named(f"keep.{name}", lambda n=name: _product(n, tables["keep"][n])) for name in tables["keep"]}  # type: ignore[misc]
        splits = _named("splits", lambda: splits_of(tables.get("splits"), devices.total))
        store = _named("store", lambda: Storage(**_table(tables.get("store", {}))))
        plain = {name: tables[name] for name in PLAIN if name in tables}
        return cls(devices=devices, biases=biases, engine=engine, keep=keep, splits=splits, store=store, **plain)

    def check(self) -> None:
        """Raise `ParameterError` where parts do not go together."""
        if not self.name or not self.name.replace("-", "").replace("_", "").isalnum():
            raise ParameterError(f"name={self.name!r} is empty or has other signs than letters, digits, - and _")
        if not self.keep:
            raise ParameterError(f"[keep] is empty; keep some of {', '.join(PRODUCTS)}")
        for name, product in self.keep.items():
            _named(f"keep.{name}", lambda p=product: p.check(self.frame))  # type: ignore[misc]
        built = self.devices.build(self.devices.drawn(self.seed), 0, min(self.devices.total, FIRST))
        first = next((one for one in built if isinstance(one, MTJ)), None)
        if first is None:
            raise ParameterError(f"devices: none of the first {len(built)} is possible: {built[0]}")
        _named("engine", lambda: self.engine.check(first, self.biases))


def identifier(registry: Mapping[str, T], kind: T) -> str:
    """Return the name under which a thing is registered."""
    return next(name for name, thing in registry.items() if thing is kind)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ParameterError(f"{value!r} is no table")
    return dict(value)


def _engine(table: Mapping[str, Any]) -> Engine:
    values = dict(table)
    return ENGINES.find(values.pop("kind", "llg"), "kind")(**values)


def _product(name: str, table: Any) -> Product:
    return PRODUCTS.find(name, "product").of_table(_table(table))


def _named(where: str, make: Callable[[], T]) -> T:
    """Call something; what is wrong with it is said to be in a section."""
    try:
        return make()
    except (MtjphysError, TypeError) as error:
        raise ParameterError(f"{where}: {error}") from None
