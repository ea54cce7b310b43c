"""The public site of a month in which everything happens that the record knows, from a bare copy of its log."""

from pathlib import Path

import pytest

from audit.evidence import sign_checkpoint, write_log
from ledger.proof.encoding import parse_time
from month import month_entries
from service.published import Published
from service.site.export import export_site

NOW = parse_time("2028-01-03T01:00:00Z")
"""After the month, so that something of it is overdue."""


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The month's log, as files; nobody's key is there."""
    entries = month_entries()
    return write_log(tmp_path_factory.mktemp("site") / "copy", entries, sign_checkpoint(entries, witnesses=2))


@pytest.fixture(scope="session")
def published(log: Path) -> Published:
    """What the public side shows of it."""
    return Published(log, lambda: NOW)


@pytest.fixture(scope="session")
def exported(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as files."""
    out = tmp_path_factory.mktemp("exported") / "portal"
    export_site(published, out)
    return out
