"""Templates into HTML. Every link is relative to its page, so the site stands wherever its files are put."""

import posixpath
import re
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from ledger.office.masking import SEALED_NAME
from ledger.proof.encoding import SHANGHAI

from .assets import derive_version
from .language import Language

_environment = Environment(
    loader=PackageLoader("service.site"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'"
)
"""What a page may load. It stands in the page itself too, for an exported one is served without our headers."""

_HAN = re.compile("[\u3400-\u9fff]")
_CHINESE = re.compile(
    "[\u3001-\u303f\uff01-\uff5e]*[\u3400-\u9fff](?:[^A-Za-z;]*[\u3001-\u303f\u3400-\u9fff\uff01-\uff5e])?"
)
"""From one Chinese character to the last before a Latin letter or a semicolon, with the signs around them."""


def mark(value: object, is_english: bool) -> str | Markup:
    """Return a value as a page shows it; what is Chinese on an English page says so, for readers and their machines."""
    text = str(value)
    if not is_english:
        return text
    text = text.replace(SEALED_NAME, "(personal name, not public)")
    if not _HAN.search(text):
        return text
    told, end = Markup(), 0
    for found in _CHINESE.finditer(text):
        told += text[end : found.start()] + Markup('<span lang="zh-CN">{}</span>').format(found[0])
        end = found.end()
    return told + text[end:]


def link(page: str, to: str) -> str:
    """Return the address of a page or file as one page links to it.

    page, to  paths under the site's root; a page's ends with `/`, the home page's is empty

    By hand: link("draws/", "verify/") is "../verify/", and link("", "") is "./".
    """
    target, fragment = to.partition("#")[::2]
    # Every page lies in a folder of its own, so the number of folders to climb is that of the slashes in its path.
    relative = posixpath.relpath(f"/{target}", f"/{page}")
    slash = "/" if (not target or target.endswith("/")) else ""
    return f"{relative}{slash}" + (f"#{fragment}" if fragment else "")


def tell_time(seconds: int) -> str:
    """Return a time as pages show it: Beijing's, to the minute, with the distance to UTC."""
    return datetime.fromtimestamp(seconds, SHANGHAI).strftime("%Y-%m-%d %H:%M +08:00")


def render(
    template: str,
    path: str,
    language: Language,
    context: dict[str, Any],
    *,
    query: str = "",
    is_static: bool = False,
) -> str:
    """Return a page as HTML.

    path       the page's path in Chinese; the English one lies under `en/`
    context    what the template shows
    query      what was asked of it, as it stands in the address: the same page in the other language is asked the same
    is_static  whether it is written as a file: forms that only a server answers are left out
    """
    here = path if language.code == "zh" else f"en/{path}"

    def to(target: str) -> str:
        """Link to a page, in the same language."""
        return link(here, target if language.code == "zh" else f"en/{target}")

    def file(target: str) -> str:
        """Link to a file; to a static one with its version."""
        path = target.removeprefix("static/")
        return link(here, target) + (f"?v={derive_version(path)}" if path != target else "")

    return _environment.get_template(template).render(
        {
            "t": language,
            "to": to,
            "file": file,
            "other": link(here, f"en/{path}" if language.code == "zh" else path) + (f"?{query}" if query else ""),
            "path": path,
            "is_static": is_static,
            "policy": CONTENT_POLICY,
            "time": tell_time,
            "say": lambda value: mark(value, language.code == "en"),
            **context,
        }
    )
