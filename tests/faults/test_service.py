"""A sample of what `./run faults service` does two hundred times: the service is killed under load."""

import os

import pytest

from faults import service


def test_a_few_kills_under_load(capsys: pytest.CaptureFixture[str]) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    assert service.run(kills=4, seed=seed) == 0, f"seed {seed}: {capsys.readouterr().out}"
    assert "killed 4 times" in capsys.readouterr().out
