"""One enterprise's answer: the values of it, as JSON for programs and as sentences for the enterprise's owner.

Derived by ledger.audit.explain; docs/spec/draw.md, sections 4 and 10, says how each value is computed.
"""

from dataclasses import asdict, dataclass
from json import dumps

from ledger.audit.report import Locale
from ledger.proof.encoding import is_credit_code


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of a list: its code, its bytes as text, its index, and the path to the list's root (64 hex each)."""

    code: str
    text: str
    index: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """An enterprise's ticket and its place among the tickets of its stratum.

    rank       1 is the smallest of `eligible` tickets
    threshold  the largest ticket that was drawn; None where nothing was drawn
    commands   the shell lines that print the sub-seed and the ticket
    """

    sub_seed: str
    ticket: str
    rank: int
    eligible: int
    drawn: int
    threshold: str | None
    commands: tuple[str, str]

    @property
    def percentile(self) -> int:
        """How many of a hundred eligible tickets are smaller, rounded down."""
        return 100 * (self.rank - 1) // self.eligible


@dataclass(frozen=True, slots=True)
class Words:
    """Something said in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a drawn enterprise's sheet says, and the sheet as a leaf under the outcome's root.

    serving  the officers now, after replacements; None until the case is assigned
    """

    leaf: Leaf
    host: str
    host_names: Words
    officers: tuple[str, ...]
    serving: tuple[str, ...] | None
    items: tuple[tuple[str, str], ...]
    deadline: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One enterprise in one draw.

    asked       the code as it was given; `code` is the spelling that was looked up
    pool_root   root over the pool's leaves, as draw.frozen has it; `pool_size` leaves stand under it
    leaf        the enterprise's own leaf; None if it is not in the pool
    neighbours  if it is not: the leaves before and after the place where it would stand, one or two
    registered  whether it stood on the year's roster when the pool was frozen
    stratum     its stratum; None if it is not in the pool, as `sub_roster`, the name of its sub-roster, then is
    excluded    why it could not be drawn; None if it could
    marks       what has to be said beside this draw
    """

    origin: str
    size: int
    root: str
    slot: str
    seed: str
    asked: str
    code: str
    pool_root: str
    pool_size: int
    registered: bool
    leaf: Leaf | None
    neighbours: tuple[Leaf, ...]
    stratum: str | None
    sub_roster: Words | None
    excluded: str | None
    ticket: Ticket | None
    inspection: Inspection | None
    outcome_root: str
    outcome_size: int
    marks: tuple[Words, ...]

    @property
    def is_drawn(self) -> bool:
        """Tell whether the enterprise was drawn."""
        return self.inspection is not None

    @property
    def is_mistyped(self) -> bool:
        """Tell whether somebody meant a credit code, and it is none."""
        return self.leaf is None and not is_credit_code(self.code) and not self.asked.lower().startswith("reg:")

    def format_json(self) -> str:
        """Return it as JSON, for programs; the ticket's fields stand beside the others, where there is a ticket."""
        fields = asdict(self)
        chance = fields.pop("ticket") or {"ticket": None}
        return dumps(fields | chance | {"is_drawn": self.is_drawn}, ensure_ascii=False, indent=1)


_EXCLUDED = {
    "closed": Words("已关闭", "it is closed"),
    "suspended": Words("已停业", "its work is suspended"),
    "cap-reached": Words("本年度抽中或检查次数已达上限", "it was drawn or inspected this year as often as it may be"),
}


def format_explanation(explanation: Explanation, locale: Locale) -> str:
    """Return an explanation as sentences, one a line, in Chinese or in English."""
    said = [*_introduction(explanation)]
    if explanation.leaf is None:
        said += _absence(explanation)
    else:
        said += _presence(explanation, explanation.leaf)
    if explanation.ticket is not None:
        said += _chance(explanation.ticket, explanation.is_drawn)
    if explanation.inspection is not None:
        said += _sheet(explanation.inspection)
    if explanation.ticket is not None:
        said += _by_hand(explanation.ticket)
    return "\n".join(words.zh if locale == "zh" else words.en for words in said)


def _introduction(one: Explanation) -> list[Words]:
    said = []
    if one.is_mistyped:
        said.append(
            Words(
                f"“{one.asked}”不是校验无误的统一社会信用代码，请先核对是否抄错。",
                f"{one.asked!r} is no credit code with a right check digit: see first that it is copied well.",
            )
        )
    said.append(
        Words(
            f"抽取批次 {one.slot}；日志 {one.origin}，共 {one.size} 条，根 {one.root}",
            f"Draw {one.slot}; log {one.origin} of {one.size} entries, root {one.root}",
        )
    )
    said += [Words(f"注意：{mark.zh}", f"Note: {mark.en}") for mark in one.marks]
    if one.asked != one.code:
        said.append(
            Words(
                f"记录中没有“{one.asked}”这一代码，以下按“{one.code}”查询。",
                f"The record has no code written {one.asked!r}; this is about {one.code!r}.",
            )
        )
    return said


