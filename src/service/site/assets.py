"""The site's static files: style sheet, scripts, the verifier's modules, vendored libraries."""

from importlib.resources import files
from importlib.resources.abc import Traversable


def list_static() -> dict[str, bytes]:
    """Return the site's static files: path under `static/` -> contents."""

    def walk(folder: Traversable, path: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for one in folder.iterdir():
            found |= walk(one, f"{path}{one.name}/") if one.is_dir() else {f"{path}{one.name}": one.read_bytes()}
        return found

    return walk(files("service.site").joinpath("static"), "")
