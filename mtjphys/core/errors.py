"""The errors and warnings that mtjphys raises; every message is one sentence that names the fix."""


class MtjphysError(Exception):
    """Base of every error that mtjphys raises on purpose."""


class ParameterError(MtjphysError, ValueError):
    """A parameter is missing, unknown, of the wrong kind, or outside its legal range."""


class DataError(MtjphysError, ValueError):
    """A file or an array does not hold what it should: truncated, non-numeric, too short, NaN."""


class SimulationError(MtjphysError, RuntimeError):
    """A simulation cannot be started, continued or trusted."""


class MtjphysWarning(UserWarning):
    """Something is legal but probably not what was meant; the message says what to do."""


class SimulationInterrupted(KeyboardInterrupt):
    """Ctrl-C during a simulation; what was done is kept.

    Attributes
    ----------
    result : xarray.Dataset or pathlib.Path
        The samples up to the interruption, or the file that holds them and can be resumed.
    """

    def __init__(self, message: str, result: object) -> None:
        super().__init__(message)
        self.result = result
