"""The site's static files: style sheet, scripts, the verifier's modules, vendored libraries."""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def list_static() -> dict[str, bytes]:
    """Return the site's static files: path under `static/` -> contents; with them the refusals in Chinese."""

    def walk(folder: Traversable, path: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for one in folder.iterdir():
            found |= walk(one, f"{path}{one.name}/") if one.is_dir() else {f"{path}{one.name}": one.read_bytes()}
        return found

    wording = files("ledger.audit").joinpath("wording.zh.json").read_bytes()
    return walk(files("service.site").joinpath("static"), "") | {"verify/wording.zh.json": wording}


@cache
def derive_version(path: str) -> str:
    """Return by what pages name the version of a static file in their links: so a linked file never changes."""
    return hashlib.sha256(list_static()[path]).hexdigest()[:16]
