"""A whole month of the made-up bureau, in which every type of event occurs at least once."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache

from forge import ENFORCEMENT, LEADER, SLOT, SUPERVISOR, append, other_key, read_fields
from ledger.audit.pairing import check_pairing
from ledger.cli import handling, oversight, sealing, steps
from ledger.office.compose import derive_list, format_body
from ledger.office.record import Record
from ledger.office.visits import derive_first
from ledger.proof.encoding import derive_day
from ledger.proof.note import format_base64, format_key_name, format_vkey
from world import DAY, ORIGIN, World, key, make_targets

TARGET = make_targets("industry-trade", 60)[0]
CHANGES = "targets/2027/changes"
SEAL = "5e" * 32
OVERSEER, OTHERS = "witness/discipline", (ENFORCEMENT, SUPERVISOR)


def change_ground(world: World) -> None:
    """Changes in the year: an enterprise, an officer, conflicts, keys, an erasure and the policy."""
    desk, witness = world.desk, other_key("witness/justice")
    row = {**TARGET, "risk": "blue"}
    append(world, "target.changed/1", CHANGES, {"year": 2027, "target": row, "reason": "评级"}, ENFORCEMENT, SUPERVISOR)
    officer = {
        "id": "o-bureau-hazchem-02",
        "unit": "bureau/hazchem",
        "certificate_until": "2031-12-31",
        "on_establishment": True,
        "in_post": True,
        "enrolled": True,
    }
    body = {"year": 2027, "roster": "bureau", "officer": officer, "reason": "换证"}
    append(world, "officer.changed/1", "officers/2027/bureau/changes", body, "bureau/hazchem", SUPERVISOR)
    pair = {"officer": "o-bureau-hazchem-01", "code": TARGET["id"]}
    append(world, "conflict.declared/1", "conflicts", {**pair, "reason": "kinship"}, "bureau/hazchem")
    append(world, "conflict.ended/1", "conflicts", pair, "bureau/hazchem", SUPERVISOR)
    vkey = format_vkey(witness.verifier)
    append(world, "key.enrolled/1", "key/witness/justice", {"vkey": vkey}, witness, ENFORCEMENT, SUPERVISOR)
    body = {"vkey": vkey, "reason": "遗失"}
    append(world, "key.revoked/1", "key/witness/justice", body, ENFORCEMENT, SUPERVISOR)
    overseer = key(f"{ORIGIN}/{OVERSEER}")
    append(world, "key.enrolled/1", f"key/{OVERSEER}", {"vkey": format_vkey(overseer.verifier)}, overseer, *OTHERS)
    private = [{"id": "reg:1", "fields": {"name": {"sealed": SEAL}}}]
    steps.declare_targets(desk, 2028, "training", make_targets("training", 3), private)
    erased = {"digests": [SEAL], "reason": "person-asked"}
    append(world, "openings.erased/1", "openings", erased, ENFORCEMENT, SUPERVISOR)
    policy = {"policy": format_body(world.policy)}
    append(world, "policy.adopted/1", "policy", policy, ENFORCEMENT, SUPERVISOR)
    listed = derive_list([{"id": TARGET["id"], "since": "2027-01-01"}])
    world.log.append(desk.prepare_list(ENFORCEMENT, listed))
    body = {"year": 2027, "key_list": "major-hazard", "list": format_body(listed.ref)}
    append(world, "keylist.declared/1", "keylists/2027/major-hazard", body, ENFORCEMENT, SUPERVISOR)
    calendar = {"year": 2027, "basis": "放假通知", "closed": ["2027-01-01"], "worked": ["2027-01-09"]}
    append(world, "calendar.published/1", "calendar/2027", calendar, ENFORCEMENT, SUPERVISOR)
    steps.witness_log(desk, "service", world.cosigned())


def replace_officer(world: World, subject: str) -> str:
    """An officer of the first case is recused, witnessed and replaced; return who follows."""
    officer = world.record.cases.by_subject[subject].officers[0]
    draw_at = world.now + 900
    steps.recuse_officer(world.desk, subject, officer, "illness", draw_at)
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    world.now = draw_at + 5
    return steps.replace_officer(world.desk, subject, officer, world.round_at(draw_at), ENFORCEMENT)


def visit_case(world: World, subject: str, problems: Sequence[str] = ()) -> None:
    """A case is visited: for half an hour, up to now."""
    case = handling.find_case(world.desk, subject)
    began = max(derive_first(world.record, case), world.now - 1800)
    body = handling.derive_visit(case, began, world.now, problems)
    handling.record_visit(world.desk, subject, body)


def close_case(world: World, subject: str) -> None:
    """A case is received and visited; a problem is found, mended, punished; what is public is corrected; it ends."""
    desk, case = world.desk, handling.find_case(world.desk, subject)
    handling.urge(desk, subject, case.officers[0], "not-received")
    for officer in case.officers:
        handling.receive_case(desk, subject, officer)
    handling.enter_scan(desk, subject, world.now, "SCAN-1")
    world.now += 1800
    visit_case(world, subject, case.items[:1])
    handling.submit_result(desk, subject, "rectification-ordered", "责令整改一项")
    handling.publish_result(desk, subject)
    handling.order_rectification(desk, subject, derive_day(world.now + DAY))
    handling.reinspect(desk, subject, derive_day(world.now))
    handling.decide_penalty(desk, subject, "深龙安罚〔2027〕1号", "warning", derive_day(world.now))
    handling.publish_penalty(desk, subject)
    handling.transfer(desk, subject, "other", "不属本局管辖")
    handling.withdraw(desk, subject, "result", "entered-in-error", derive_day(world.now))
    handling.correct_result(desk, subject, "penalty-filed", "已立案处罚", "漏报处罚")
    handling.close_case(desk, subject, "penalised")


def inspect_outside(world: World) -> None:
    """Two inspections that no draw selected: one is cancelled, one visited."""
    items = tuple(f"item-{number}" for number in range(2))
    fields = {
        "kind": "case-based",
        "code": TARGET["id"],
        "officers": ["o-bureau-enforcement-00", "o-bureau-enforcement-01"],
        "items": items,
        "basis": "work-safety-law-62",
        "reason": "举报",
    }
    cancelled = handling.approve_inspection(world.desk, "bureau", fields)
    handling.cancel_inspection(world.desk, cancelled, "no-longer-needed")
    subject = handling.approve_inspection(world.desk, "bureau", {**fields, "complaint": "2027/0001"})
    world.now += 1800
    visit_case(world, subject)


def supervise(world: World, case: str) -> None:
    """The supervisor calls to account and answers; a complaint of each fate; streets and units report."""
    desk = world.desk
    notice = oversight.issue_notice(desk, "bureau/hazchem", "visit-overdue", "请说明原因", [case])
    oversight.answer_notice(desk, notice, "已补办")
    oversight.settle_notice(desk, notice, "accepted")
    day = derive_day(world.now)
    bulletin = {"first": day, "last": day, "figures": {"drawn": 4}, "document": "ab" * 32}
    append(world, "bulletin.issued/1", "bulletin/2027/0001", bulletin, SUPERVISOR)
    for number, fate in enumerate(("accepted", "passed", "declined"), start=1):
        subject, sealed = f"complaint/2027/{number:04d}", {"sealed": f"{number:02d}" * 32}
        received = {"channel": "letter", "kind": "unfair-draw", "content": sealed}
        append(world, "complaint.received/1", subject, received, SUPERVISOR, LEADER)
        body = {"passed": {"to": "discipline"}, "declined": {"reason": "repeated"}}.get(fate, {})
        append(world, f"complaint.{fate}/1", subject, body, SUPERVISOR)
    answer = {"outcome": "unfounded", "answer": {"sealed": "0a" * 32}, "summary": "经核查，抽取可以验证"}
    append(world, "complaint.answered/1", "complaint/2027/0001", answer, SUPERVISOR)
    oversight.make_filing(desk, "street/pinghu", 2027, "实施方案", "cd" * 32)
    oversight.acknowledge_filing(desk, "street/pinghu", 2027)
    oversight.hold_training(desk, "street/pinghu", day, "双随机业务培训", 2, ["o-street-pinghu-01"])
    suggestion = oversight.suggest(desk, "street/pinghu", "增加夜间检查")
    oversight.answer_suggestion(desk, suggestion, "已采纳")


def draw_sealed(world: World) -> None:
    """A sealed draw follows the voided one: its sheets are read, one is disclosed, and in the end all are revealed."""
    world.now += -world.now % 3600  # T is the very time of a round, so that no other T has the same
    slot = world.run_sealed_to("assign", kind="supplementary", supplements=SLOT)
    sheet = world.compute(slot).sheets[0]
    sealing.record_read(world.desk, slot, "service")
    sealing.record_read(world.desk, slot, sheet.host, "sheet")
    world.now += 3600
    sealing.disclose_case(world.desk, slot, sheet)
    visit_case(world, f"case/{slot}/{sheet.number}")
    world.pass_days(31)
    world.reveal_sealed(slot, SUPERVISOR)


def ask_to_read(unit: str, of: str, created: int) -> dict[str, str]:
    """Return a unit's request to read what is sealed on a subject, as its key signs it (RFC 9421)."""
    signer = key(f"{ORIGIN}/{unit}")
    base = (
        '"@method": GET\n"@authority": officials.example\n"@path": /api/v1/openings\n'
        f'"@query": ?subject={of.replace("/", "%2F")}\n'
        '"@signature-params": ("@method" "@authority" "@path" "@query")'
        f';created={created};keyid="{format_key_name(signer.verifier)}";nonce="{created:x}";tag="double-random-read"'
    )
    return {"base": base, "signature": format_base64(signer.sign(base.encode()))}


