"""The inspection scheme (检查方案; R38): who inspects whom, on what ground, which items, and why any was added or left.

What the record holds stands printed; what is still to be decided or signed is left blank.
"""

from collections.abc import Iterator, Mapping

from ledger.office.events.cases import ItemReason
from ledger.papers.case import NOTHING, SEALED, CaseFacts, Meanings, Names
from ledger.papers.page import Block, Facts, Page, Points, Section, Signatures, Table, Text, Words

DRAWN = Words("随机抽取", "drawn by lot")
APPROVED = Words("批准确定", "by approval")
ADDED = Words("增加", "added")
DROPPED = Words("未查", "left out")


def derive_scheme(facts: CaseFacts, names: Names, meanings: Mapping[str, Meanings]) -> Page:
    """Return a case's inspection scheme.

    meanings  `kind`, `risk`, `scale` and `void`: what ids mean
    """
    return Page(
        title=Words("执法检查方案", "Inspection scheme"),
        number=facts.subject,
        sections=(
            Section(Words("一、任务", "1. The task"), (Facts(tuple(_task(facts, meanings))),)),
            Section(Words("二、检查对象", "2. The enterprise"), (Facts(tuple(_target(facts, names, meanings))),)),
            Section(Words("三、执法人员", "3. The officers"), tuple(_officers(facts, names))),
            Section(Words("四、检查事项", "4. The items"), tuple(_items(facts))),
            Section(Words("五、程序要求", "5. What is to be kept to"), (Points(tuple(_requirements(facts))),)),
            Section(Words("六、审批", "6. Approval"), (_approval(facts),)),
        ),
        foot=derive_foot(facts, names),
    )


def derive_foot(facts: CaseFacts, names: Names) -> Words:
    """Return where a case's document comes from: the log, and the entry of it that is the case's newest.

    Where the reader's openings gave names, it says that the document is not for the public.
    """
    is_internal = bool(names.names or names.certificates)
    zh, en = ("含个人信息，仅供内部使用。", "Personal data: for internal use only. ") if is_internal else ("", "")
    return Words(
        f"{zh}本文书由日志 {facts.origin} 生成，截至本案第 {facts.newest} 条。任何人可凭日志核对抽取结果。",
        f"{en}Made from the log {facts.origin}, up to this case's entry {facts.newest}; whoever has it can check.",
    )


def mean(meanings: Meanings, id: str | None) -> Text:
    """Return what an id means; a dash where there is none."""
    return NOTHING if id is None else Words(*meanings[id])


def name_target(facts: CaseFacts, names: Names) -> Text:
    """Return the enterprise's name: the record's, or the one that the reader's openings give."""
    return facts.target.name or names.names.get(facts.target.id) or SEALED


def _task(facts: CaseFacts, meanings: Mapping[str, Meanings]) -> Iterator[tuple[Words, Text]]:
    policy, basis = facts.policy, facts.policy.bases[facts.basis]
    yield Words("检查类型", "Kind"), mean(meanings["kind"], facts.kind)
    yield Words("产生方式", "How chosen"), DRAWN if facts.drawn is not None else APPROVED
    yield Words("计划任务", "Line of the plan"), NOTHING if facts.line is None else " ".join(facts.line)
    yield Words("法律依据", "Legal basis"), Words(basis.zh, basis.en)
    yield Words("主办科室", "Host section"), facts.unit(facts.host)
    yield Words("检查期限", "To be visited by"), facts.deadline
    if facts.drawn is not None:
        yield Words("签号", "Ticket"), facts.drawn.ticket
    if facts.voided is not None:
        yield Words("批次已作废", "The draw is void"), mean(meanings["void"], facts.voided)
    if facts.approved is not None:
        yield Words("批准理由", "Why approved"), facts.approved.reason
    days = policy.periods.result_publication_working_days
    yield (
        Words("结果公开", "Result made public"),
        Words(f"检查后 {days} 个工作日内", f"{days} working days after the visit"),
    )


def _target(facts: CaseFacts, names: Names, meanings: Mapping[str, Meanings]) -> Iterator[tuple[Words, Text]]:
    target, policy = facts.target, facts.policy
    sub_roster = policy.sub_rosters[target.sub_roster].names
    tags = [policy.tags[tag] if tag in policy.tags else policy.sub_rosters[tag].names for tag in target.tags or ()]
    yield Words("名称", "Name"), name_target(facts, names)
    yield Words("代码", "Code"), target.id
    yield Words("专项库", "Sub-roster"), Words(sub_roster.zh, sub_roster.en)
    yield Words("属地街道", "Street"), NOTHING if target.street is None else facts.unit(target.street)
    told = Words("、".join(tag.zh for tag in tags), ", ".join(tag.en for tag in tags))
    yield Words("标签", "Tags"), told if tags else NOTHING
    yield Words("登记机关", "Registrar"), target.registrar or NOTHING
    yield Words("风险等级", "Risk"), mean(meanings["risk"], target.risk)
    yield Words("规模", "Scale"), mean(meanings["scale"], target.scale)


