"""Go's own reading of signed notes and tile logs, for the tests to ask: the program in this folder, built once."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parent
GOPATH = Path("/usr/share/gocode")  # where Debian's packages put Go sources; no network is asked

Sumdb = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def sumdb(tmp_path_factory: pytest.TempPathFactory) -> Sumdb:
    """Return a function that runs the Go program with the arguments given and tells how it ended."""
    if shutil.which("go") is None:
        pytest.skip("there is no go here (Debian: golang-go)")
    if not (GOPATH / "src/golang.org/x/mod/sumdb/note").is_dir():
        pytest.skip("there is no golang.org/x/mod here (Debian: golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("sumdb")
    program = folder / "sumdb"
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOCACHE": str(folder / "cache"),
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPATH": str(GOPATH),
    }
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCES, env=environment, check=True)

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run([program, *arguments], capture_output=True, check=False)

    return run
