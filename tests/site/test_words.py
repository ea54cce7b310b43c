"""The pages' words: both languages complete, steps and codes in words, headings in order, nothing private."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from audit.evidence import sign_checkpoint, write_log
from ledger.cli.announcing import RESULT_CODES
from ledger.cli.words import EVENTS
from month import first_index, month_entries, month_types
from service.published import Published
from service.site.announcements import RESULTS
from service.site.cases import FACTS
from service.site.data import list_files
from service.site.language import CODES, Language
from service.site.naming import name_slot
from service.site.pages import list_paths, show_page
from service.site.stations import STATIONS

HAN = re.compile("[\u3400-\u9fff]")
VOID = {"meta", "link", "br", "input", "img", "hr"}


class Text(HTMLParser):
    """A page's text, each piece with the language that it is marked as, and its headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str]] = []
        self.levels: list[int] = []
        self._open: list[tuple[str, str]] = [("", "")]
        self.feed(html)
        assert len(self._open) == 1, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        language = found.get("lang") or self._open[-1][1]
        for name in ("aria-label", "placeholder", "data-label", "title", "alt"):
            self.pieces.append((language, found.get(name) or ""))
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in VOID and tag not in ("path", "rect"):
            self._open.append((tag, language))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and tag not in ("path", "rect"):
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1][0] not in ("script", "style"):
            self.pieces.append((self._open[-1][1], data))


@pytest.fixture(scope="module")
def pages(published: Published) -> dict[str, dict[str, Text]]:
    """Language -> path -> page."""
    found: dict[str, dict[str, Text]] = {}
    for code in CODES:
        texts = found.setdefault(code, {})
        for path in list_paths(published):
            html = show_page(published, path, Language(code))
            assert html is not None, path
            texts[path] = Text(html)
    return found


def test_no_english_page_holds_chinese_that_is_not_marked_as_chinese(pages: dict[str, dict[str, Text]]) -> None:
    for path, text in pages["en"].items():
        unmarked = [piece for language, piece in text.pieces if language == "en" and HAN.search(piece)]
        assert unmarked == [], path


def test_no_chinese_page_holds_an_english_sentence(pages: dict[str, dict[str, Text]]) -> None:
    """Ids, keys and commands are Latin; four words in a row, one of them of grammar, are a sentence."""
    grammar = re.compile(r"\b(the|of|is|are|and|with|was|were|not|by)\b")
    sentence = re.compile(r"(?:[A-Za-z']+[ ,]+){3,}[A-Za-z']+")
    for path, text in pages["zh"].items():
        english = [
            piece
            for language, piece in text.pieces
            if language == "zh-CN" and (found := sentence.search(piece)) and grammar.search(found[0])
        ]
        assert english == [], path


def test_headings_are_in_order_and_begin_with_one_of_the_first_level(pages: dict[str, dict[str, Text]]) -> None:
    for texts in pages.values():
        for path, text in texts.items():
            assert text.levels[0] == 1, path
            assert text.levels.count(1) == 1, path
            assert all(after - before <= 1 for before, after in zip(text.levels, text.levels[1:], strict=False)), path


def test_no_page_shows_an_event_type(pages: dict[str, dict[str, Text]]) -> None:
    kind = re.compile(r"\b[a-z]+\.[a-z]+/[0-9]\b")
    for texts in pages.values():
        for path, text in texts.items():
            assert [piece for _, piece in text.pieces if kind.search(piece)] == [], path


def test_every_step_that_the_month_takes_has_words() -> None:
    types = {type for _, type in month_types()}
    assert {type for type in types if type.startswith("draw.")} <= set(STATIONS)
    assert types <= set(EVENTS)
    assert set(FACTS) <= set(EVENTS)


def test_every_code_of_the_national_results_has_words() -> None:
    assert set(RESULT_CODES.values()) < set(RESULTS)


def test_the_draws_page_shows_every_attempt_of_its_month_and_what_is_overdue(published: Published) -> None:
    draws = published.record.draws.by_slot
    months = [(draw.office, draw.month) for draw in draws.values()]
    several = next(draw for draw in draws.values() if months.count((draw.office, draw.month)) > 1)
    html = show_page(published, f"draws/{several.slot}/", Language("en"))
    assert html is not None
    others = [slot for slot, draw in draws.items() if (draw.office, draw.month) == (several.office, several.month)]
    assert len(others) > 1
    for slot in others:
        assert f">{name_slot(slot, published.policy, Language('en'))}</a>" in html


def test_t22_a_sealed_draw_shows_no_outcome_before_it_is_revealed(tmp_path: Path) -> None:
    entries = month_entries()[: first_index("draw.revealed/1")]
    published = Published(write_log(tmp_path / "log", entries, sign_checkpoint(entries)), lambda: 1_900_000_000)
    (draw,) = (draw for draw in published.record.draws.by_slot.values() if draw.owes_reveal)
    html = show_page(published, f"draws/{draw.slot}/", Language("en"))
    assert html is not None
    assert "A sealed draw: its outcome is fixed" in html
    assert "Enterprises drawn" not in html
    assert "bundles" not in html
    assert f"bundles/{draw.slot.replace('/', '-')}.zip" not in list_files(published)
    assert all(show_page(published, path, Language("zh")) for path in list_paths(published))


def test_corrections_are_the_changes_of_the_disclosure_log(published: Published) -> None:
    changes = show_page(published, "corrections/", Language("en"))
    everything = show_page(published, "corrections/all/", Language("en"))
    assert changes is not None
    assert everything is not None
    assert "a result is corrected" in changes
    assert "a result is public" not in changes
    assert "a result is public" in everything


def test_overdue_counts_to_the_day_of_the_clock(log: Path) -> None:
    early = Published(log, lambda: 1_800_000_000)
    late = Published(log, lambda: 1_900_000_000)
    first, second = (show_page(one, "overdue/", Language("en")) for one in (early, late))
    assert first is not None
    assert second is not None
    assert second.count("<tr>") > first.count("<tr>")
