"""What the tests of the pages share: a demonstration that ran once, and a reader with a copy of what it left."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.run import run
from snippets import Reader

BUNDLE = Path("double-random-data/bundles/bureau-2023-09-001.zip")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `./run demo` was run: it holds double-random-data."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DOUBLE_RANDOM_DIR", raising=False)
        patch.chdir(folder)
        ran = run("demo")
    assert ran.status == 0, ran.out + ran.err
    assert (folder / BUNDLE).is_file()
    return folder


@pytest.fixture
def reader(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Somebody in an empty folder, with the rehearsal's sheets where a clone has them."""
    shutil.copytree(root / "docs/guide/rehearsal", tmp_path / "docs/guide/rehearsal")
    return Reader(tmp_path, monkeypatch)


@pytest.fixture
def reader_after_demo(demo: Path, reader: Reader) -> Reader:
    """Somebody who has run the demonstration."""
    shutil.copytree(demo / "double-random-data", reader.folder / "double-random-data")
    return reader


@pytest.fixture(scope="session")
def page(root: Path) -> Callable[[str], str]:
    """Read a page by its path in the repository."""
    return lambda name: (root / name).read_text(encoding="utf-8")
