"""What of scikit-learn and its kin draws at random unless it gets a `random_state`."""

from __future__ import annotations

import ast
from typing import Final

# Always; held against the signatures of scikit-learn 1.9. Why it matters:
# https://scikit-learn.org/stable/common_pitfalls.html#randomness
ALWAYS: Final = frozenset(
    # splitting and resampling
    "train_test_split ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit"
    " RepeatedKFold RepeatedStratifiedKFold resample shuffle"
    " permutation_importance RandomizedSearchCV HalvingRandomSearchCV"
    " HalvingGridSearchCV ParameterSampler permutation_test_score"
    # trees and ensembles
    " DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier"
    " ExtraTreeRegressor RandomForestClassifier RandomForestRegressor"
    " ExtraTreesClassifier ExtraTreesRegressor RandomTreesEmbedding IsolationForest"
    " BaggingClassifier BaggingRegressor AdaBoostClassifier AdaBoostRegressor"
    " GradientBoostingClassifier GradientBoostingRegressor"
    # stochastic optimisation
    " MLPClassifier MLPRegressor SGDClassifier SGDRegressor SGDOneClassSVM"
    " Perceptron PassiveAggressiveClassifier PassiveAggressiveRegressor BernoulliRBM"
    " RANSACRegressor TheilSenRegressor"
    # clustering and mixtures
    " KMeans MiniBatchKMeans BisectingKMeans k_means SpectralClustering"
    " GaussianMixture BayesianGaussianMixture SpectralBiclustering"
    " SpectralCoclustering AffinityPropagation kmeans_plusplus spectral_clustering"
    # decomposition, embedding, projection
    " TruncatedSVD FastICA MiniBatchNMF DictionaryLearning MiniBatchDictionaryLearning"
    " SparsePCA MiniBatchSparsePCA LatentDirichletAllocation FactorAnalysis TSNE MDS"
    " SpectralEmbedding GaussianRandomProjection SparseRandomProjection RBFSampler"
    " Nystroem SkewedChi2Sampler PolynomialCountSketch randomized_svd fastica smacof"
    # what looks at a random part
    " EllipticEnvelope MinCovDet QuantileTransformer TargetEncoder"
    # scoring by chance, and data made up
    " mutual_info_classif mutual_info_regression make_classification make_regression"
    " make_blobs make_moons make_circles make_s_curve make_swiss_roll make_friedman1"
    " make_friedman2 make_friedman3 make_gaussian_quantiles make_hastie_10_2"
    " make_low_rank_matrix make_multilabel_classification make_sparse_coded_signal"
    " make_sparse_uncorrelated make_sparse_spd_matrix make_spd_matrix make_checkerboard"
    " make_biclusters".split()
)
# Only with an option of that value.
WHERE: Final[dict[str, tuple[str, tuple[object, ...]]]] = {
    "KFold": ("shuffle", (True,)),
    "StratifiedKFold": ("shuffle", (True,)),
    "StratifiedGroupKFold": ("shuffle", (True,)),
    "SVC": ("probability", (True,)),
    "NuSVC": ("probability", (True,)),
    "DummyClassifier": ("strategy", ("stratified", "uniform")),
    "LogisticRegression": ("solver", ("sag", "saga", "liblinear")),
    "LogisticRegressionCV": ("solver", ("sag", "saga", "liblinear")),
    "Ridge": ("solver", ("sag", "saga")),
    "RidgeClassifier": ("solver", ("sag", "saga")),
    "PCA": ("svd_solver", ("randomized", "arpack")),
    "NMF": ("init", ("random", "nndsvdar")),
    "Lasso": ("selection", ("random",)),
    "LassoCV": ("selection", ("random",)),
    "ElasticNetCV": ("selection", ("random",)),
    "ElasticNet": ("selection", ("random",)),
}
_KIN: Final = frozenset(
    "umap.UMAP imblearn.over_sampling.SMOTE imblearn.over_sampling.ADASYN"
    " imblearn.over_sampling.RandomOverSampler"
    " imblearn.under_sampling.RandomUnderSampler".split()
)


def needs_random_state(full: str, call: ast.Call) -> bool:
    """Whether a call of what has that full name, without `random_state`, draws.

    Of `train_test_split(..., shuffle=False)` nothing is left to chance.
    """
    top, name = full.partition(".")[0], full.rpartition(".")[2]
    if full in _KIN:
        return True
    if top != "sklearn":
        return False
    given = {one.arg: one.value for one in call.keywords}
    if name in ALWAYS:
        shuffled = given.get("shuffle")
        return not (isinstance(shuffled, ast.Constant) and shuffled.value is False)
    option, values = WHERE.get(name, ("", ()))
    value = given.get(option)
    return isinstance(value, ast.Constant) and value.value in values
