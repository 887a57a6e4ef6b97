"""Randomness that nobody seeded, so that no run is like the one before."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import Final

from gate.code.bindings import Function, arguments
from gate.code.estimators import needs_random_state
from gate.code.layout import is_test
from gate.code.qualified import Names, last
from gate.code.rules import Problem, Rule
from gate.code.source import Source

GLOBAL: Final = Rule(
    code="RQ401",
    name="unseeded-random",
    family="reproducibility",
    advice="draw from a generator with a seed: `random = np.random.default_rng(0)`",
)
GENERATOR: Final = Rule(
    code="RQ402",
    name="unseeded-generator",
    family="reproducibility",
    advice="give it a seed: `np.random.default_rng(0)`",
)
RANDOM_STATE: Final = Rule(
    code="RQ403",
    name="random-state",
    family="reproducibility",
    advice="give it `random_state=0`, or whatever seed your configuration names",
)
RULES: Final = (GLOBAL, GENERATOR, RANDOM_STATE)

_NUMPY: Final = frozenset(
    "rand randn randint random_integers random_sample random ranf sample choice bytes"
    " shuffle permutation beta binomial chisquare dirichlet exponential f gamma"
    " geometric gumbel hypergeometric laplace logistic lognormal logseries multinomial"
    " multivariate_normal negative_binomial normal pareto poisson power rayleigh"
    " standard_cauchy standard_exponential standard_gamma standard_normal standard_t"
    " triangular uniform vonmises wald weibull zipf".split()
)
_RANDOM: Final = frozenset(
    "random uniform triangular randint randrange choice choices sample shuffle"
    " getrandbits randbytes betavariate expovariate gammavariate gauss lognormvariate"
    " normalvariate vonmisesvariate paretovariate weibullvariate".split()
)
_TORCH: Final = frozenset(
    "rand randn randint randperm rand_like randn_like randint_like normal bernoulli"
    " multinomial poisson utils.data.random_split".split()
)
_TENSORFLOW: Final = frozenset(
    "normal uniform truncated_normal shuffle categorical gamma poisson".split()
)
_GENERATORS: Final = (
    "numpy.random.default_rng numpy.random.RandomState numpy.random.PCG64"
    " numpy.random.MT19937 numpy.random.Philox numpy.random.SFC64"
    " numpy.random.SeedSequence random.Random"
).split()
# Chance that decides when something happens or how it is called, not what comes out.
_APART: Final = frozenset(
    "jitter backoff retry retries sleep delay wait timeout interval id ids uid"
    " uuid uuid1 guid key token nonce salt boundary tag suffix prefix filename"
    " tempname tmpname port password secret".split()
)
_Around = Function | ast.Call | ast.Assign | ast.AnnAssign | ast.AugAssign
_NEAREST: Final = 20
# A function with one of these lets its caller say the seed.
_HANDED: Final = ("rng", "seed", "random", "generator", "state", "rs")


def seeded(source: Source) -> frozenset[str]:
    """The libraries whose global state a module seeds: `numpy`, `random`, `torch`."""
    if source.tree is None or "seed" not in source.text:
        return frozenset()
    return frozenset(_seeded(Names(source.tree)))


def look(source: Source, elsewhere: Collection[str] = ()) -> Iterator[Problem]:
    """Every use of chance without a seed, outside of tests.

    `elsewhere` are the libraries that another module of the project seeds for all.
    Tests are left out: what they say is no result, and hypothesis' kind of test draws
    at random on purpose.
    """
    if source.tree is None or is_test(source.path):
        return
    names = Names(source.tree)
    if not _may_draw(names):
        return
    seeds = {*_seeded(names), *elsewhere}
    for call, around in _calls(source.tree):
        full = names.of(call.func)
        if problem := _judged(call, full, around, names, seeds):
            yield problem


def _may_draw(names: Names) -> bool:
    tops = {full.partition(".")[0] for full in names.imported.values()}
    libraries = "numpy random torch tensorflow sklearn pandas imblearn".split()
    return bool(tops & {*libraries, "lightgbm", "xgboost", "umap"})


def _judged(
    call: ast.Call,
    full: str,
    around: tuple[_Around, ...],
    names: Names,
    seeds: Collection[str],
) -> Problem | None:
    if library := _draws(full):
        free = "*" in seeds or library in seeds or _is_given(call, "generator", "seed")
        if free or _is_apart(around):
            return None
        return _problem(GLOBAL, call, f"`{full}` without a seed of {library}'s")
    if full in _GENERATORS:
        if _is_seeded(call) or _is_handed(around) or _is_apart(around):
            return None
        return _problem(GENERATOR, call, f"`{full}` without a seed")
    if {"*", "numpy"} & {*seeds} or _is_given(call, "random_state", "seed"):
        return None
    if needs_random_state(full, call):
        return _problem(RANDOM_STATE, call, f"`{last(call.func)}` has no random_state")
    if _samples_rows(call, names):
        return _problem(RANDOM_STATE, call, "`sample` of rows has no random_state")
    return None


def _problem(rule: Rule, node: ast.expr, message: str) -> Problem:
    line, column = node.lineno, node.col_offset + 1
    return Problem(rule=rule, message=message, line=line, column=column)


def _draws(full: str) -> str:
    """The library whose global state a call draws from; "" where it draws none."""
    start, _, name = full.rpartition(".")
    if start == "numpy.random" and name in _NUMPY:
        return "numpy"
    if start == "random" and name in _RANDOM:
        return "random"
    if start == "tensorflow.random" and name in _TENSORFLOW:
        return "tensorflow"
    if full.startswith("torch.") and full.removeprefix("torch.") in _TORCH:
        return "torch"
    return ""


def _seeded(names: Names) -> Iterator[str]:
    for node in ast.walk(names.tree):
        if not isinstance(node, ast.Call):
            continue
        full, name = names.of(node.func), last(node.func)
        if full in ("numpy.random.seed", "numpy.random.set_state"):
            yield "numpy"
        elif full in ("random.seed", "random.setstate"):
            yield "random"
        elif full in ("torch.manual_seed", "torch.random.manual_seed"):
            yield "torch"
        elif full == "tensorflow.random.set_seed":
            yield "tensorflow"
        elif "seed" in name.lower() and _may_seed_all(full, name):
            yield "*"


def _may_seed_all(full: str, name: str) -> bool:
    """`seed_everything(0)`, `set_seed(0)`: somebody's own, which seeds what is used."""
    library = full.partition(".")[0] in ("numpy", "random", "torch", "jax")
    words = name.lower().split("_")
    doing = ("set", "seed", "fix", "init", "initialize", "everything", "all", "setup")
    return not library and any(word in doing for word in words)


