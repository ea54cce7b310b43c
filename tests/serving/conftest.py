"""Services over installations of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.served import Service, found, serve


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with trial keys and witnesses, its log of one entry; not to be changed."""
    return found(tmp_path_factory.mktemp("founded") / "data")


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    """A copy of it, of this test's own."""
    return Path(shutil.copytree(founded, tmp_path / "data"))


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    """A service of this test's own."""
    with serve(folder) as service:
        yield service


@pytest.fixture(scope="module")
def shared(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that tests of one file share; none of them may have anything recorded."""
    with serve(Path(shutil.copytree(founded, tmp_path_factory.mktemp("shared") / "data")), seconds=1) as service:
        yield service