def _presence(one: Explanation, leaf: Leaf) -> list[Words]:
    assert one.sub_roster is not None
    said = [
        Words(
            f"{one.code} 在本次抽取的名录中：第 {leaf.index + 1} 户，共 {one.pool_size} 户，"
            f"属于分册“{one.sub_roster.zh}”，抽取层代号 {one.stratum}。名录的根为 {one.pool_root}，抽取之前已经固定。",
            f"{one.code} stands in the pool of this draw: number {leaf.index + 1} of {one.pool_size}, of sub-roster "
            f"{one.sub_roster.en}, in the stratum with the id {one.stratum}. The pool's root is "
            f"{one.pool_root}, fixed before the draw.",
        )
    ]
    if one.excluded is not None:
        why = _EXCLUDED.get(one.excluded, Words(one.excluded, one.excluded))
        said.append(
            Words(
                f"它不参加本次摇号，原因：{why.zh}（{one.excluded}）。",
                f"It could not be drawn: {why.en} ({one.excluded}).",
            )
        )
    return said


def _absence(one: Explanation) -> list[Words]:
    codes = [leaf.code for leaf in one.neighbours]
    if len(codes) == 2:
        place = Words(
            f"按次序它应当排在 {codes[0]} 与 {codes[1]} 之间，而这两户紧挨着",
            f"it would have to stand between {codes[0]} and {codes[1]}, which stand next to each other",
        )
    elif not codes:
        place = Words("名录是空的", "the pool is empty")
    elif one.code < codes[0]:
        place = Words(f"它应当排在第一户 {codes[0]} 之前", f"it would have to stand before the first, {codes[0]}")
    else:
        place = Words(f"它应当排在最后一户 {codes[0]} 之后", f"it would have to stand after the last, {codes[0]}")
    said = Words(
        f"{one.code} 不在本次抽取的名录中（共 {one.pool_size} 户，根 {one.pool_root}）：{place.zh}。",
        f"{one.code} is not in the pool of this draw ({one.pool_size} enterprises, root {one.pool_root}): {place.en}.",
    )
    if one.registered:
        why = Words(
            "年度名录中有它，但不属于本次抽取的范围。",
            "It is on the year's roster, but outside the scope of this draw.",
        )
    else:
        why = Words(
            "年度名录中也没有它；如属漏列，请向监督科室反映。",
            "Nor is it on the year's roster; if it was left out, tell the supervising section.",
        )
    return [said, why]


def _chance(ticket: Ticket, is_drawn: bool) -> list[Words]:
    smaller = ticket.rank - 1
    said = [
        Words(
            f"它的签号是 {ticket.ticket}。",
            f"Its ticket is {ticket.ticket}.",
        ),
        Words(
            f"该层可抽 {ticket.eligible} 户，从小到大它排第 {ticket.rank}；"
            f"比它小的有 {smaller} 户，占 {ticket.percentile}%（去尾）。",
            f"Of the {ticket.eligible} tickets of its stratum it is number {ticket.rank} from the smallest; "
            f"{smaller} are smaller, {ticket.percentile} % rounded down.",
        ),
    ]
    if ticket.threshold is None:
        said.append(Words("该层本次没有抽取任何单位。", "Nobody was drawn from this stratum."))
        return said
    drawn = Words("不大于它，因此抽中。", "is not above it: it was drawn.")
    spared = Words("大于它，因此没有抽中。", "is above it: it was not drawn.")
    verdict = drawn if is_drawn else spared
    said.append(
        Words(
            f"该层抽取签号最小的 {ticket.drawn} 户，其中最大的签号是 {ticket.threshold}；该户的签号{verdict.zh}",
            f"The {ticket.drawn} smallest were drawn, the largest of them {ticket.threshold}; "
            f"this enterprise's {verdict.en}",
        )
    )
    return said


def _sheet(sheet: Inspection) -> list[Words]:
    """Return what was to be done; where nobody is among its officers, they were left out."""
    hidden = Words("执法人员：按公开规定不公布", "Officers: not announced, by the rules for publication")
    drawn = Words(
        f"抽中的执法人员（代号）：{'、'.join(sheet.officers)}",
        f"Officers drawn (pseudonyms): {', '.join(sheet.officers)}",
    )
    said = [
        Words(
            f"主办科室：{sheet.host_names.zh}（{sheet.host}）", f"Host section: {sheet.host_names.en} ({sheet.host})"
        ),
        drawn if sheet.officers else hidden,
    ]
    if sheet.serving is not None and sheet.serving != sheet.officers:
        said.append(
            Words(
                f"回避递补后的执法人员：{'、'.join(sheet.serving)}",
                f"Officers after recusals: {', '.join(sheet.serving)}",
            )
        )
    said += [Words(f"检查事项 {id}：{content}", f"To be checked, {id}: {content}") for id, content in sheet.items]
    return [*said, Words(f"检查期限：{sheet.deadline}", f"Visit due by: {sheet.deadline}")]


def _by_hand(ticket: Ticket) -> list[Words]:
    first, second = ticket.commands
    return [
        Words("自己核验（任何 Linux 命令行）：", "Check it yourself, on any Linux command line:"),
        Words(f"  {first}    得到层种子", f"  {first}    gives the sub-seed"),
        Words(f"  {second}    得到签号", f"  {second}    gives the ticket"),
    ]
