"""Every refusal can be read in Chinese: each sentence of the program has a row, and no row is without a sentence."""

import errno
import json
import os
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from pydantic import ValidationError
from pydantic_core import _pydantic_core

from audit.messages import HOLE, SOURCE, Messages
from ledger.audit.report import Report
from ledger.audit.wording import tell_duration, translate
from ledger.office.events.body import Body
from ledger.office.events.draws import DrawFrozen
from ledger.office.record import FOUNDING
from ledger.proof.errors import Mismatch
from misuse import MISUSES, UNREADABLE

NAME = re.compile(r"\{([a-z0-9_]+)\}")
ROWS: dict[str, str] = {
    row["en"]: row["zh"] for row in json.loads((SOURCE / "audit" / "wording.zh.json").read_text(encoding="utf-8"))
}
SAMPLES = {"n": "7", "check": "files", "type": FOUNDING, "subject": "draw/bureau/2027-01/001"}

VALUES = {"after", "bureau", "seen.size", "case/{}", "draw/{}", "log/{}", "timestamps/{}.checkpoint"}
"""Literal texts that fill a place and are values: field names and ids, which are the same in every language."""

TERMS = frozenset(
    re.findall(
        "[A-Za-z]+",
        """
    any all none log witness group quorum drand local open sealed init dir to result files reg crew
    after at body root seen size event tile entries p lock checkpoint draw seed txt
    key enrolled revoked founded officer target changed witnessed openings erased seeds closed noun verbed version
    http https old gzip file s gs az PEM RFC SHA HTTP tsa check obstore objects rfc client timestamp
    ASCII BASE base BLS Ed cosignature v JSON PK PRIVATE KEY UTF Unicode ZIP a z f double random C L N W T Z
    PostgreSQL fsync on registry units Windows Unix serve
    """,
    )
)
"""What a Chinese sentence keeps in Latin letters: names of files, options, fields, event types and formats."""


def bare(en: str) -> str:
    """Return a row's template without the names of its holes."""
    return NAME.sub(HOLE, en)


def foreign() -> Iterator[str]:
    """Yield templates of messages that other programs give and that our refusals pass on."""
    yield from ("None", *DrawFrozen.model_fields)
    for kind in _pydantic_core.list_all_errors():
        for text in (kind["message_template_python"], kind.get("message_template_json")):
            for plural in ("", "s"):
                yield NAME.sub(HOLE, (text or "").replace("{expected_plural}", plural))
    for name in SYSTEM_ERRORS:
        yield os.strerror(getattr(errno, name))
    yield from ("[Errno {}] {}: {}", "[Errno {}] {}")
    yield "{}: line {} column {} (char {})"
    for text in ("x", "[]]", "{x", "[1 2]", '{"a" 1}', '"a', '"\n"', r'"\x"'):
        with pytest.raises(json.JSONDecodeError) as refused:
            json.loads(text)
        yield refused.value.msg
    yield "'utf-8' codec can't decode byte {} in position {}: {}"
    for data in (b"\xff", b"\xe4a", b"\xe4"):
        with pytest.raises(UnicodeDecodeError) as undecoded:
            data.decode()
        yield undecoded.value.reason
    with pytest.raises(zipfile.BadZipFile) as unzipped:
        zipfile.ZipFile(BytesIO())
    yield str(unzipped.value)
    yield from (*MISUSES, *UNREADABLE)


