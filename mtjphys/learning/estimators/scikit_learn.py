"""What the estimators take from scikit-learn, which is an extra; without it one sentence says what to install."""

from mtjphys.core.errors import MtjphysError

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise MtjphysError(
        "NoiseTrainedClassifier and NoiseTrainedRegressor need scikit-learn 1.6 or later: install it with "
        f'`pip install "mtjphys[learn]"` ({error})'
    ) from None

__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "RegressorMixin",
    "check_classification_targets",
    "check_is_fitted",
    "check_random_state",
    "train_test_split",
    "validate_data",
]
