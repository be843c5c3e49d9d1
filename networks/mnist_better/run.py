"""MNIST with the paper's network, noise and number of passes, and better learning.

K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel junctions", Phys. Rev. Applied 23,
054035 (2025). Run `python networks/mnist_better/run.py`; README.md says what did it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import Entry, Study, main

STUDY = Study(
    Path(__file__).parent,
    "MNIST, 784-500-500-500-10, a two-level chain per unit",
    {
        "schedule": Entry("DANP, larger rates, cosine", "simulated"),
        "guided_unbiased": Entry("Guided, unbiased", "simulated"),
        "guided": Entry("Guided", "simulated"),
    },
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
