"""Without PyTorch one sentence says how to get it."""

import subprocess
import sys


def test_without_pytorch_one_sentence_says_how_to_get_it():
    code = """
import sys
sys.modules["torch"] = None
from mtjphys.core.errors import MtjphysError
from mtjphys.learning import torch as mtorch
assert "NodePerturbation" in dir(mtorch)
try:
    mtorch.NodePerturbation
except MtjphysError as error:
    print(error)
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'needs PyTorch 2.4 or later: install it with `pip install "mtjphys[torch]"`' in process.stdout
