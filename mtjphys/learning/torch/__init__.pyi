from .chains import ChainsOnDevice as ChainsOnDevice
from .decorrelated import DecorrelatedConv2d as DecorrelatedConv2d
from .decorrelated import DecorrelatedLinear as DecorrelatedLinear
from .decorrelated import decorrelating as decorrelating
from .node_perturbation import NodePerturbation as NodePerturbation
from .noisy import noisy as noisy
from .tensors import perturbation_tensor as perturbation_tensor