def read_sealed(world: World) -> None:
    """A unit is told what a roster seals, and the service says so; another says itself what it reads."""
    of = "targets/2028/training"
    told = {"of": of, "count": 1, "request": ask_to_read(ENFORCEMENT, of, world.now)}
    append(world, "openings.read/1", f"reads/{ENFORCEMENT}", told, "service")
    append(world, "openings.read/1", f"reads/{SUPERVISOR}", {"of": "complaint/2027/0001", "count": 0}, SUPERVISOR)


def oversee(world: World, case: str) -> None:
    """Once its key has waited, an overseer from outside gives an opinion, and the bureau answers."""
    world.pass_days(15)
    given = {"to": ENFORCEMENT, "about": [case], "kind": "opinion", "text": "检查前应先扫码"}
    append(world, "opinion.given/1", "opinion/2027/0001", given, OVERSEER)
    append(world, "opinion.answered/1", "opinion/2027/0001", {"answer": "已整改"}, ENFORCEMENT)


def run_month() -> World:
    """Return a world with a month behind it: a draw up to a published result, a void one, and a sealed one."""
    world = World().prepare_year()
    change_ground(world)
    slot = world.open()
    world.freeze(slot)
    world.commit(slot)
    steps.roll_dice(world.desk, slot, "31415926535897932384", "ab" * 32, ENFORCEMENT, LEADER)
    world.reveal(slot)
    for station in (world.close, world.witness, world.randomness, world.execute):
        station(slot)
    steps.assign_cases(world.desk, slot)
    replace_officer(world, f"case/{slot}/0001")
    close_case(world, f"case/{slot}/0001")
    supervise(world, f"case/{slot}/0001")
    inspect_outside(world)
    oversee(world, f"case/{slot}/0001")
    steps.void_draw(world.desk, slot, "procedure-in-error")
    draw_sealed(world)
    read_sealed(world)
    steps.close_log(world.desk, key("next.example/log").verifier, "key-rotated")
    return world


@cache
def month_entries() -> tuple[bytes, ...]:
    """Return the month's log."""
    return tuple(run_month().log.entries)


def month_types() -> Iterator[tuple[int, str]]:
    """Yield the index and type of each of the month's entries."""
    for index, entry in enumerate(month_entries()):
        yield index, read_fields(entry)["type"]


def draw_entries() -> list[bytes]:
    """Return the month's entries on its draw, station by station."""
    return [entry for entry in month_entries() if read_fields(entry)["subject"] == f"draw/{SLOT}"]


@cache
def records_before() -> tuple[Record, ...]:
    """Return the record as it stood before each of the month's entries; to be attacked, never to be changed."""
    record = Record(ORIGIN, check_pairing)
    records = []
    for entry in month_entries():
        records.append(deepcopy(record))
        record.append(entry)
    return tuple(records)


def first_index(type: str) -> int:
    """Return the index of the month's first entry of a type."""
    return next(index for index, found in month_types() if found == type)
