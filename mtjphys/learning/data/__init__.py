"""Data for training, validation and test: public data sets, generated data, and any arrays.

A public data set is read from a folder that is named, or that the environment variable MTJPHYS_DATA names;
else it is downloaded once, checked against its published hash, into the user's cache.
"""

from mtjphys.learning.data.augmentation import AUGMENTATIONS
from mtjphys.learning.data.augmentations.cifar import cifar_augmentation
from mtjphys.learning.data.augmentations.crop_and_flip import CropAndFlip
from mtjphys.learning.data.cifar_stand_in import write_cifar_stand_in
from mtjphys.learning.data.download import cache_folder
from mtjphys.learning.data.idx import read_idx
from mtjphys.learning.data.named import DATASETS, load
from mtjphys.learning.data.samples import Data, Samples, from_arrays, split
from mtjphys.learning.data.sets.cifar10 import cifar10
from mtjphys.learning.data.sets.cifar100 import cifar100
from mtjphys.learning.data.sets.digits import digits
from mtjphys.learning.data.sets.fashion_mnist import fashion_mnist
from mtjphys.learning.data.sets.file import from_file
from mtjphys.learning.data.sets.mnist import mnist
from mtjphys.learning.data.sets.teacher_student import teacher, teacher_student

__all__ = [
    "AUGMENTATIONS",
    "DATASETS",
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
__dir__ = __all__.copy
