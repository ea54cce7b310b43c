"""axe-core 4.10.3 stands in vendor/ byte for byte as it was published, with its licence."""

import hashlib
from pathlib import Path

VENDOR = Path(__file__).parent / "vendor" / "axe-core"


def test_every_file_is_as_it_was_published() -> None:
    listed = dict(line.split("  ")[::-1] for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.name != "SHA256SUMS"
    }
    assert found == listed
    assert "Mozilla Public License" in (VENDOR / "LICENSE").read_text()