def _is_given(call: ast.Call, *keywords: str) -> bool:
    """Whether a call has one of the keywords, or `**options` that may hold it."""
    return any(one.arg is None or one.arg in keywords for one in call.keywords)


def _is_seeded(call: ast.Call) -> bool:
    """Whether a generator is made with a seed: anything but nothing and None."""
    given = [*call.args, *(one.value for one in call.keywords)]
    return any(not (isinstance(g, ast.Constant) and g.value is None) for g in given)


def _is_handed(around: tuple[_Around, ...]) -> bool:
    """Whether the caller may hand over a generator, so that this is the default."""
    within = (node for node in around if isinstance(node, Function))
    names = (one.arg.lower() for node in within for one in arguments(node))
    return any(word in _HANDED for name in names for word in name.split("_"))


def _is_apart(around: tuple[_Around, ...]) -> bool:
    """Whether chance only makes a name or a pause: `time.sleep(random())`."""
    words = (word for node in around for name in _named(node) for word in _words(name))
    return any(word in _APART for word in words)


def _named(node: _Around) -> Iterator[str]:
    if isinstance(node, Function):
        yield node.name
    elif isinstance(node, ast.Call):
        yield last(node.func)
    elif isinstance(node, ast.Assign):
        yield from map(last, node.targets)
    else:
        yield last(node.target)


def _words(name: str) -> list[str]:
    """`make_boundary` and `makeBoundary` in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


def _samples_rows(call: ast.Call, names: Names) -> bool:
    """Whether it is pandas' `sample`, as far as its keywords show."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "sample":
        return False
    keywords = {one.arg for one in call.keywords}
    return "frac" in keywords and "pandas" in names.imported.values()


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, tuple[_Around, ...]]]:
    """Every call, with the functions, assignments and calls that it is in."""
    stack: list[tuple[ast.AST, tuple[_Around, ...]]] = [(tree, ())]
    while stack:
        node, around = stack.pop()
        if isinstance(node, ast.Call):
            yield node, around
        # The nearest are enough, and deep nesting costs no more than them.
        inner = (*around[-_NEAREST:], node) if isinstance(node, _Around) else around
        children = [(child, inner) for child in ast.iter_child_nodes(node)]
        stack.extend(reversed(children))
