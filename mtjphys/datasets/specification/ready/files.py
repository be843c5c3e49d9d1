"""Where the ready specifications are."""

from pathlib import Path

FOLDER = Path(__file__).parent

READY = tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))
"""Their names."""


def ready_file(name: str) -> Path:
    """Return the file of a ready specification."""
    return FOLDER / f"{name}.toml"
