"""Rosters of inspection targets (检查对象名录库): one row for each enterprise, by its code.

A person's name never enters the record: the name of a 个体工商户 or 个人独资企业 goes to the private values.
"""

from collections.abc import Mapping, Sequence

from ledger.intake.attributes import read_attributes
from ledger.intake.codes import parse_code
from ledger.intake.columns import TARGETS
from ledger.intake.files import Source
from ledger.intake.findings import Finding, Remark, Unread
from ledger.intake.kinds import FIELD_WORDS
from ledger.intake.reading import Reading, Row, Subject, Taken, read_table
from ledger.intake.records import Record
from ledger.intake.text import normalise_word, parse_list, split_words
from ledger.intake.vocabulary import Vocabulary, Words, derive_known

PERSONAL_CODE = "92"  # GB 32100-2015: 9 工商 (market registration), 2 个体工商户
_PERSONAL_KINDS = ("个体", "个人独资")
_RISKS = {
    "red": "红 红色 重大 重大风险 ⅰ级 一级 red",
    "orange": "橙 橙色 较大 较大风险 ⅱ级 二级 orange",
    "yellow": "黄 黄色 一般 一般风险 ⅲ级 三级 yellow",
    "blue": "蓝 蓝色 低 低风险 ⅳ级 四级 blue",
}
_SCALES = {
    "large": "大 大型 大型企业 large",
    "medium": "中 中型 中型企业 medium",
    "small": "小 小型 小型企业 small",
    "micro": "微 微型 微型企业 micro",
}
_STATUSES = {
    "open": "存续 在业 在营 开业 正常 营业 存续(在营、开业、在册) 存续在业 在营(开业) 登记成立 open",
    "suspended": "停业 歇业 停产 停产停业 暂停营业 suspended",
    "closed": "注销 吊销 吊销未注销 吊销,未注销 被吊销 撤销 被撤销 迁出 关闭 已关闭 closed",
}

_BESIDE = {"licence_until": "licence", "list_since": "list", "list_until": "list"}
"""Fields that say something only beside another one."""

_KEPT = frozenset(split_words("新增 增加 新设 变更 修改 更新 不变 added changed unchanged"))
_REMOVED = frozenset(split_words("删除 减少 移除 移出 退出 注销 吊销 迁出 removed"))


def _reverse(words: Mapping[str, str]) -> dict[str, str]:
    return {normalise_word(word): meaning for meaning, spellings in words.items() for word in split_words(spellings)}


RISKS, SCALES, STATUSES = _reverse(_RISKS), _reverse(_SCALES), _reverse(_STATUSES)


def read_targets(
    source: Source,
    *,
    vocabulary: Vocabulary,
    sub_roster: str | None = None,
    is_delta: bool = False,
    name: str = "",
) -> Reading:
    """Return the targets of a roster as an office saved it.

    source      a path, or the file's bytes
    vocabulary  the office's words for streets, sub-rosters and tags
    sub_roster  the sub-roster's id of rows for which the sheet names none
    is_delta    the rows are changes: they have only what the sheet tells, and nothing is assumed
    name        the file's name for messages, where source is bytes

    Rows have id, sub_roster, status, and where the sheet tells them name, street, area, registrar, tags, risk, scale,
    licences, hazards, accidents, lists.
    A code that stands twice is refused the second time, naming where it stood first; unless the two rows differ in
    the sub-roster only. Of several sub-rosters one is the primary, by the vocabulary's precedence; the others are tags.
    Source: docs/guide/intake.md.
    """
    reader = _TargetReader(vocabulary, sub_roster, is_delta=is_delta)
    subject = Subject(TARGETS, repeated="code-repeated", merge=reader.merge)
    reading = read_table(source, subject, reader.take, name=name)
    return reader.add_absent(reading)


