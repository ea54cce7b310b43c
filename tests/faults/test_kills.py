"""A sample of the faults that `./run faults kills` makes at every file system call of a write."""

import os
import shutil

import pytest

from faults import kills


@pytest.mark.skipif(shutil.which("strace") is None and not os.environ.get("CI"), reason="there is no strace here")
def test_a_sample_of_faults_at_file_system_calls(capsys: pytest.CaptureFixture[str]) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    assert kills.run(sample=60, seed=seed) == 0, f"seed {seed}: {capsys.readouterr().out}"
    assert "60 of" in capsys.readouterr().out
