"""Running the released script: the shells at hand, and what it prints."""

import os
import shutil
import subprocess
from pathlib import Path

from ledger.audit import verify

SCRIPT = Path(verify.__file__).with_name("verify.sh")
SHELLS = [shell for shell in (["dash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"]) if shutil.which(shell[0])]


def run(
    folder: Path | str, shell: list[str] = SHELLS[0], env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the script over a folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    command = [*shell, str(SCRIPT), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=plain | (env or {}))


def failures(ran: subprocess.CompletedProcess[str]) -> set[int]:
    """Return the numbers of the checks that failed, and assert that the exit status says the same."""
    *lines, last = ran.stdout.splitlines()
    numbers = {int(line[:2]) for line in lines if line[3:].startswith("FAILED")}
    assert last.startswith("Something FAILED." if numbers else "Checks 14, 17 and 18 passed;")
    assert ran.returncode == (1 if numbers else 0), ran.stderr
    assert ran.stderr == ""
    return numbers