class _TargetReader:
    def __init__(self, vocabulary: Vocabulary, sub_roster: str | None, *, is_delta: bool) -> None:
        self.is_delta = is_delta
        self.words = Words(vocabulary)
        self.sub_roster = sub_roster
        self.clean: set[str] = set()
        self.streets: dict[str, str | None] = {}
        self.names: dict[str, str] = {}
        self.absent: dict[tuple[str, str], str] = {}
        self.idle: list[tuple[str, str]] = []
        self.columns: Mapping[str, tuple[int, ...]] | None = None
        self.assumed: Row = {}

    def take(self, record: Record) -> Taken | None:
        columns = record.columns
        if columns is not self.columns:
            self._begin_sheet(record)
        raw = record.read_raw("code")
        if not raw:
            record.read_required("code")
            return None
        try:
            code, remarks = parse_code(raw)
        except Unread as problem:
            record.report(problem.remark, "code")
            return None
        for remark in remarks:
            record.report(remark, "code")
        row: Row = {"id": code, **self.assumed}
        private = self._read_name(record, code, row)
        others: list[str] = []
        if "sub_roster" not in row and self._has_to_tell(record, "sub_roster"):
            row["sub_roster"], *others = self._read_sub_rosters(record)
        if "status" not in row and self._has_to_tell(record, "status"):
            row["status"] = self._read_status(record)
        if "change" in columns and self._is_removed(record):
            row["status"] = "closed"
        for field in ("registrar", "area"):
            if field in columns and (text := self._read_repeated(record, field)):
                row[field] = text
        self._read_street(record, row)
        if tags := sorted({*(self._read_tags(record) if "tags" in columns else ()), *others}):
            row["tags"] = tags
        if "risk" in columns:
            _read_grade(record, row, "risk", RISKS, "红、橙、黄、蓝")
        if "scale" in columns:
            _read_grade(record, row, "scale", SCALES, "大型、中型、小型、微型")
        read_attributes(record, self.words, row)
        return Taken(code, row, private)

    def _begin_sheet(self, record: Record) -> None:
        """Note what every row of a sheet is taken as, where it has no column for it."""
        self.columns, self.assumed = record.columns, {}
        for field, needed in _BESIDE.items():
            if field in record.columns and needed not in record.columns:
                self.idle.append((record.sheet, field))
        if self.is_delta:
            return
        if "sub_roster" not in record.columns and self.sub_roster is not None:
            self.assumed["sub_roster"] = self.sub_roster
            self._assume(record, "sub_roster", self.sub_roster)
        if "status" not in record.columns:
            self.assumed["status"] = "open"
            self._assume(record, "status", "存续/open")

    def _has_to_tell(self, record: Record, field: str) -> bool:
        """Tell whether a field is to be read: of a delta, where its cell is blank, it stays as it is."""
        return not self.is_delta or bool(record.read_raw(field))

    def _is_removed(self, record: Record) -> bool:
        text = record.read_text("change")
        word = normalise_word(text)
        if text and word not in _KEPT and word not in _REMOVED:
            record.report(Remark("value-unknown", text, "新增、变更、删除"), "change")
        return word in _REMOVED

    def _read_name(self, record: Record, code: str, row: Row) -> Mapping[str, str]:
        """Put the name into the row, or return it as private; a name under two codes may be one firm listed twice."""
        if not self._has_to_tell(record, "name"):
            return {}
        name = record.read_required("name")
        kind = record.read_text("kind") if "kind" in record.columns else ""
        if code.startswith(PERSONAL_CODE) or (kind and any(word in kind for word in _PERSONAL_KINDS)):
            record.report(Remark("name-private"), "name")
            record.hide("name")
            return {"name": name}
        if "*" in name or "＊" in name:
            record.report(Remark("name-masked", name), "name")
        row["name"] = name
        first = self.names.setdefault(name.replace("（", "(").replace("）", ")"), code)
        if first != code:
            record.report(Remark("name-repeated", name, first), "name")
        return {}

    def _read_repeated(self, record: Record, field: str) -> str:
        """Return the text of a field that many rows share; one in which nothing was found is looked through once."""
        raw = record.read_raw(field)
        if raw in self.clean:
            return raw
        text = record.read_text(field)
        if not record.findings:
            self.clean.add(raw)
        return text

    def _assume(self, record: Record, field: str, value: str) -> None:
        if (record.sheet, field) not in self.absent:
            self.absent[record.sheet, field] = value

    def _read_sub_rosters(self, record: Record) -> list[str]:
        """Return the sub-rosters of a row, the primary one first."""
        text = record.read_text("sub_roster") if "sub_roster" in record.columns else ""
        if text:
            word = self.words.sub_rosters.get(normalise_word(text))
            found = [word] if word else [self.words.sub_rosters.get(normalise_word(part)) for part in parse_list(text)]
            named = [name for name in found if name]
            if not named or len(named) != len(found):
                record.report(Remark("value-unknown", text, derive_known(self.words.sub_rosters)), "sub_roster")
                return [""]
            return self._rank(record, named)
        if self.sub_roster is None:
            record.report(Remark("value-missing"), "sub_roster")
            return [""]
        self._assume(record, "sub_roster", self.sub_roster)
        return [self.sub_roster]

    def _rank(self, record: Record, names: Sequence[str]) -> list[str]:
        """Return sub-rosters with the primary one first; an error on the record where precedence does not tell it."""
        ranked = [name for name in self.words.precedence if name in names]
        if len(set(names)) == 1:
            return [names[0]]
        if not ranked:
            record.report(Remark("sub-rosters-undecided", self._name_all(names)), "sub_roster")
            return [""]
        record.report(Remark("sub-rosters-several", self._name_all(names), self._name_all(ranked[:1])), "sub_roster")
        return [ranked[0], *sorted(set(names) - {ranked[0]})]

    def _name_all(self, ids: Sequence[str]) -> str:
        """Return sub-rosters as an office writes them, in order of their ids."""
        known = {id: {word: one for word, one in self.words.sub_rosters.items() if one == id} for id in ids}
        return "、".join(derive_known(known[id]) or id for id in sorted(known))

    def merge(self, record: Record, first: Row, second: Row) -> Row | None:
        """Return one row of two of an enterprise that stand under two sub-rosters and agree in whatever both tell."""
        names = [row.get("sub_roster", "") for row in (first, second)]
        shared = first.keys() & second.keys() - {"sub_roster", "tags"}
        is_one = names[0] != names[1] and all(first[field] == second[field] for field in shared)
        # A name that is a person's in one of the rows must not stand there by the other.
        is_ranked = all(names) and {*names} & {*self.words.precedence}
        if not (is_one and is_ranked) or ("name" in first) != ("name" in second):
            return None
        primary, *others = self._rank(record, names)
        tags = {*first.get("tags", ()), *second.get("tags", ()), *others} - {primary}
        return {**second, **first, "sub_roster": primary, "tags": sorted(tags)}

    def _read_status(self, record: Record) -> str:
        text = record.read_text("status")
        if not text:
            record.report(Remark("value-assumed", expected="存续/open"), "status")
            return "open"
        status = STATUSES.get(normalise_word(text))
        if status is None:
            record.report(Remark("value-unknown", text, "存续、停业、歇业、注销、吊销、迁出"), "status")
        return status or ""

    def _read_street(self, record: Record, row: Row) -> None:
        """The street's own column, else the supervising office where it is a street's; other text names no unit."""
        own = "street" in record.columns
        text = record.read_text("street") if own else row.get("area", "")
        if not text:
            return
        if text not in self.streets:
            self.streets[text] = self.words.streets.get(normalise_word(text))
        if street := self.streets[text]:
            row["street"] = street
        elif own:
            record.report(Remark("value-dropped", text, derive_known(self.words.streets)), "street")

    def _read_tags(self, record: Record) -> list[str]:
        tags = set()
        for part in parse_list(record.read_text("tags")):
            if tag := self.words.tags.get(normalise_word(part)):
                tags.add(tag)
            else:
                record.report(Remark("value-dropped", part, derive_known(self.words.tags)), "tags")
        return sorted(tags)

    def add_absent(self, reading: Reading) -> Reading:
        """Say once for each sheet which columns were absent and what every row was taken as."""
        absent = [Finding("column-absent", s, field=field, expected=value) for (s, field), value in self.absent.items()]
        idle = [Finding("column-unknown", sheet, found=FIELD_WORDS[field]) for sheet, field in self.idle]
        return reading.with_findings([*absent, *idle])


def _read_grade(record: Record, row: Row, field: str, words: Mapping[str, str], expected: str) -> None:
    text = record.read_text(field)
    if meaning := words.get(normalise_word(text)):
        row[field] = meaning
    elif text:
        record.report(Remark("value-unknown", text, expected), field)
