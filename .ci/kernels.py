"""Run tests with the code of other processors: ``kernels.py [--caches FOLDER] [pytest arguments]``.

What a sum is to its last bits depends on the processor: OpenBLAS brings a kernel for each, numba compiles for the one
that it finds. OPENBLAS_CORETYPE and NUMBA_CPU_NAME choose others. No test may hang on such bits.
"""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What this processor can't run is left out; a processor that has AVX-512 runs all of them.
LINEAR_ALGEBRA = ("Haswell", "SkylakeX", "Zen")
# With what of a processor's instructions kernels ask for; the others that it has go with its name.
COMPILED = {"generic": "", "haswell": "+avx2,+fma", "skylake-avx512": "+avx2,+fma,+avx512f"}
# The notebooks and the command line in processes of its own say nothing about bits; the rest is the numerical tests.
LEFT_OUT = ("tests/project", "tests/cli", "tests/core")


def processor_can(name: str) -> bool:
    """Return whether this processor has the instructions of the one called `name`."""
    needed = "avx512f" if name in ("SkylakeX", "skylake-avx512") else "avx2"
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return needed == "avx2" and platform.machine() in ("x86_64", "AMD64")
    return name == "generic" or needed in information.read_text(encoding="utf-8").split()


def main() -> int:
    """Run the tests once for each processor; return 1 if a test failed with any."""
    parser = argparse.ArgumentParser(prog=".ci/kernels.py", description=__doc__.splitlines()[0])
    parser.add_argument("--caches", type=Path, default=Path("build/kernels"), help="folder of the compiled kernels")
    options, arguments = parser.parse_known_args()
    command = [sys.executable, "-m", "pytest", "--numprocesses", "auto", "--dist", "worksteal", "--quiet", *arguments]
    if not any(argument.startswith("tests") or argument.startswith("mtjphys") for argument in arguments):
        command += [f"--ignore={folder}" for folder in LEFT_OUT]
    failed = []
    variables = [("OPENBLAS_CORETYPE", name) for name in LINEAR_ALGEBRA] + [
        ("NUMBA_CPU_NAME", name) for name in COMPILED
    ]
    for variable, name in variables:
        if not processor_can(name):
            print(f"{variable}={name}: not on this processor", flush=True)
            continue
        print(f"{variable}={name}", flush=True)
        cache = options.caches / (name if variable == "NUMBA_CPU_NAME" else "native")
        environment = os.environ | {variable: name, "NUMBA_CACHE_DIR": str(cache.resolve()), "OMP_NUM_THREADS": "1"}
        if variable == "NUMBA_CPU_NAME":
            environment["NUMBA_CPU_FEATURES"] = COMPILED[name]  # where numba would add all of this processor's
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            failed.append(f"{variable}={name}")
    print(f"failed with {', '.join(failed)}" if failed else "passed with all")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
