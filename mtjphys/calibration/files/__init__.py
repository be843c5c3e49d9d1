"""From the files of a laboratory to measurements: descriptions in TOML, exports of instruments, templates."""

from mtjphys.calibration.files.laboratory import Laboratory, read, read_laboratory
from mtjphys.calibration.files.template import write_template

__all__ = ["Laboratory", "read", "read_laboratory", "write_template"]
