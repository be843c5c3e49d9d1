"""Data for training, validation and test: public data sets, generated data, and any arrays.

A public data set is read from a folder that is named, or that the environment variable MTJPHYS_DATA names;
else it is downloaded once, checked against its published hash, into the user's cache.
"""

from mtjphys.learning.data.augmentation import CropAndFlip
from mtjphys.learning.data.cifar import cifar10, cifar100, cifar_augmentation, write_cifar_stand_in
from mtjphys.learning.data.download import cache_folder
from mtjphys.learning.data.generated import digits, teacher, teacher_student
from mtjphys.learning.data.idx import fashion_mnist, mnist, read_idx
from mtjphys.learning.data.named import load
from mtjphys.learning.data.samples import Data, Samples, from_arrays, from_file, split

__all__ = [
    "CropAndFlip",
    "Data",
    "Samples",
    "cache_folder",
    "cifar10",
    "cifar100",
    "cifar_augmentation",
    "digits",
    "fashion_mnist",
    "from_arrays",
    "from_file",
    "load",
    "mnist",
    "read_idx",
    "split",
    "teacher",
    "teacher_student",
    "write_cifar_stand_in",
]
