"""The commands that the pages show: read out of them, and run as somebody would who follows the page."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from cli.run import run

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
ASSIGNMENT = re.compile(r"(\w+)=\$\((.*)\)")
SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")


def read_blocks(text: str) -> list[tuple[str, str]]:
    """Return the fenced blocks of a page or a part of one: language and content."""
    return FENCE.findall(text)


def read_headings(text: str) -> list[tuple[str, str]]:
    """Return the headings of a page: the marks of its level, and its words."""
    return HEADING.findall(FENCE.sub("", text))


def read_section(text: str, heading: str) -> str:
    """Return what stands under a heading of the second level, down to the next one."""
    _, found, rest = text.partition(f"\n## {heading}\n")
    assert found, f"there is no section {heading}"
    return rest.partition("\n## ")[0]


class Reader:
    """Somebody who follows a page, line by line, in a folder of their own.

    `./run` lines are run in this process, which is fast; all else by a shell. Variables stay in the environment until
    the page unsets them.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, patch
        for name in ("LC_ALL", "LANG"):
            patch.setenv(name, "C")
        patch.delenv("DOUBLE_RANDOM_DIR", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.chdir(folder)
        patch.setenv("PWD", str(folder))

    def follow(self, text: str) -> list[str]:
        """Run every shell block of a page or a part of one; return what each printed."""
        blocks = [block for language, block in read_blocks(text) if language == "sh"]
        return ["".join(map(self._follow_line, block.splitlines())) for block in blocks]

    def _follow_line(self, line: str) -> str:
        if line.startswith("export "):
            name, _, value = shlex.split(line)[1].partition("=")
            self.patch.setenv(name, value)
            return ""
        if line.startswith("unset "):
            self.patch.delenv(line.removeprefix("unset "))
            return ""
        if assignment := ASSIGNMENT.fullmatch(line):
            self.patch.setenv(assignment[1], self._output(assignment[2]).rstrip("\n"))
            return ""
        return self._output(line)

    def _output(self, line: str) -> str:
        """Return what a command prints; it must succeed."""
        if not line.startswith("./run "):
            return _run_shell(line, "")
        first, _, then = line.partition(" | ")
        command, _, file = first.partition(" > ")
        command = SUBSTITUTION.sub(lambda inner: self._output(inner[1]).rstrip("\n"), command)
        ran = run(*shlex.split(os.path.expandvars(command))[1:])
        assert ran.status == 0, f"{line}\n{ran.out}{ran.err}"
        if file:
            Path(file).write_text(ran.out, encoding="utf-8")
        return _run_shell(then, ran.out) if then else ran.out


def _run_shell(command: str, given: str) -> str:
    ran = subprocess.run(["sh", "-euc", command], input=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
    return ran.stdout
