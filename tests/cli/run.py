"""Running the command line in this process, as a shell would."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner

from ledger.cli import app
from ledger.cli.desk import Drafted
from ledger.proof.errors import LedgerError


class Ran(NamedTuple):
    """What a command gave: its exit status, standard output and standard error."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Return standard output read as JSON."""
        return json.loads(self.out)


def run(*words: str | Path, locale: str = "C") -> Ran:
    """Run `double-random` with these words."""
    env = {"LC_ALL": locale, "LANG": locale, "LC_MESSAGES": locale}
    result = CliRunner().invoke(app, [str(word) for word in words], env=env)
    if isinstance(result.exception, Drafted):
        return Ran(0, result.stdout, result.stderr)
    if isinstance(result.exception, LedgerError | OSError):  # main() makes a sentence and status 2 of these
        return Ran(2, result.stdout, result.stderr + str(result.exception))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)
