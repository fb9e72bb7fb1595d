"""Following a request through a service as an editor's go-to-definition would, from its route down."""

import ast
import re
from functools import lru_cache
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
Step = tuple[str, str]
Definition = ast.ClassDef | ast.FunctionDef


def way(package: str, route: str, method: str) -> set[Step]:
    """Every step from one file of the package to another that the handler of a route takes, beginning at its URLs."""
    root, views = f"{package}.api.urls", f"{package}.api.views"
    view = _view_of(root, route)
    steps = {(_file(root), _file(views))}
    waiting, seen = [(views, f"{view}.{method}")], set()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        for there in _uses(*here):
            if there[0].startswith(package):
                waiting.append(there)
                if _stop(there[0]) != _stop(here[0]) and _defines(there[0]):
                    steps.add((_stop(here[0]), _stop(there[0])))
    return steps


def _view_of(module: str, route: str) -> str:
    """The class that `("orders", views.OrderList, "order-list")` names."""
    for row in ast.walk(_tree(module)):
        if isinstance(row, ast.Tuple) and any(getattr(cell, "value", None) == route for cell in row.elts):
            return ast.unparse(row.elts[1]).split(".")[1]
    raise LookupError(route)


def _uses(module: str, name: str) -> set[Step]:
    """What a definition mentions: other definitions of its module, and imported ones, as (module, name)."""
    imported, own = _imports(module), _definitions(module)
    found = set()
    for node in _nodes(module, name):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            target = node.value.id
            if target == "self":
                found |= {(module, f"{cls}.{node.attr}") for cls in _line(module, name.partition(".")[0])}
            elif target in imported and _exists(".".join(imported[target])):
                found.add((".".join(imported[target]), node.attr))
        if isinstance(node, ast.Name) and node.id in imported:
            found.add(imported[node.id])
        elif isinstance(node, ast.Name) and node.id in own:
            found.add((module, node.id))
    return {_origin(*step) for step in found if not _exists(".".join(step))}


def _origin(module: str, name: str) -> Step:
    """Where a name is defined that a package hands on."""
    if _exists(module) and name not in _definitions(module) and name in _imports(module):
        return _origin(*_imports(module)[name])
    return module, name


def _nodes(module: str, name: str) -> list[ast.AST]:
    """The body of a definition. Of a view it is one handler with what its class and its bases declare."""
    own = _definitions(module)
    cls, _, method = name.partition(".")
    if not method:
        return [*ast.walk(own[name])] if name in own else []
    bodies = [member for line in _line(module, cls) for member in own[line].body]
    declared = [member for member in bodies if isinstance(member, ast.Assign | ast.AnnAssign)]
    handlers = [member for member in own[cls].body if getattr(member, "name", "") == method]
    return [node for member in [*declared, *handlers] for node in ast.walk(member)]


def _line(module: str, cls: str) -> list[str]:
    """A class and its bases in the same module."""
    here = _definitions(module).get(cls)
    if not isinstance(here, ast.ClassDef):
        return []
    bases = [base.id for base in here.bases if isinstance(base, ast.Name)]
    return [cls, *(found for base in bases for found in _line(module, base))]


@lru_cache
def _imports(module: str) -> dict[str, Step]:
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


@lru_cache
def _definitions(module: str) -> dict[str, Definition]:
    return {node.name: node for node in _tree(module).body if isinstance(node, Definition)}


def _defines(module: str) -> bool:
    """Whether there is something to read: a package that only names its database is no stop on the way."""
    return bool(_definitions(module))


@lru_cache
def _tree(module: str) -> ast.Module:
    return ast.parse((BASE / _file(module)).read_text())


def _stop(module: str) -> str:
    """What a module counts as: all of what a service knows is one stop, be it a file or a package."""
    return re.sub(r"/models/.*", "/models", _file(module))


def _file(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (BASE / path).is_dir() else f"{path}.py"


def _exists(module: str) -> bool:
    return (BASE / _file(module)).is_file()
