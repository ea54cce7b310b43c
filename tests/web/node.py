"""The browser's verifier under Node, asked by the tests: one process, one question a line."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).with_name("driver.mjs")
VERIFY = Path(__file__).resolve().parents[2] / "src/service/site/static/verify"


class RefusedError(Exception):
    """What the modules refused: `kind` is the class of their error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Node:
    """A running driver."""

    def __init__(self, program: str) -> None:
        self._process = subprocess.Popen(
            [program, str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def ask(self, operation: str, **asked: Any) -> Any:
        """Return the answer; bytes are handed over in base64. Raises RefusedError; a crash fails the test."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        plain = {name: pack(value) if isinstance(value, bytes) else value for name, value in asked.items()}
        self._process.stdin.write(json.dumps({"operation": operation, **plain}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "crashed" not in answer, answer["crashed"]
        if "refused" in answer:
            raise RefusedError(answer["refused"], answer["message"])
        return answer["value"]

    def refuses(self, operation: str, **asked: Any) -> str | None:
        """Return the kind of refusal; None if it is none."""
        try:
            self.ask(operation, **asked)
        except RefusedError as error:
            return error.kind
        return None

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


def pack(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode()
