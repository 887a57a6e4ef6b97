"""Work at import: files, networks, programs and training, outside of any function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from gate.code.dotted import dotted, imported_names
from gate.code.layout import Layout, is_test
from gate.code.rules import Problem, Rule
from gate.code.scopes import Scope, scopes
from gate.code.source import Source

WORK: Final = Rule(
    code="RQ203",
    name="work-at-import",
    family="state",
    advice="put it into a function, and call that below"
    ' `if __name__ == "__main__":` or where its result is wanted',
)
_SUGGESTED: Final = replace(WORK, warning=True)  # what no one imports may do it

# What opens, loads, asks, starts or trains, by its full name.
_CALLS = frozenset(
    "open io.open codecs.open gzip.open bz2.open lzma.open tarfile.open zipfile.ZipFile"
    " os.listdir os.scandir os.walk os.makedirs os.mkdir os.remove os.unlink os.rename"
    " os.system os.popen shutil.rmtree shutil.copy shutil.copyfile shutil.copytree"
    " shutil.move glob.glob input time.sleep"
    " subprocess.run subprocess.call subprocess.check_call subprocess.check_output"
    " subprocess.Popen"
    " requests.get requests.post requests.put requests.head requests.request"
    " httpx.get httpx.post httpx.request urllib.request.urlopen"
    " urllib.request.urlretrieve socket.create_connection sqlite3.connect"
    " numpy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile numpy.save numpy.savez"
    " numpy.savetxt joblib.load joblib.dump pickle.load pickle.dump"
    " torch.load torch.save torch.hub.load spacy.load nltk.download gdown.download"
    " tensorflow.keras.models.load_model keras.models.load_model"
    " tensorflow.saved_model.load datasets.load_dataset datasets.load_from_disk"
    " seaborn.load_dataset sklearn.datasets.fetch_openml"
    " gensim.downloader.load huggingface_hub.hf_hub_download"
    " huggingface_hub.snapshot_download scipy.io.loadmat scipy.io.savemat"
    " cv2.imread cv2.imwrite PIL.Image.open imageio.imread skimage.io.imread"
    " xarray.open_dataset xarray.open_mfdataset h5py.File netCDF4.Dataset"
    " wandb.init mlflow.start_run geopandas.read_file matplotlib.pyplot.savefig"
    " matplotlib.pyplot.show matplotlib.pyplot.imread".split()
)
_STARTS = ("pandas.read_", "polars.read_", "polars.scan_", "sklearn.datasets.fetch_")
# The same as methods of an object, whatever it is: names that nothing else has.
_METHODS = frozenset(
    "fit fit_transform fit_predict partial_fit fit_generator from_pretrained backward"
    " read_text read_bytes write_text write_bytes to_csv to_parquet to_pickle to_excel"
    " to_json to_feather to_hdf savefig save_pretrained".split()
)
# A small file beside the module, as of a version: the same wherever it is imported.
_OWN = frozenset("open io.open codecs.open os.listdir os.scandir glob.glob".split())
_OWN_METHODS = ("read_text", "read_bytes")
# Files that are only run, or that a tool runs as a script.
_SCRIPTS = frozenset(
    "setup.py conf.py noxfile.py __main__.py dodo.py fabfile.py".split()
)


def work_at_import(
    source: Source, tree: ast.Module, layout: Layout
) -> Iterator[Problem]:
    """Each statement that works where only definitions should be.

    In a script, where it is harmless until somebody wants to import it, one word is
    enough, and none where there is nothing to import.
    """
    name = source.path.rpartition("/")[2]
    if name in _SCRIPTS or name.endswith(".pyi") or is_test(source.path):
        return
    found = _problems(tree)
    if source.path in layout.imported:
        yield from found
    elif any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) for n in tree.body):
        if layout.package(source.path):
            yield from found
        elif first := next(found, None):
            yield replace(
                first,
                rule=_SUGGESTED,
                message=f"{first.message}, so that nothing here can be imported alone",
            )


def _problems(tree: ast.Module) -> Iterator[Problem]:
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    ours = {n.name: f".{n.name}" for n in tree.body if isinstance(n, defined)}
    names = {**ours, **imported_names(tree)}
    own = _own_places(tree, names)
    works = _working_functions(tree, names)
    for statement in statements(tree, classes=True):
        for node in _parts(statement):
            if what := _works(node, names, own) or works.get(_called(node), ""):
                yield Problem(
                    rule=WORK,
                    message=f"{what} at import",
                    line=node.lineno,
                    column=node.col_offset + 1,
                )
                break


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _works(node: ast.Call, names: Mapping[str, str], own: frozenset[str]) -> str:
    """What a call does, in a few words; "" where it is none that is known to work."""
    full = dotted(node.func, names)
    if full in _CALLS or full.startswith(_STARTS):
        return "" if full in _OWN and _is_own(node, own) else f"`{full}` runs"
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if method not in _METHODS or (full and full.partition(".")[0] in ("re", "self")):
        return ""
    return (
        "" if method in _OWN_METHODS and _is_own(node, own) else f"`.{method}()` runs"
    )


def _is_own(node: ast.Call, own: frozenset[str]) -> bool:
    """Whether a call names a file from where the module itself is."""
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return bool(used & own)


def _own_places(tree: ast.Module, names: Mapping[str, str]) -> frozenset[str]:
    """The names that come of `__file__`, or of the resources of a package."""
    packaged = ("importlib", "pkgutil", "pkg_resources")
    own = {"__file__", *(n for n, full in names.items() if full.startswith(packaged))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            if used & own:
                own |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return frozenset(own)


def _working_functions(tree: ast.Module, names: Mapping[str, str]) -> dict[str, str]:
    """The module's functions that work, or call one that does, and what it is."""
    top = {id(node) for node in tree.body}
    callers: dict[str, set[str]] = {}
    works: dict[str, str] = {}
    for scope in scopes(tree):
        if id(scope.node) not in top or _is_lazy(scope):
            continue
        inside = [node for node in scope.nodes if isinstance(node, ast.Call)]
        for called in filter(None, map(_called, inside)):
            callers.setdefault(called, set()).add(scope.name)
        said = (_works(node, names, frozenset({"__file__"})) for node in inside)
        if what := next(filter(None, said), ""):
            works[scope.name] = f"`{scope.name}()`, in which {what},"
    todo = sorted(works)
    while todo:
        for caller in sorted(callers.get(todo.pop(), set()) - works.keys()):
            works[caller] = f"`{caller}()`, which calls what works,"
            todo.append(caller)
    return {name: f"{what} runs" for name, what in works.items()}


