"""Classifier and regressor for tables, in the manner of scikit-learn."""

from mtjphys.learning.estimators.classifier import NoiseTrainedClassifier
from mtjphys.learning.estimators.regressor import NoiseTrainedRegressor

__all__ = ["NoiseTrainedClassifier", "NoiseTrainedRegressor"]
__dir__ = __all__.copy
