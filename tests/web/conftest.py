"""Node.js for the tests of the browser's verifier."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from web.node import Node

OLDEST = 18


@pytest.fixture(scope="session")
def node_program() -> str:
    """Where Node.js is; the test is skipped where there is none, or one that is too old."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("there is no Node.js here (Debian: nodejs)")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < OLDEST:
        pytest.skip(f"Node.js is {version.strip()}, and {OLDEST} is the oldest that knows the modules' JavaScript")
    return program


@pytest.fixture(scope="session")
def node(node_program: str) -> Iterator[Node]:
    """The modules under Node."""
    running = Node(node_program)
    yield running
    running.close()