def _officers(facts: CaseFacts, names: Names) -> Iterator[Block]:
    heads = (
        Words("人员编号", "Officer's id"),
        Words("姓名", "Name"),
        Words("执法证号", "Certificate"),
        Words("所属单位", "Home unit"),
        Words("证件有效期至", "Certified until"),
    )
    rows = tuple(
        (
            officer.id,
            names.names.get(officer.id, ""),
            names.certificates.get(officer.id, ""),
            facts.unit(officer.unit),
            officer.certificate_until,
        )
        for officer in facts.officers
    )
    yield Table(heads, (22, 14, 22, 26, 16), rows)
    if facts.left:
        after = (Words("回避人员", "Who left"), Words("递补人员", "Who follows"))
        yield Table(after, (50, 50), tuple(_left(facts)))


def _left(facts: CaseFacts) -> Iterator[tuple[Text, ...]]:
    for before, now in sorted(facts.left.items()):
        yield before, now or Words("待递补", "not known yet")


def _items(facts: CaseFacts) -> Iterator[Block]:
    edition = facts.edition or NOTHING
    yield Facts(((Words("清单版次", "Edition of the list"), edition), (Words("清单校验码", "Its root"), facts.root)))
    source = DRAWN if facts.drawn is not None else APPROVED
    heads = (Words("序号", "No."), Words("事项编号", "Item"), Words("抽查内容", "Content"), Words("来源", "From"))
    rows = tuple((str(n), item.id, item.content, source) for n, item in enumerate(facts.items, start=1))
    yield Table(heads, (8, 20, 56, 16), rows)
    heads = (
        Words("调整", "Change"),
        Words("事项编号", "Item"),
        Words("抽查内容", "Content"),
        Words("理由（公开）", "Why (public)"),
    )
    is_blank = facts.visit is None
    yield Table(heads, (10, 20, 35, 35), tuple(_changes(facts)), blank=3 if is_blank else 0)


def _changes(facts: CaseFacts) -> Iterator[tuple[Text, ...]]:
    """Yield the items that were added or left out, each with its reason (Q1)."""
    if facts.visit is None:
        return

    def tell(word: Words, changes: tuple[ItemReason, ...] | None) -> Iterator[tuple[Text, ...]]:
        for one in changes or ():
            item = facts.listed.get(one.id)
            yield word, one.id, NOTHING if item is None else item.content, one.reason

    yield from tell(ADDED, facts.visit.added)
    yield from tell(DROPPED, facts.visit.dropped)
    if not (facts.visit.added or facts.visit.dropped):
        yield Words("无", "none"), NOTHING, NOTHING, NOTHING


def _requirements(facts: CaseFacts) -> Iterator[Words]:
    periods = facts.policy.periods
    yield Words(
        "执法人员不少于两人，到场先出示执法证件，并扫描监督码；未能扫码的，写明原因，"
        f"{periods.scan_entry_days} 日内补录。",
        "Two officers or more; they show their certificates first and scan the supervision code. Where it could not be "
        f"scanned, it is entered with its reason within {periods.scan_entry_days} days.",
    )
    yield Words(
        "告知当事人有权申请回避、陈述和申辩，有权要求更正公开的内容。",
        "The party is told that it may ask for an officer's recusal, state its case, and have errors put right.",
    )
    yield Words(
        "只检查清单之内的事项。增加事项、未查抽中事项，均写明理由。",
        "Nothing outside the list is checked. An item added, and a drawn item left out, each has its reason.",
    )
    yield Words(
        "如实记录时间、地点、内容、问题和处理情况，双方签字；拒绝签字的，写明情况。",
        "Time, place, content, problems and handling are recorded; both sides sign, and a refusal is recorded.",
    )
    yield Words("不得妨碍正常生产经营，保守商业秘密。", "Work is not hindered; the firm's secrets are kept.")


def _approval(facts: CaseFacts) -> Signatures:
    leader = facts.policy.offices[facts.office].leader
    return Signatures(
        (
            (Words("拟制人", "Drawn up by"), ""),
            (Words("主办科室负责人", "Head of the host section"), facts.unit(facts.host)),
            (Words("批准人", "Approved by"), facts.unit(leader)),
        )
    )
