"""The pages' words: both languages complete, steps and codes in words, headings in order, nothing private."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from audit.evidence import sign_checkpoint, write_log
from ledger.cli.announcing import RESULT_CODES
from ledger.cli.words import EVENTS
from ledger.office.results import derive_draw_outcome
from month import first_index, month_entries, month_types
from office.test_kinds import JOINT, open_slot, run_on, world_of
from service.published import Published
from service.site.announcements import RESULTS
from service.site.cases import FACTS
from service.site.data import list_files
from service.site.language import CODES, Language
from service.site.naming import name_slot, name_subject
from service.site.page import list_numbered, take_page
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


def test_a_draw_an_inspection_and_a_month_are_called_by_office_month_and_number(published: Published) -> None:
    policy, record = published.policy, published.record
    zh, en = Language("zh"), Language("en")
    assert name_slot("bureau/2027-01/001", policy, zh) == "区局 2027 年 1 月第 001 号"
    assert name_slot("bureau/2027-01/001", policy, en) == "The bureau, January 2027, No. 001"
    assert name_subject("case/bureau/2027-01/001/0012", record, zh) == "区局 2027 年 1 月第 001 号第 12 件"
    assert name_subject("inspection/bureau/2027-01/002", record, en) == (
        "The bureau, January 2027, inspection 002 outside any draw"
    )
    title = record.plans.approved["bureau", 2027][-1][1].lines[0].title
    assert name_subject("draw/bureau/2027-05 monthly", record, zh) == f"区局 2027 年 5 月：{title}"
    assert name_subject("filing/street/bantian/2027", record, zh).endswith("2027 年街道计划备案")
    assert name_subject("complaint/2027/0001", record, en) == "Complaint 2027/0001"
    assert name_subject("unheard/of", record, zh) == "of"


def test_no_citizen_reads_a_slot_where_a_name_would_do(pages: dict[str, dict[str, Text]]) -> None:
    """A slot stands as index number and in addresses; lists, breadcrumbs and headings say it in words."""
    slot = re.compile(r"^[a-z/]+/[0-9]{4}-[0-9]{2}/[0-9]{3}$")
    for texts in pages.values():
        for path, text in texts.items():
            found = [piece for _, piece in text.pieces if slot.match(piece.strip())]
            allowed = path.startswith(("draws/bureau", "verify/", "data/", "cases/"))
            assert allowed or found == [], path


def test_an_enterprises_page_tells_each_draws_answer_and_its_command_prints_the_ticket(published: Published) -> None:
    draws = published.record.draws.by_slot.values()
    draw = next(draw for draw in draws if draw.has_outcome and not draw.voided)
    drawn = derive_draw_outcome(draw).sheets[0].code
    others = {leaf.target.id for leaf in draw.ground.pool if leaf.excluded is None}
    spared = next(code for code in sorted(others) if not any(derive_draw_outcome(one).find(code) for one in draws))
    for code, words in ((drawn, "抽中：在"), (spared, "没有抽中：在")):
        html = show_page(published, f"enterprises/{code}/", Language("zh"))
        assert html is not None
        assert words in html
        for seed, asked in re.findall(r"printf &#39;%s%s&#39; ([0-9a-f]{64}) &#39;([^&]+)&#39;", html):
            assert asked == code
            assert hashlib.sha256(f"{seed}{code}".encode()).hexdigest() in html
    closed = next(leaf.target.id for leaf in draw.ground.pool if leaf.excluded is not None)
    assert "在名录中，不能抽：" in (show_page(published, f"enterprises/{closed}/", Language("zh")) or "")
    assert show_page(published, "enterprises/914403009999999999/", Language("zh")) is None


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)])
def test_a_list_is_turned_page_by_page_and_no_row_is_left_out(rows: int, pages: int) -> None:
    seen: list[int] = []
    assert len([*list_numbered("draws/", rows, 50)]) == pages
    for number, path in enumerate(list_numbered("draws/", rows, 50), 1):
        taken = take_page("draws/", range(rows), number, 50)
        assert taken is not None
        seen += taken[0]
        assert taken[1]["last"] - taken[1]["first"] + 1 == len(taken[0]) or rows == 0
        assert (taken[1]["before"] == "") == (path == "draws/")
    assert seen == [*range(rows)]
    assert take_page("draws/", range(rows), pages + 1, 50) is None
    assert take_page("draws/", range(rows), 0, 50) is None


def test_a_joint_draw_says_who_leads_it_and_who_takes_part(tmp_path: Path) -> None:
    world = world_of("joint")
    slot = open_slot(world, "joint", **JOINT)
    run_on(world, slot)
    entries = list(world.log.entries)
    published = Published(write_log(tmp_path / "log", entries, world.cosigned()), lambda: world.now)
    for code, words in (("zh", ("发起部门", "配合部门", "部门联合")), ("en", ("Led by", "Together with"))):
        html = show_page(published, f"draws/{slot}/", Language("zh" if code == "zh" else "en"))
        assert html is not None
        assert all(word in html for word in words)
        for party in (JOINT["lead"], *JOINT["participants"]):
            assert f">{party}<" not in html
