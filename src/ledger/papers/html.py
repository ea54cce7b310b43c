"""A document as HTML: one file, without scripts and without anything from outside, that prints on A4."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from ledger.papers.page import Facts, Page, Points, Signatures, Table, Words


def format_html(page: Page) -> str:
    """Return a document as HTML, UTF-8. Whatever stands in it is text, never markup."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.tests |= {
        "facts": lambda block: isinstance(block, Facts),
        "table": lambda block: isinstance(block, Table),
        "points": lambda block: isinstance(block, Points),
        "signatures": lambda block: isinstance(block, Signatures),
        "bilingual": lambda text: isinstance(text, Words),
    }
    template = files("ledger.papers").joinpath("page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(page=page) + "\n"
