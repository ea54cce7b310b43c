"""Rosters of enforcement officers (执法检查人员名录库): a pseudonymous id, the home unit, the certificate's last day.

Names and certificate numbers go to the private values. Identity numbers, telephones, schooling and age are never
carried. Of two certificates, each with its own 有效期, the one that lasts longest counts; of equals, the first.
"""

import re
from typing import NamedTuple

from ledger.intake.columns import OFFICERS
from ledger.intake.dates import parse_date
from ledger.intake.files import Source
from ledger.intake.findings import Finding, Remark, Unread
from ledger.intake.ids import derive_pseudonym, parse_id
from ledger.intake.reading import Reading, Row, Subject, Taken, read_table
from ledger.intake.records import Record, pair_columns
from ledger.intake.text import (
    normalise_symbols,
    normalise_text,
    normalise_whole,
    normalise_word,
    parse_list,
    split_words,
)
from ledger.intake.vocabulary import Vocabulary, Words, derive_known

_YES = frozenset(
    split_words(
        "是 有 在编 在岗 在职 行政编制 行政 公务员 参公 参公编制 事业编制 事业 已入库 入库 纳入 已纳入 √ 1 true yes y"
    )
)
_NO = frozenset(
    split_words(
        "否 无 不在编 编外 聘用 合同 合同制 劳务派遣 雇员 临聘 不在岗 离岗 借调 调离 退休 长期病假 停职 "
        "未入库 不纳入 未纳入 × x 0 false no n"
    )
)
_FLAGS = ("on_establishment", "in_post", "enrolled")
_IDENTITY = re.compile(r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]")
"""A person's identity number by its form, a birthday within: one mistyped, its check digit wrong, is a person's too."""
_NO_CERTIFICATE = frozenset({"无", "/", "-", "—", "否", "没有"})


class _Certificate(NamedTuple):
    number: str
    until: str


def read_officers(source: Source, *, vocabulary: Vocabulary, pseudonym_key: bytes | None, name: str = "") -> Reading:
    """Return the officers of a roster as an office saved it.

    source         a path, or the file's bytes
    vocabulary     the office's words for units, streets and qualifications
    pseudonym_key  the installation's secret from which ids are derived where the sheet has no 编号; None where it is
                   not at hand: then a row without 编号 cannot be taken
    name           the file's name for messages, where source is bytes

    Rows have id, unit, certificate_until, on_establishment, in_post, enrolled, and qualifications where there are any.
    Private: name, certificate_no.
    Source: docs/guide/intake.md.
    """
    reader = _OfficerReader(vocabulary, pseudonym_key)
    reading = read_table(source, Subject(OFFICERS), reader.take, name=name)
    absent = [Finding("column-absent", s, field=field, expected="是/true") for s, field in reader.absent]
    return reading.with_findings(absent)


class _OfficerReader:
    def __init__(self, vocabulary: Vocabulary, pseudonym_key: bytes | None) -> None:
        self.words = Words(vocabulary)
        self.pseudonym_key = pseudonym_key
        self.absent: dict[tuple[str, str], None] = {}

    def take(self, record: Record) -> Taken | None:
        """Read a row; what is a person's is not repeated by its findings."""
        try:
            return self._read(record)
        finally:
            record.hide("name", "certificate")

    def _read(self, record: Record) -> Taken | None:
        person = record.read_required("name")
        unit = self._read_unit(record)
        certificate = _read_certificate(record)
        if certificate is None:
            return None
        try:
            officer = self._read_id(record, certificate)
        except Unread as problem:
            record.report(problem.remark, "id")
            return None
        row: Row = {"id": officer, "unit": unit, "certificate_until": certificate.until}
        for flag in _FLAGS:
            row[flag] = self._read_flag(record, flag)
        if qualifications := self._read_qualifications(record):
            row["qualifications"] = qualifications
        return Taken(officer, row, {"name": person, "certificate_no": certificate.number})

    def _read_id(self, record: Record, certificate: _Certificate) -> str:
        """The sheet's own 编号, else a pseudonym. Raises Unread where there is neither."""
        own_id = record.read_text("id") if record.has("id") else ""
        if own_id:
            return parse_id(own_id)
        if self.pseudonym_key is None:
            raise Unread("value-missing")
        return derive_pseudonym(self.pseudonym_key, certificate.number)

    def _read_unit(self, record: Record) -> str:
        """The first column, in order of preference, whose text is a known unit: a template has 部门 and 工作单位."""
        texts = [normalise_text(record.read_cell(column)) for column in record.columns["unit"]]
        for text in texts:
            if unit := self.words.units.get(normalise_word(text)):
                return unit
        found = "、".join(text for text in texts if text)
        remark = Remark("value-unknown", found, derive_known(self.words.units)) if found else Remark("value-missing")
        record.report(remark, "unit")
        return ""

    def _read_flag(self, record: Record, flag: str) -> bool:
        if not record.has(flag):
            self.absent.setdefault((record.sheet, flag))
            return True
        text = record.read_required(flag)
        word = normalise_whole(normalise_word(text))
        if text and word not in _YES and word not in _NO:
            record.report(Remark("value-unknown", text, "是、否"), flag)
        return word in _YES

    def _read_qualifications(self, record: Record) -> list[str]:
        found = set()
        for part in parse_list(record.read_text("qualifications")) if record.has("qualifications") else ():
            if qualification := self.words.qualifications.get(normalise_word(part)):
                found.add(qualification)
            else:
                record.report(Remark("value-dropped", part, derive_known(self.words.qualifications)), "qualifications")
        return sorted(found)


def _read_certificate(record: Record) -> _Certificate | None:
    """Return the certificate that lasts longest, or None with the errors reported."""
    held: list[_Certificate] = []
    undated: list[int | None] = []
    for column, expiry in pair_columns(record, "certificate", "expiry"):
        number = normalise_symbols(normalise_whole(record.read_cell(column)))
        if not number or number in _NO_CERTIFICATE:
            continue
        if not _is_certificate(record, number, column):
            return None
        day = normalise_text(record.read_cell(expiry))
        if not day:
            undated.append(expiry)
            continue
        try:
            until, remarks = parse_date(day)
        except Unread as problem:
            record.report(problem.remark, "expiry", expiry)
            return None
        for remark in remarks:
            record.report(remark, "expiry", expiry)
        held.append(_Certificate(number, until))
    if not held:
        field = "expiry" if undated else "certificate"
        record.report(Remark("value-missing"), field, undated[0] if undated else record.columns["certificate"][0])
        return None
    return max(held, key=lambda certificate: certificate.until)


def _is_certificate(record: Record, number: str, column: int) -> bool:
    if _IDENTITY.fullmatch(number):
        record.report(Remark("value-identity"), "certificate", column)
    elif "E+" in number.upper() or (number.isdigit() and len(number) > 15 and number.endswith("000")):
        record.report(Remark("code-rounded", number), "certificate", column)
    elif "*" in number:
        record.report(Remark("code-masked", number), "certificate", column)
    elif not any("0" <= char <= "9" for char in number):
        record.report(Remark("code-wordy", number), "certificate", column)
    else:
        return True
    return False