SYSTEM_ERRORS = [
    *("ENOENT", "EACCES", "EEXIST", "EISDIR", "ENOTDIR", "ENOSPC", "EROFS"),
    *("EADDRINUSE", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH"),
]


@pytest.fixture(scope="module")
def messages() -> dict[str, list[str]]:
    """Every template of the program -> where it stands."""
    return {template: places for template, places in Messages().places.items() if template not in VALUES}


BARE = {bare(en): en for en in ROWS}
PLACES = [en for en in ROWS if en.endswith((": {rest}", ": {message}"))]


def rows_of(template: str) -> list[str] | None:
    """Return the rows that a template needs: one, or a place and what is told of it; None if there is none."""
    if template in BARE:
        return [BARE[template]]
    for en in PLACES:
        place = re.escape(bare(en).removesuffix(HOLE)).replace(re.escape(HOLE), r"(\{\}|[a-z0-9]+)")
        if found := re.match(place, template):
            rest = template[found.end() :]
            rows = [] if rest == HOLE else rows_of(rest)
            if rows is not None:
                return [en, *rows]
    return None


def say(rows: list[str]) -> tuple[str, str]:
    """Return rows with samples filled in, in English and in Chinese; each is what the row before it tells."""
    en = rows[0]
    told = say(rows[1:]) if rows[1:] else ("the log is empty", "日志是空的")
    inner = {"rest": told, "message": told, "what": ("nobody", "无人"), "who": ("none", "无"), "state": ("none", "无")}
    values = {name: SAMPLES.get(name, f"〈{place}〉") for place, name in enumerate(NAME.findall(en))}
    english, chinese = ({name: text[side] for name, text in inner.items()} for side in (0, 1))
    return en.format_map(values | english), ROWS[en].format_map(values | chinese)


def test_messages_are_found_where_they_are_handed_on(messages: dict[str, list[str]]) -> None:
    raised, by_helper, by_parameter, returned = (
        "code {} stands twice",
        "the slot is used",
        "public key",
        "not the whole",
    )
    assert {raised, by_helper, by_parameter, returned, "line {}: found {}, expected {}"} <= messages.keys()


def test_every_message_has_a_chinese_row(messages: dict[str, list[str]]) -> None:
    lacking = [f"{', '.join(places)}: {text}" for text, places in messages.items() if rows_of(text) is None]
    assert lacking == [], "\n".join(["add rows to src/ledger/audit/wording.zh.json for:", *lacking])


def test_no_row_is_without_a_message(messages: dict[str, list[str]]) -> None:
    used = {row for template in (*messages, *foreign()) for row in rows_of(template) or ()}
    wordless = {en for en in ROWS if not re.search(r"[A-Za-z]", NAME.sub("", en))}
    assert sorted(ROWS.keys() - used - wordless) == []


def test_every_message_comes_out_in_the_chinese_of_its_rows(messages: dict[str, list[str]]) -> None:
    chains = [rows for template in messages if (rows := rows_of(template)) is not None]
    said = {en: (translate(en), zh) for en, zh in map(say, chains)}
    assert {en: pair for en, pair in said.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("en", ROWS)
def test_a_row_is_chinese_and_keeps_every_value(en: str) -> None:
    zh = ROWS[en]
    assert set(NAME.findall(en)) == set(NAME.findall(zh))
    words = set(re.findall(r"[A-Za-z]+", re.sub(r"--[a-z]+", "", NAME.sub("", zh))))  # options keep their names
    assert words <= TERMS
    assert re.search(r"[\u3001\uff0b\uff1a\u4e00-\u9fff]", NAME.sub("", zh))


def bodies(kind: type[Body] = Body) -> Iterator[type[Body]]:
    """Yield every kind of body, and of a part of one; the record has imported them all."""
    for known in kind.__subclasses__():
        yield known
        yield from bodies(known)


@pytest.mark.parametrize("body", sorted(set(bodies()), key=str))
def test_what_is_wrong_with_a_field_is_said_in_chinese(body: type[Body]) -> None:
    told = set()
    for bad in (None, 1.5, -1, "", "!", "x" * 3000, [], [1], {}, {"!": 1}, "none to many"):
        fields = dict.fromkeys([*body.model_fields, "unknown"], bad)
        with pytest.raises(ValidationError) as refused:
            body.model_validate(fields)
        with pytest.raises(ValidationError) as refused_json:
            body.model_validate_json(json.dumps(fields))
        told |= {problem["msg"] for problem in (*refused.value.errors(), *refused_json.value.errors())}
    assert {text for text in told if not re.search(r"[\u4e00-\u9fff]", translate(text))} == set()


def test_places_stand_within_one_another() -> None:
    refused = "entry 12: draw.frozen/1 on draw/bureau/2027-01/001: pool: found 'a, b: c', expected {'d': 'none'}"
    assert translate(refused) == (
        "第 12 号条目：draw/bureau/2027-01/001 的 draw.frozen/1：抽查基数名单：现为 'a, b: c'，应为 {'d': 'none'}"
    )


def test_units_are_listed_as_in_chinese() -> None:
    told = translate("bureau/enforcement and bureau/legal-publicity must commit before any share is revealed")
    assert told == "bureau/enforcement、bureau/legal-publicity 须先提交承诺，才能公开份额"


def test_a_value_that_looks_like_a_message_stays() -> None:
    assert translate("id 'none: the log is empty' after x; expected ascending ids, each once") == (
        "编号 'none: the log is empty' 排在 x 之后；编号应递增且不重复"
    )


@pytest.mark.parametrize("text", ["", "no sentence of ours", "where: no sentence of ours", "{n}", ": ", "entry x: y"])
def test_what_is_not_known_stays_as_it_is(text: str) -> None:
    assert translate(text) == text


def test_a_long_and_hostile_text_is_soon_given_up() -> None:
    text = "entry 0: " * 20_000
    assert translate(text).count("第 0 号条目：") <= 8


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 seconds"),
        (59, "59 秒", "59 seconds"),
        (3601, "1 小时", "1 hour"),
        (100, "1 分钟 40 秒", "1 minute 40 seconds"),
        (90_061, "1 天 1 小时", "1 day 1 hour"),
        (30 * 86_400, "30 天", "30 days"),
    ],
)
def test_a_duration_is_told_in_its_largest_units(seconds: int, zh: str, en: str) -> None:
    assert tell_duration(seconds) == (zh, en)


def test_a_report_gives_both_languages() -> None:
    report = Report("x")
    report.failed("tree", Mismatch("the log is empty"))
    (failed,) = report.with_status("failed")
    assert (failed.reason.zh, failed.reason.en) == ("日志是空的", "the log is empty")
