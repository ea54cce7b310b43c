"""What a draw's page shows: every station as it was signed, the strata with their tickets, the cases."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ledger.audit.readme import derive_marks
from ledger.audit.remarks import derive_remarks
from ledger.cli.words import KINDS, VOID_REASONS
from ledger.cli.words import STATIONS as STAGES
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.proof.draw import derive_sub_seed, derive_ticket
from ledger.proof.encoding import parse_time
from ledger.proof.event import Event
from ledger.views.registries import show_name

from ..published import Published
from .figures import draw_load, draw_tickets
from .language import Language
from .render import tell_time

STATIONS = {
    "draw.opened/1": ("启用批次", "Slot opened"),
    "draw.frozen/1": ("冻结名录", "Everything frozen"),
    "seed.committed/1": ("封存种子份额", "Share committed"),
    "share.checked/1": ("核对封存份额", "Share checked"),
    "dice.rolled/1": ("现场掷骰", "Dice rolled"),
    "seed.revealed/1": ("公布种子份额", "Share revealed"),
    "seeds.closed/1": ("份额截止", "Shares closed"),
    "seeds.witnessed/1": ("见证人签名", "Seen by witnesses"),
    "randomness.recorded/1": ("公共随机数", "Public randomness"),
    "draw.executed/1": ("产生结果", "Outcome"),
    "draw.revealed/1": ("公开份额与结果", "Shares and outcome revealed"),
    "draw.attested/1": ("监督科室复核", "Attested by the supervisor"),
    "draw.voided/1": ("批次作废", "Voided"),
}

EXCLUSIONS = {
    "closed": ("已关闭", "closed"),
    "suspended": ("已停业", "work suspended"),
    "cap-reached": ("本年抽中次数已达上限", "drawn as often as it may be this year"),
}


def tell_status(draw: Draw, t: Language) -> str:
    """Return how far a draw is, in a few words."""
    if draw.voided:
        return t("作废：", "void: ") + t.meaning(VOID_REASONS, draw.voided)
    if draw.attested is False:
        return t("监督科室复核不一致", "the supervisor disagrees")
    if draw.owes_reveal:
        return t("密封：结果已锁定，检查结束后公开", "sealed: the outcome is fixed, and shown after the visits")
    reached = {
        "attested": draw.attested is not None,
        "executed": draw.executed,
        "randomness": draw.results is not None,
        "witnessed": draw.witnessed_at is not None,
        "closed": draw.closed is not None,
        "frozen": draw.frozen is not None,
    }
    return t.meaning(STAGES, next((station for station, is_reached in reached.items() if is_reached), "opened"))


def list_draws(published: Published, t: Language) -> list[dict[str, Any]]:
    """Return a row for each slot, the newest first; every attempt is there, void ones too."""
    return [
        {
            "slot": draw.slot,
            "month": (draw.office, draw.month),
            "kind": t.meaning(KINDS, draw.opened.kind),
            "status": tell_status(draw, t),
            "voided": bool(draw.voided),
            "supplements": draw.opened.supplements,
            "pool": draw.ground.pool_ref.count,
            "drawn": derive_draw_outcome(draw).ref.count if draw.has_outcome else None,
        }
        for draw in reversed(published.record.draws.by_slot.values())
    ]


@dataclass(frozen=True, slots=True)
class Station:
    """One event of a draw as its page tells it."""

    index: int
    at: int
    name: str
    unit: str
    signers: list[str]
    facts: list[tuple[str, str]]


def tell_stations(published: Published, draw: Draw, t: Language) -> list[Station]:
    """Return the stations of a draw, in the log's order."""
    policy = draw.policy
    return [
        Station(
            index=index,
            at=event.at,
            name=t.of(STATIONS.get(event.type, (event.type, event.type))),
            unit=t.unit(policy, event.unit),
            signers=[
                t.unit(policy, line.name.removeprefix(f"{published.record.origin}/")) for line in event.signatures
            ],
            facts=_facts(event, draw, t),
        )
        for index, event in published.events(f"draw/{draw.slot}")
    ]