def _is_lazy(scope: Scope) -> bool:
    """Whether a call runs nothing yet."""
    later = (ast.Yield, ast.YieldFrom)
    return isinstance(scope.node, ast.AsyncFunctionDef) or any(
        isinstance(node, later) for node in scope.nodes
    )


def statements(tree: ast.Module, *, classes: bool = False) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported, in `if`s and the like too.

    Not what only runs in a script, nor what a definition keeps for later.
    """
    kept: tuple[type[ast.stmt], ...] = (ast.FunctionDef, ast.AsyncFunctionDef)
    if not classes:
        kept = (*kept, ast.ClassDef)
    stack = [*reversed(tree.body)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and _is_guard(node.test):
            stack.extend(reversed(node.orelse))
            continue
        yield node
        if not isinstance(node, kept):
            stack.extend(reversed(_inner(node)))


def _inner(node: ast.stmt) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for one in getattr(node, field, ()):
            found += [one] if isinstance(one, ast.stmt) else one.body
    return found


def _is_guard(test: ast.expr) -> bool:
    """Whether a condition is that the file is the script, or is being type-checked."""
    if isinstance(test, ast.BoolOp):
        return any(_is_guard(value) for value in test.values)
    if isinstance(test, (ast.Name, ast.Attribute)):
        return dotted(test, {}).rpartition(".")[2] == "TYPE_CHECKING"
    if not isinstance(test, ast.Compare):
        return False
    return any(
        isinstance(one, ast.Name) and one.id == "__name__"
        for one in (test.left, *test.comparators)
    )


def _parts(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls of a statement itself: not of those in it, nor what is run later."""
    stack: list[ast.AST] = [*reversed(_expressions(statement))]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, (ast.Lambda, ast.GeneratorExp)):
            stack.extend(reversed([*ast.iter_child_nodes(node)]))


def _expressions(statement: ast.stmt) -> list[ast.AST]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = (*statement.args.defaults, *statement.args.kw_defaults)
        return [*statement.decorator_list, *filter(None, defaults)]
    nested = (ast.stmt, ast.ExceptHandler, ast.match_case)
    return [n for n in ast.iter_child_nodes(statement) if not isinstance(n, nested)]
