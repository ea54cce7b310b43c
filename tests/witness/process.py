"""A witness in a process of its own, started by the command as anyone starts it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from ledger.audit.trust import parse_trust

PROGRAM = "import sys; from ledger.cli import main; sys.argv[0] = 'double-random'; main()"


class Running(NamedTuple):
    """A witness that runs: its process, its line in a tlog-policy, its address."""

    process: "subprocess.Popen[str]"
    line: str
    url: str

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        self.process.terminate()
        self.process.communicate(timeout=30)
        return self.process.returncode


def run_witness(*words: str | Path, locale: str = "C.UTF-8") -> "subprocess.Popen[str]":
    """Start `double-random witness` with these words."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "witness", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"LC_ALL": locale},
    )


def start_witness(folder: Path, *words: str | Path) -> Running:
    """Start a witness on a free port, and wait until it listens."""
    process = run_witness("--dir", folder, "--port", "0", *words)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("witness "):
            trust = parse_trust(f"{line}quorum none\n".encode())
            return Running(process, line, *trust.witness_urls.values())
    raise AssertionError(process.communicate(timeout=30))
