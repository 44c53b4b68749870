"""Estimators for scikit-learn: networks that stand in pipelines and grid searches.

Example::

    from sklearn.datasets import load_iris
    from sklearn.model_selection import cross_val_score
    from shoal.sklearn import ShoalClassifier

    X, y = load_iris(return_X_y=True)
    cross_val_score(ShoalClassifier(random_state=0), X, y)

Here as everywhere ``import sklearn`` is scikit-learn, and this package ``shoal.sklearn``.
"""

from shoal.sklearn.classifier import ShoalClassifier
from shoal.sklearn.regressor import ShoalRegressor
from shoal.sklearn.search_cv import ShoalSearchCV

__all__ = ["ShoalClassifier", "ShoalRegressor", "ShoalSearchCV"]
