"""The house rules that no linter knows: what a file may name, what the lock holds, what `proof` stands on."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import ledger

LOCKS = {"Pipfile.lock", "go.sum", "package-lock.json", "poetry.lock", "pylock.toml", "uv.lock", "yarn.lock"}
LOCK_LINE = re.compile(r"[a-z0-9-]+==[^\s;:/]+( ; [^:/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
REGISTRY = re.compile(r"\b(pypi|pythonhosted|npmjs|proxy\.golang|deb\.debian|crates)\.(org|io|com)\b")
INDEX_OPTION = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host|\[\[tool\.uv\.index\]\]")
MACHINE_PATH = re.compile(r"(?<![\w.*)}\]-])/(work|root|home|opt)/\w|(?<![\w.*)}\]-])/tmp\b")
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")


def read_files(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each text file of the repository, tracked or not yet, and its content; what git ignores is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        file = root / name
        if file.is_file() and b"\0" not in (data := file.read_bytes()):
            yield file.relative_to(root), data.decode("utf-8", errors="replace")


@pytest.fixture(scope="module")
def files(root: Path) -> dict[Path, str]:
    """Every text file of the repository, by its path."""
    return dict(read_files(root))


def find(pattern: re.Pattern[str], files: dict[Path, str], *suffixes: str) -> list[str]:
    """Return every line that the pattern is found in, as file:line: text."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in files.items()
        if not suffixes or path.suffix in suffixes
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def modules(files: dict[Path, str], folder: str) -> dict[Path, ast.Module]:
    """Return the syntax tree of each Python file under a folder."""
    return {
        path: ast.parse(text) for path, text in files.items() if path.suffix == ".py" and path.is_relative_to(folder)
    }


def test_the_lock_holds_versions_and_hashes_and_nothing_else(files: dict[Path, str]) -> None:
    lines = files[Path("requirements.lock")].splitlines()
    assert [line for line in lines if not LOCK_LINE.fullmatch(line)] == []
    pinned = [number for number, line in enumerate(lines) if "==" in line]
    assert pinned
    assert all("--hash=" in lines[number + 1] for number in pinned)


def test_the_lock_holds_every_dependency(files: dict[Path, str]) -> None:
    metadata = tomllib.loads(files[Path("pyproject.toml")])
    project = metadata["project"]
    asked = [*project["dependencies"], *metadata["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    names = {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", one)[0]).lower() for one in asked}
    locked = {line.split("==")[0] for line in files[Path("requirements.lock")].splitlines() if "==" in line}
    assert names - locked == set()


def test_no_lock_that_names_hosts_is_in_the_repository(files: dict[Path, str]) -> None:
    assert [path for path in files if path.name in LOCKS] == []


def test_no_file_names_a_package_registry(files: dict[Path, str]) -> None:
    assert find(REGISTRY, files) == []
    others = {path: text for path, text in files.items() if path != Path("tests/test_house.py")}
    assert find(INDEX_OPTION, others) == []


def test_no_file_names_a_path_of_one_machine(files: dict[Path, str]) -> None:
    assert find(MACHINE_PATH, files) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRY, "https://files.pythonhosted" + ".org/packages/x.whl"),
        (INDEX_OPTION, "--extra-index-url" + "=x"),
        (MACHINE_PATH, 'open("/' + 'work/main/run")'),
        (MACHINE_PATH, "cd /" + "tmp"),
        (UNFINISHED, "# T" + "ODO: mend"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    assert find(pattern, {Path("file.py"): line}) == [f"file.py:1: {line}"]


def test_nothing_is_left_unfinished(files: dict[Path, str]) -> None:
    assert find(UNFINISHED, files, ".py", ".go", ".sh") == []


def test_every_module_says_what_it_is_for(files: dict[Path, str]) -> None:
    trees = modules(files, "src")
    assert trees
    assert [str(path) for path, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_the_version_is_in_the_changelog(files: dict[Path, str]) -> None:
    assert f"\n## {ledger.__version__} " in files[Path("CHANGELOG.md")]


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the name of each package that a module of `ledger.proof` imports from outside its own folder."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            yield "." * node.level + (node.module or "").split(".")[0]


def test_proof_imports_the_standard_library_and_cryptography_only(files: dict[Path, str]) -> None:
    trees = modules(files, "src/ledger/proof")
    assert trees
    names = {name for tree in trees.values() for name in imported(tree)}
    assert names - sys.stdlib_module_names - {"cryptography"} == set()


def test_proof_runs_copied_alone_into_an_empty_folder(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "src/ledger/proof", tmp_path / "proof", ignore=shutil.ignore_patterns("__pycache__"))
    program = (
        "import importlib, pkgutil, sys; sys.path.insert(0, sys.argv[1]); import proof, proof.merkle\n"
        "for module in pkgutil.iter_modules(proof.__path__): importlib.import_module('proof.' + module.name)\n"
        "assert not any(name.split('.')[0] == 'ledger' for name in sys.modules)\n"
        "print(proof.merkle.derive_root([]).hex())"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", program, tmp_path], capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    # The empty tree's root is SHA-256 of nothing: sha256sum </dev/null
    assert ran.stdout.strip() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("script", "shell"), [("run", "sh"), (".ci/run", "bash")])
def test_the_scripts_can_be_run_and_read(root: Path, script: str, shell: str) -> None:
    file = root / script
    assert file.stat().st_mode & 0o111
    assert re.match(rf"#!/(usr/)?bin/(env )?{shell}\n", file.read_text())
    subprocess.run([shell, "-n", file], check=True)


def test_run_says_what_it_can_do(root: Path) -> None:
    usage = subprocess.run([root / "run"], capture_output=True, text=True, check=True).stdout
    assert [
        word for word in ("demo", "test", "lint", "bench", "faults", "year", "setup") if f"./run {word}" not in usage
    ] == []
