"""What import graphs do not see: the ways in which one service could reach into another without importing it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

SERVICES = ("users", "orders", "payments")
REVERSING = {"reverse", "reverse_lazy", "redirect", "resolve_url"}
SQL_OF = r"(?is)\b(?:from|join|into|update|table|references)\s+[\"`\[]?(?:{})_\w+"
DJANGO_S_TABLES = {"users": ("auth", "django_content")}

Rule = Callable[[ast.AST, tuple[str, ...]], bool]


def strays(source: str, service: str) -> Iterator[tuple[int, str]]:
    """The line and the rule of everything in `source` that reaches out of `service` (empty for a client)."""
    tree = ast.parse(source)
    others = tuple(name for name in SERVICES if name != service)
    for node in ast.walk(_Spelled(tree).visit(tree)):
        for rule in RULES:
            if rule(node, others):
                yield getattr(node, "lineno", 0), rule.__name__


def strays_of_template(text: str, service: str) -> Iterator[tuple[int, str]]:
    others = "|".join(name for name in SERVICES if name != service)
    reaching = re.compile(rf"{{%\s*(?:url|extends|include)\s+[\"'](?:{others})[:/]")
    for number, line in enumerate(text.splitlines(), 1):
        if reaching.search(line):
            yield number, "names_a_foreign_address_or_template"


def strays_in(folder: Path) -> list[str]:
    """Everything in apps/ and clients/ under `folder`, as `file:line rule`."""
    found = []
    for file in [*folder.glob("apps/*/**/*.py"), *folder.glob("apps/*/**/*.html"), *folder.glob("clients/*.py")]:
        name = file.relative_to(folder)
        service = name.parts[1] if name.parts[0] == "apps" else ""
        look = strays if file.suffix == ".py" else strays_of_template
        found += [f"{name}:{line} {rule}" for line, rule in look(file.read_text(), service)]
    return found


def uses_a_foreign_database(node: ast.AST, others: tuple[str, ...]) -> bool:
    """`using="users"`, `.using(USERS)` or `connections["users"]` outside users."""
    if isinstance(node, ast.keyword):
        return node.arg == "using" and _text(node.value) in others
    if isinstance(node, ast.Call):
        return _called(node) in {"using", "db_manager"} and any(_text(argument) in others for argument in node.args)
    return isinstance(node, ast.Subscript) and _named(node.value) == "connections" and _text(node.slice) in others


def uses_the_default_database(node: ast.AST, others: tuple[str, ...]) -> bool:
    """A bare `atomic`, `on_commit` or `connection`: there is no default database."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "django.db" and any(alias.name == "connection" for alias in node.names)
    if isinstance(node, ast.FunctionDef):
        return any(_named(decorator) == "atomic" for decorator in node.decorator_list)
    if not isinstance(node, ast.Call) or _called(node) not in {"atomic", "on_commit"}:
        return False
    return not any(word.arg == "using" for word in node.keywords)


def names_a_foreign_model(node: ast.AST, others: tuple[str, ...]) -> bool:
    """`ForeignKey("users.User")`, `get_model("users", …)`, `("users", "0001_initial")` in a migration."""
    if isinstance(node, ast.Call) and _called(node) in {"get_model", "get_app_config", "get_models"}:
        return any(_text(argument).partition(".")[0] in others for argument in node.args)
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        return _text(node.elts[0]) in others and re.match(r"\d{4}_|__first__", _text(node.elts[1])) is not None
    return _matches(node, rf"(?:{'|'.join(others)})\.[A-Z]\w*")


def names_a_foreign_module(node: ast.AST, others: tuple[str, ...]) -> bool:
    """`import_string("apps.users.models.User")`, or the import itself."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        joined = [f"{modules[0]}.{name}" for name in modules[1:]]
        return any(re.match(rf"apps\.(?:{'|'.join(others)})\b", name) for name in (*modules, *joined))
    return _matches(node, rf"apps\.(?:{'|'.join(others)})(?:\.\w+)*")


def asks_for_the_user_model(node: ast.AST, others: tuple[str, ...]) -> bool:
    """`get_user_model()` or `settings.AUTH_USER_MODEL`: accounts are users' alone."""
    return "users" in others and _named(node) in {"get_user_model", "AUTH_USER_MODEL"}


def reverses_a_foreign_address(node: ast.AST, others: tuple[str, ...]) -> bool:
    """`reverse("users:v1:me")` outside users."""
    if not isinstance(node, ast.Call) or _called(node) not in REVERSING:
        return False
    given = [*node.args, *(word.value for word in node.keywords)]
    return any(_text(argument).startswith(tuple(f"{other}:" for other in others)) for argument in given)


def shows_a_foreign_template(node: ast.AST, others: tuple[str, ...]) -> bool:
    return _matches(node, rf"(?:{'|'.join(others)})/[\w/.-]+\.(?:html|txt)")


def writes_sql_for_a_foreign_table(node: ast.AST, others: tuple[str, ...]) -> bool:
    """Any SQL in a string that names a table of another service, Django's accounts included."""
    prefixes = [prefix for other in others for prefix in (other, *DJANGO_S_TABLES.get(other, ()))]
    return re.search(SQL_OF.format("|".join(prefixes)), _text(node)) is not None


RULES: tuple[Rule, ...] = (
    uses_a_foreign_database,
    uses_the_default_database,
    names_a_foreign_model,
    names_a_foreign_module,
    asks_for_the_user_model,
    reverses_a_foreign_address,
    shows_a_foreign_template,
    writes_sql_for_a_foreign_table,
)


class _Spelled(ast.NodeTransformer):
    """Puts the text in the place of a name that stands for it: `using=ORDERS` reads `using="orders"`."""

    def __init__(self, tree: ast.Module) -> None:
        self._texts = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and _text(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def visit_Name(self, node: ast.Name) -> ast.AST:
        is_read = isinstance(node.ctx, ast.Load)
        return ast.copy_location(self._texts[node.id], node) if is_read and node.id in self._texts else node


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _matches(node: ast.AST, pattern: str) -> bool:
    return re.fullmatch(pattern, _text(node)) is not None


def _named(node: ast.AST) -> str:
    """The last word of `atomic` and `transaction.atomic` alike."""
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _called(node: ast.Call) -> str:
    return _named(node.func)
