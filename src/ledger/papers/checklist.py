"""The checklist (检查表; R35, R38): each item with its basis, subject, content and method, and room for what is found.

Once the visit is recorded, its findings are ticked, and the items are those that were really looked at.
"""

from collections.abc import Iterator
from datetime import datetime

from ledger.office.rows import Item
from ledger.papers.case import NOTHING, CaseFacts, Names
from ledger.papers.page import BOX, TICKED, Facts, Page, Section, Signatures, Table, Text, Words
from ledger.papers.scheme import derive_foot, name_target
from ledger.proof.encoding import SHANGHAI, parse_time

FINDINGS = {
    "conforms": Words("符合", "conforms"),
    "problem": Words("有问题", "problem"),
    "not-applicable": Words("不适用", "not applicable"),
}
PARTY = {
    "signed": Words("已签字", "signed"),
    "refused": Words("拒绝签字", "refused to sign"),
    "absent": Words("不在场", "was not there"),
}


def derive_checklist(facts: CaseFacts, names: Names) -> Page:
    """Return a case's checklist."""
    heads = (
        Words("序号", "No."),
        Words("抽查内容", "Content"),
        Words("依据及版本", "Basis, its edition"),
        Words("抽查主体", "By whom"),
        Words("抽查方式", "Method"),
        Words("检查结果", "Finding"),
        Words("情况记录", "What was found"),
    )
    items = Table(heads, (5, 24, 23, 10, 10, 12, 16), tuple(_rows(facts)), blank=0 if facts.visit else 3)
    return Page(
        title=Words("现场检查表", "Checklist"),
        number=facts.subject,
        sections=(
            Section(Words("一、基本情况", "1. The case"), (Facts(tuple(_facts(facts, names))),)),
            Section(Words("二、检查事项", "2. The items"), (items,)),
            Section(Words("三、签字", "3. Signatures"), (_signatures(facts, names),)),
        ),
        foot=derive_foot(facts, names),
        is_wide=True,
    )


def _facts(facts: CaseFacts, names: Names) -> Iterator[tuple[Words, Text]]:
    visit = facts.visit
    yield Words("检查对象", "Enterprise"), name_target(facts, names)
    yield Words("代码", "Code"), facts.target.id
    yield Words("主办科室", "Host section"), facts.unit(facts.host)
    yield Words("检查期限", "To be visited by"), facts.deadline
    yield Words("开始时间", "Began"), _local(visit.began) if visit else ""
    yield Words("结束时间", "Ended"), _local(visit.ended) if visit else ""
    mode = visit.mode if visit else None
    yield (
        Words("检查方式", "How"),
        Words(
            f"{_box(mode == 'on-site')} 现场　{_box(mode == 'off-site')} 非现场",
            f"{_box(mode == 'on-site')} on site  {_box(mode == 'off-site')} not on site",
        ),
    )
    yield Words("检查地点", "Place"), ""
    edition = facts.edition or NOTHING
    yield Words("清单版次", "Edition of the list"), edition
    yield Words("清单校验码", "Its root"), facts.root


def _local(time: str) -> str:
    """Return a UTC time of the record as the clocks of the place show it: 2027-01-04 09:30."""
    return datetime.fromtimestamp(parse_time(time), SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _box(is_ticked: bool) -> str:
    return TICKED if is_ticked else BOX


def _rows(facts: CaseFacts) -> Iterator[tuple[Text, ...]]:
    findings: dict[str, str | None] = {item.id: None for item in facts.items}
    if facts.visit is not None:
        findings = {item.id: item.finding for item in facts.visit.items}
    for number, (id, finding) in enumerate(findings.items(), start=1):
        item = facts.listed[id]
        boxes = [(_box(finding == key), words) for key, words in FINDINGS.items()]
        told = Words(
            "\n".join(f"{box} {words.zh}" for box, words in boxes),
            " / ".join(words.en for _, words in boxes),
        )
        yield str(number), f"{item.content}\n（{item.id}）", _basis(item), item.authority, item.method, told, ""


def _basis(item: Item) -> str:
    return item.basis if item.basis_edition is None else f"{item.basis}\n（{item.basis_edition}）"


def _signatures(facts: CaseFacts, names: Names) -> Signatures:
    lines: list[tuple[Words, Text]] = []
    for number, officer in enumerate(facts.officers, start=1):
        known = [officer.id, names.names.get(officer.id, ""), names.certificates.get(officer.id, "")]
        lines.append((Words(f"执法人员（{number}）", f"Officer {number}"), " ".join(filter(None, known))))
    how = facts.visit.party if facts.visit is not None else None
    boxes = [(_box(how == key), words) for key, words in PARTY.items()]
    told = Words("　".join(f"{box} {words.zh}" for box, words in boxes), " / ".join(words.en for _, words in boxes))
    lines.append((Words("当事人或在场人员", "The party, or who was there"), told))
    reason = facts.visit.party_reason if facts.visit is not None else None
    lines.append((Words("未签字的原因", "Why it is not signed"), reason or ""))
    return Signatures(tuple(lines))