def _facts(event: Event, draw: Draw, t: Language) -> list[tuple[str, str]]:
    """Return what was fixed by an event, in a few words."""
    body: dict[str, Any] = event.body
    pool = draw.ground.pool_ref
    match event.type:
        case "draw.opened/1":
            return [
                (t("计划项", "Plan line"), body["line"]),
                (t("依据", "Legal basis"), t.of(draw.policy.bases[body["basis"]])),
            ]
        case "draw.frozen/1":
            return [
                (
                    t("名录", "Pool"),
                    t(
                        f"{pool.count} 户，可抽 {pool.eligible} 户",
                        f"{pool.count} enterprises, {pool.eligible} of them eligible",
                    ),
                ),
                (t("名录的根", "Root of the pool"), pool.root),
                (t("开奖时刻 T", "Randomness from T"), tell_time(parse_time(body["draw_at"]))),
            ]
        case "seed.committed/1":
            return [(t("封条（承诺）", "Seal (commitment)"), body["commitment"])]
        case "seed.revealed/1":
            return [(t("份额", "Share"), body["share"])]
        case "seeds.closed/1":
            missing = _name_parties(draw, body["missing"], t)
            return [(t("计入", "Counted"), _name_parties(draw, body["shares"], t))] + (
                [(t("缺失", "Missing"), missing)] if missing else []
            )
        case "randomness.recorded/1":
            return [
                (one["name"][:16], f"{one.get('round', one.get('issue'))}: {one.get('signature', one.get('digits'))}")
                for one in body["results"]
            ]
        case "draw.executed/1":
            seed = [(t("种子", "Seed"), body["seed"])] if "seed" in body else []
            return [*seed, (t("结果的根", "Root of the outcome"), body["outcome"]["root"])]
        case "draw.voided/1":
            return [(t("事由", "Reason"), t.meaning(VOID_REASONS, body["reason"]))]
        case _:
            return []


def _name_parties(draw: Draw, parties: Iterable[str], t: Language) -> str:
    """Return units by name; `dice:` and a unit is what that unit rolled."""
    named = [
        t("骰子：", "dice of ") + t.unit(draw.policy, party[5:])
        if party.startswith("dice:")
        else t.unit(draw.policy, party)
        for party in parties
    ]
    return t("、", ", ").join(named)


def show_strata(draw: Draw, t: Language) -> list[dict[str, Any]]:
    """Return a row for each stratum: numbers, and the picture of its tickets where there is an outcome."""
    outcome = derive_draw_outcome(draw) if draw.has_outcome else None
    drawn = {} if outcome is None else {stratum.id: stratum for stratum in outcome.strata}
    rows = []
    for stratum in draw.ground.strata:
        excluded = Counter(leaf.excluded for leaf in draw.ground.pool if leaf.stratum == stratum.id and leaf.excluded)
        row: dict[str, Any] = {
            "id": stratum.id,
            "name": t.sub_roster(draw.policy, stratum.id),
            "eligible": stratum.eligible,
            "quota": stratum.quota,
            "directed": stratum.directed,
            "excluded": [(t.of(EXCLUSIONS.get(reason, (reason, reason))), n) for reason, n in sorted(excluded.items())],
            "drawn": drawn[stratum.id].drawn if drawn else None,
            "figure": "",
        }
        if outcome is not None:
            sub_seed = derive_sub_seed(outcome.seed, "pool", stratum.id)
            tickets = [derive_ticket(sub_seed, code) for code in draw.ground.eligible(stratum.id)]
            row |= {"sub_seed": sub_seed, "threshold": drawn[stratum.id].largest_ticket}
            title = t(
                f"{row['name']}：{len(tickets)} 个签号的分布，抽中最小的 {row['drawn']} 个",
                f"{row['name']}: how its {len(tickets)} tickets fall; the {row['drawn']} smallest were drawn",
            )
            row["figure"] = draw_tickets(tickets, row["threshold"], title, t("抽中的最大签号", "largest drawn ticket"))
        rows.append(row)
    return rows


def show_cases(record: Record, draw: Draw, t: Language) -> list[dict[str, Any]]:
    """Return a row for each case of a draw, in the sheets' order; officers only where the policy publishes them."""
    if not draw.has_outcome:
        return []
    leaves = {leaf.target.id: leaf for leaf in draw.ground.pool}
    return [
        {
            "number": sheet.number,
            "code": sheet.code if draw.policy.publication.code == "public" else "",
            "name": show_name(draw.policy.publication.name, leaves[sheet.code].target.name),
            "host": t.unit(draw.policy, sheet.host),
            "officers": sheet.officers if draw.policy.publication.officers != "internal" else (),
            "deadline": sheet.deadline,
            "has_page": f"case/{draw.slot}/{sheet.number}" in record.cases.by_subject,
        }
        for sheet in derive_draw_outcome(draw).sheets
    ]


def show_load(draw: Draw, t: Language) -> str:
    """Return the picture of how many officers have how many cases of a draw; empty without an outcome."""
    sheets = derive_draw_outcome(draw).sheets if draw.has_outcome else ()
    seats = Counter(officer for sheet in sheets for officer in sheet.officers)
    if not seats:
        return ""
    title = t("人员任务数分布", "How many cases officers have")
    return draw_load(Counter(seats.values()), title, t("件", "cases"))


def show_marks(draw: Draw, t: Language) -> list[str]:
    """Return what has to be said beside a draw."""
    return [t.of(words) for words in (*derive_marks(draw), *derive_remarks(draw))]
