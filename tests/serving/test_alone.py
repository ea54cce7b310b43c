"""The public process by itself: it has no right to write or to read a key, needs none, and tries neither."""

import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.test_marked_values import CODE, live
from ledger.cli.installation import Installation
from ledger.cli.published import read_record
from serving.crawl import ask_operations, follow_links, list_tree
from serving.served import UNIT, Answer, Service, compose_row
from serving.test_command import await_address, start

NO_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""Before a command, so that permissions hold for it where it is root's, too (Debian: util-linux)."""
ABSENT = shutil.which("setpriv") is None and not os.environ.get("CI")
UNTRACED = shutil.which("strace") is None and not os.environ.get("CI")
WATCHED = ("strace", "-D", "-f", "-qq", "-y", "--seccomp-bpf", "-e", "trace=%file,ftruncate,fchmod,fchown", "-o")
WRITING = re.compile(r"\bO_(WR\w+|RDWR|CREAT|TRUNC|APPEND)\b")
READING = {"open", "openat", "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
           "readlinkat", "execve", "getcwd", "chdir", "statfs", "getxattr", "lgetxattr"}  # fmt: skip


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose month is over; not to be changed."""
    return live(tmp_path_factory.mktemp("alone"))[0].folder


@pytest.fixture
def folder(lived: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it, of this test's own; what was forbidden of it is allowed again in the end."""
    copy = Path(shutil.copytree(lived, tmp_path / "data"))
    yield copy
    for place in (copy, *copy.iterdir()):
        place.chmod(0o700)
    for place in copy.rglob("*"):
        place.chmod(0o700)


def ask_all(address: str, folder: Path) -> dict[str, Answer]:
    """Ask a public process for everything."""
    service = Service(f"http://{address}", folder, io.StringIO(), None)
    try:
        return follow_links(service, "/", "/en/") | list_tree(service) | ask_operations(service, (CODE,), (2023,))
    finally:
        service.pool.clear()


def stop(process: "subprocess.Popen[str]") -> str:
    """Stop a process; return what it wrote of its work."""
    process.terminate()
    _, err = process.communicate(timeout=30)
    return err


def look(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Return of each file and folder its mode, its size, and when it was changed."""
    stats = {place: place.lstat() for place in (folder, *folder.rglob("*"))}
    return {place: (stat.st_mode, stat.st_size, stat.st_mtime_ns) for place, stat in stats.items()}


@pytest.mark.skipif(ABSENT, reason="there is no setpriv here")
def test_it_serves_a_log_that_it_may_not_write_beside_keys_that_it_may_not_read(folder: Path) -> None:
    for place in folder.rglob("*"):
        place.chmod(0o555 if place.is_dir() else 0o444)
    for place in (place for place in folder.iterdir() if place.name != "log"):
        place.chmod(0)
    folder.chmod(0o555)
    for forbidden in ("cat keys/service.key", "ls private", "touch log/tile/x", "touch x", "echo x >> log/checkpoint"):
        tried = subprocess.run([*NO_RIGHTS, "sh", "-c", forbidden], cwd=folder, capture_output=True, check=False)
        assert tried.returncode != 0, forbidden
    before = look(folder)
    process = start("--dir", folder, "--port", "0", "--role", "public", before=NO_RIGHTS)
    answers = ask_all(await_address(process), folder)
    assert {answer.status for answer in answers.values()} == {200}
    assert len(answers) > 150
    assert [json.loads(line)["event"] for line in stop(process).splitlines()] == ["started", "stopped"]
    assert process.returncode == 0
    assert look(folder) == before


@pytest.mark.skipif(UNTRACED, reason="there is no strace here")
def test_it_opens_nothing_to_write_and_nothing_but_the_log(folder: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    process = start("--dir", folder, "--port", "0", "--role", "public", before=(*WATCHED, str(calls)), **environment)
    address = await_address(process)
    before = ask_all(address, folder)
    entry = compose_row(read_record(folder), Installation(folder).read_keys()[UNIT])
    with Installation(folder).open_book(has_trial_witnesses=True) as book:
        book.append([entry])
    after = ask_all(address, folder)
    assert before["/log/checkpoint"].body != after["/log/checkpoint"].body
    assert before["/"].body != after["/"].body, "what is published meanwhile is taken in"
    stop(process)
    said = calls.read_text(errors="replace").splitlines()
    made = [line.split(maxsplit=1)[1] for line in said if re.match(r"\d+ +\w+\(", line)]
    assert {call.partition("(")[0] for call in made} <= READING
    written = [call for call in made if WRITING.search(call) and '"/dev/' not in call]
    assert written == []
    opened = {path.split("/")[0] for call in made for path in re.findall(rf'"{folder}/([^"]*)"', call)}
    assert opened == {"log"}


@pytest.mark.skipif(UNTRACED, reason="there is no strace here")
def test_the_same_watch_sees_what_a_writer_opens(folder: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    process = start("--dir", folder, "--port", "0", before=(*WATCHED, str(calls)))
    await_address(process)
    stop(process)
    said = calls.read_text(errors="replace")
    assert f'"{folder}/keys/service.key"' in said
    assert any(WRITING.search(line) and f'"{folder}/' in line for line in said.splitlines())
