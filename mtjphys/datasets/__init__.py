r"""Datasets of devices: from one specification to labelled, reproducible traces and statistics of any number of them.

`estimate` says what a specification will cost, `make` makes a store of it, `open` reads it; `verify` and `repair` find
and mend damage. `Windows` hands batches to a network (`mtjphys.datasets.torch` to PyTorch), `statistics` and `overview`
show what is there, `export` writes parquet files. `READY` names specifications that can be made as they are.

The specification::

    name = "telegraph-small"
    license = "CC-BY-4.0"                      # for the data card, as are description and creator
    seed = 1                                   # of devices, noise, readout and splits
    replicas = 4                               # lanes of every device under every bias

    [devices]
    junction = "koenders_2025"                 # a preset, a file, or a table; or junctions = ["a.toml", "b.toml"]
    count = 64
    design = "sobol"                           # random | sobol | latin_hypercube | grid
    correlations = [["free_layer.damping", "barrier.resistance_parallel", 0.3]]
    variability = "wafer.toml"                 # mtjphys.Spread; or Variability, without the junction above

    [devices.parameters]
    "free_layer.damping" = {kind = "uniform", low = 0.01, high = 0.03}      # log_uniform too; of a grid with points
    "free_layer.thickness" = {kind = "normal", mean = 3e-9, standard_deviation = 1e-10}
    "barrier.resistance_parallel" = {kind = "log_normal", mean = 5670.0, relative_deviation = 0.05}
    "barrier.tunnel_magnetoresistance" = [0.5, 0.6, 0.7]

    [bias]                                     # fields of mtjphys.Bias, waveforms among them; or several [[bias]]
    series_resistance = 1e4
    [bias.grid]                                # all combinations; of a waveform "voltage.amplitude"
    voltage = {low = -0.1, high = 0.1, points = 5}

    [engine]
    kind = "llg"                               # or "surrogate"
    duration = 1e-6
    sample_interval = 1e-10
    settle = 1e-7

    [keep.traces]                              # each table is a product: traces, record, dwell_times, rates, spectra,
    quantities = ["resistance"]                # exact, switching
    [keep.record]                              # fields of mtjphys.readout.Instrument
    source_voltage = 0.1
    bandwidth = 5e8
    sample_rate = 1e9

    [splits]                                   # by device, never by window of the same device
    train = 0.8
    test = 0.2

    [store]
    precision = "float32"
    compression = "zstd"

A distribution, an engine and a product are each a name in a registry; a new product is one file in ``products/``.

The store is a Zarr group of format 3 that plain zarr and xarray read:

- **Dimensions** ``device``, ``bias``, ``replica``, and of the products ``time`` (s), ``record_time`` (s),
  ``component`` (of m: x, y, z), ``state`` (parallel, antiparallel), ``frequency`` (Hz).
- **Coordinates**, each in one chunk, with ``units``: over ``device`` the parameters that differ, by their path, and
  ``split``; over ``bias`` what differs, as ``applied_voltage``; waveforms over (bias, time). Words are int8 with CF's
  ``flag_values`` and ``flag_meanings`` (``split``, ``state``, ``component``), since Zarr has no type of texts yet;
  `open` turns them into words.
- **Variables** begin with the dimensions (device, bias, replica), labels with (device, bias) or (device). Traces are
  ``m``, ``resistance``, ``voltage``, ..., a record is ``signal``. ``status`` (int8; device, bias, replica) is 1 where
  a lane was made, 0 where it failed, -1 where it is not made yet. What failed is NaN, of whole numbers -1.
- **Attributes** of the group: ``title``, ``summary``, ``mtjphys_schema`` (1), ``mtjphys_version``, ``specification``
  (TOML, with all that its files held), ``specification_sha256``, ``seed``, ``shard``
  (devices, biases and replicas of a task), ``tasks``.
- **Shards.** A task makes consecutive lanes and writes one whole shard of each variable, ``NAME/c/i/j/k/0``, which no
  other task touches; in it are chunks of about half a megabyte, each with a CRC-32C that zarr checks as it reads.
- **Records.** ``tasks/NNNNNNNN.json`` is written after the shards of task N: their bytes and SHA-256, devices that
  failed with their reasons, labels that could not be had; ``tasks/specification.json`` likewise holds the
  specification and the sums of metadata and coordinates. Both are ``{"content": ..., "sha256": ...}``. ``tasks/lock``
  is there while a process makes the store.

``README.md`` is a data card in the manner of Hugging Face, ``croissant.json`` metadata in Croissant 1.1; both follow
from the specification, as metadata and coordinates do.

A set below 1 GiB may be one netCDF file of the same arrays, words as texts, each with its ``sha256``: its name ends in
``.nc``.

The bits depend on the specification alone, and not on the size of the shards: an integration step that is not given is
chosen for all devices and biases together before the first task, and becomes part of the specification in the store. A
few much faster devices slow the others down; with a step of your own they are recorded as failed, or warned about. A
lane has the streams of its number, ``(device * biases + bias) * replicas + replica``, as in `mtjphys.simulate`, which
makes the same bits of the same devices.

Precision and compression were chosen by what they cost (``python -m validation.benchmarks datasets``), bytes a sample:

=========================== ======= ==== ==== ======= ==== ====
\                           float32           float64
--------------------------- ----------------- -----------------
traces                      none    lz4  zstd none    lz4  zstd
=========================== ======= ==== ==== ======= ==== ====
resistance, every 0.1 ns    4.00    3.11 2.96 8.00    6.57 6.48
record every 1 ns           4.00    3.01 2.92 8.00    6.77 6.78
the same, of 12 bits        4.00    2.49 1.66 8.00    5.06 2.29
=========================== ======= ==== ==== ======= ==== ====

float32 rounds by less than 1e-6 of the standard deviation of a trace; labels are float64. A decimated record takes 3 to
12 % more processor time than simulating its lanes, the less the longer a shard takes (end to end in one run 93 % of
the simulator's speed). Two threads need 0.37 GB whether they make 20 or 330 MB of samples;
a set of 26 GB on a machine of 25 GB, under a limit of 2 GiB (``--scale 6``), needed 0.77 GB.

**On a cluster** (``python -m validation.benchmarks scaling``). Start it with one thread a worker, since exact labels,
rates and switching probabilities hold Python's lock, and give its address::

    ulimit -n 65536; dask scheduler --scheduler-file cluster.json
    dask worker --scheduler-file cluster.json --nworkers 32 --nthreads 1 --memory-limit 2GB    # on every node
    mtjphys dataset make spec.toml /shared/set.zarr --scheduler tcp://head:8786

Measured on two cores of an Intel Xeon that scheduler, client and both workers shared: a set took 8.9 s with one worker
and 4.7 s with two, half of it 4.3 s with one. Of 100,000 empty tasks the scheduler bore 545 a second when it knew of
4,000 at a time, as on 1,000 cores, in 0.22 GB (the client in 0.33 GB), and 620 when it knew of all, in 0.46 GB (1.1
GB). A task cost 6.5 messages of together 2 kB, and three files. A worker had 0.47 GB (with the surrogate of
koenders_2025 1.5 GB), and is four open files to the scheduler.

On paper, 1,000 cores with records of a nanosecond junction, ten samples of the simulator to one of theirs:

============================ ============== ===================
devices of a shard           6, as chosen   30
============================ ============== ===================
seconds of a task            1.7            8.3
tasks a second, of 545       600            120
messages, kB a second        3,900, 1,200   780, 230
memory of a worker           0.51 GB        1.0 GB
to the disk                  0.67 GB/s      0.67 GB/s
files a second               1,800          360
files of 1e6 devices         500,000        100,000
============================ ============== ===================

- First the scheduler's open files end, at 250 workers with the usual 1,024; hence ``ulimit``.
- Then it cannot hand out as many tasks as end, and cores wait: ``devices_per_shard = 30`` in ``[store]``. Tasks of 10 s
  take a fifth of what it bore. Sets whose shards take longer anyway, with labels or fewer samples, need nothing.
- Then the file system: each file is written under another name, synced, renamed and its folder synced. A third of the
  files are records in the one folder ``tasks/``; each array has a folder for each shard below ``NAME/c/``.
- Compiled code is kept beside the package: make a small set on one worker first, or a thousand compile the same.
"""

from mtjphys.datasets.execution.estimating import Estimate, estimate
from mtjphys.datasets.execution.making import make, repair
from mtjphys.datasets.inspection import Summary, overview, statistics
from mtjphys.datasets.parquet import export
from mtjphys.datasets.specification import READY, Specification, ready_file
from mtjphys.datasets.store.checking import Damage, Report
from mtjphys.datasets.store.reading import open_dataset as open
from mtjphys.datasets.store.verifying import verify
from mtjphys.datasets.use import Batch, Normalisation, Windows

__all__ = [
    "READY",
    "Batch",
    "Damage",
    "Estimate",
    "Normalisation",
    "Report",
    "Specification",
    "Summary",
    "Windows",
    "estimate",
    "export",
    "make",
    "open",
    "overview",
    "ready_file",
    "repair",
    "statistics",
    "verify",
]
__dir__ = __all__.copy
