"""Finds every message that a refusal may carry, by reading the program's own syntax trees.

A message is given as its template: the literal text, with `{}` for each value that is filled in. What fills a place
is followed where it is words of ours: a variable's text, what a function of the module returns, what a parameter is
handed where the function is called.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import ledger
from ledger.proof import errors

SOURCE = Path(ledger.__file__).parent

KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
KINDS |= {
    "ValueError",
    "OSError",
    "FileNotFoundError",
    "ConnectionError",
    "TimeoutError",
    "ProtocolError",
    "Misfit",
    "Locked",
}
"""What is raised with a message: the library's errors, those of files, and ValueErrors, which pydantic carries on."""

HOLE = "{}"


class Module:
    """One file: its tree, its functions, and the scope that each node stands in."""

    def __init__(self, file: Path) -> None:
        self.name = file.relative_to(SOURCE).as_posix()
        self.tree = ast.parse(file.read_text(encoding="utf-8"))
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}
        self.scopes: dict[ast.AST, ast.FunctionDef] = {}
        for function in ast.walk(self.tree):
            if isinstance(function, ast.FunctionDef):
                # A walk goes from the outside in, so that the innermost function stays.
                self.scopes |= dict.fromkeys(ast.walk(function), function)


class Messages:
    """All messages of the program: template -> the places where it stands."""

    def __init__(self) -> None:
        self.modules = [Module(file) for file in sorted(SOURCE.rglob("*.py"))]
        self.calls: dict[str, list[tuple[Module, ast.Call]]] = defaultdict(list)
        self.places: dict[str, list[str]] = defaultdict(list)
        self._seen: set[tuple[ast.AST, str]] = set()
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    self.calls[node.func.id].append((module, node))
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and (told := _told(node)) is not None:
                    self._follow(module, told)

    def _follow(self, module: Module, told: ast.expr) -> None:
        """Take in an expression's template, and what it may be filled with."""
        if (told, module.name) in self._seen:
            return
        self._seen.add((told, module.name))
        match told:
            case ast.Constant(value=str(text)):
                self._enter(module, told, text)
            case ast.JoinedStr(values=parts):
                texts = [str(part.value) if isinstance(part, ast.Constant) else HOLE for part in parts]
                self._enter(module, told, "".join(texts))
                for part in parts:
                    if isinstance(part, ast.FormattedValue):
                        self._follow(module, part.value)
            case ast.IfExp(body=first, orelse=second):
                self._follow(module, first)
                self._follow(module, second)
            case ast.BoolOp(values=values):
                for value in values:
                    self._follow(module, value)
            case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=str(mark)))):
                self._enter(module, told, HOLE + mark + HOLE)
                for joined in told.args:
                    self._follow(module, joined.elt if isinstance(joined, ast.GeneratorExp) else joined)
            case ast.Call(func=ast.Name(id=name)) if name in module.functions:
                for node in ast.walk(module.functions[name]):
                    if isinstance(node, ast.Return) and node.value is not None:
                        self._follow(module, node.value)
            case ast.Name(id=name):
                self._follow_name(module, told, name)

    def _follow_name(self, module: Module, told: ast.expr, name: str) -> None:
        scope = module.scopes.get(told)
        if scope is None:
            return
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and name in {getattr(target, "id", None) for target in node.targets}:
                self._follow(module, node.value)
        parameters = [argument.arg for argument in scope.args.args]
        if name in parameters:
            place = parameters.index(name)
            for caller, call in self.calls[scope.name]:
                if len(call.args) > place:
                    self._follow(caller, call.args[place])

    def _enter(self, module: Module, node: ast.expr, template: str) -> None:
        if is_english(template):
            self.places[template].append(f"{module.name}:{node.lineno}")


def _told(call: ast.Call) -> ast.expr | None:
    """Return the message that a call makes a refusal of, if it makes one."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    is_again = isinstance(call.func, ast.Call) and ast.unparse(call.func) == "type(error)"
    if call.args and (name in KINDS or name == "kind" or is_again):
        return call.args[0]
    return call.args[1] if name == "failed" and len(call.args) == 2 else None


def is_english(template: str) -> bool:
    """Tell whether there are words to translate: not where a message says itself in both languages."""
    words = re.findall(r"[A-Za-z]{2,}", template)
    return bool(words) and not re.search(r"[\u4e00-\u9fff]{2}", template)
