"""The vendored libraries are byte for byte what was published, but for how they name one another."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "src/service/site/static/vendor"
PACKAGES: list[dict[str, Any]] = json.loads((VENDOR / "manifest.json").read_text())["packages"]
OURS = re.compile(rb"^((?:import|\} from)[^'\n]*')(?:\.\./)+noble-hashes/", re.MULTILINE)


def folder_of(package: dict[str, Any]) -> Path:
    """Return where a package's files lie: @noble/curves in noble-curves."""
    return VENDOR / str(package["name"]).removeprefix("@").replace("/", "-")


def as_published(data: bytes) -> bytes:
    """Return a file with the name of the other package as it was published: a browser cannot find it by that."""
    return OURS.sub(rb"\1@noble/hashes/", data)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_every_file_is_as_it_was_published(package: dict[str, Any]) -> None:
    found = {
        path.relative_to(folder_of(package)).as_posix(): hashlib.sha256(as_published(path.read_bytes())).hexdigest()
        for path in folder_of(package).rglob("*")
        if path.is_file()
    }
    assert found == package["files"]


def test_the_folder_holds_the_packages_and_nothing_else() -> None:
    assert {path.name for path in VENDOR.iterdir()} == {folder_of(one).name for one in PACKAGES} | {"manifest.json"}
    for package in PACKAGES:
        assert package["licence"] == "MIT"
        assert "MIT License" in (folder_of(package) / "LICENSE").read_text()


def test_no_module_asks_for_anything_that_is_not_beside_it() -> None:
    for path in VENDOR.parent.rglob("*.js"):
        for name in re.findall(
            r"""^(?:import|\} from|import .* from) *['"]([^'"]+)['"]""", path.read_text(), re.MULTILINE
        ):
            assert (path.parent / name).is_file(), f"{path.name} asks for {name}"
