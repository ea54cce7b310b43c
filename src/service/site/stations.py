"""A draw station by station: what was fixed when, who signed it, what it is there for, which randomness decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ledger.cli.words import VOID_REASONS
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.proof.encoding import parse_time
from ledger.proof.event import Event
from ledger.proof.note import parse_note

from ..published import Published
from .language import Language
from .naming import name_office, name_slot
from .render import tell_time

CHECKED = "share.checked/1"
"""Each unit that keeps encrypted shares checks each of them: a dozen events that say one thing."""

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

MEANINGS = {
    "draw.opened/1": (
        "按已公布的计划启用一个编号；编号连续，用过的不再用。",
        "A number is taken for a line of the published plan; numbers have no gaps and are never used again.",
    ),
    "draw.frozen/1": (
        "名录、执法人员、检查事项、应抽户数和开奖时刻从此固定，随机数尚未产生。",
        "From here on the enterprises, officers, check items, quotas and the time of the randomness are fixed; the "
        "randomness does not exist yet.",
    ),
    "seed.committed/1": (
        "这个单位已定下自己的份额，只公布封条；以后换份额就会与封条不符。",
        "This unit has settled its share and publishes only the seal; another share would not fit it.",
    ),
    "share.checked/1": (
        "受托保管的单位打开了加密份额，确认与封条相符。",
        "A unit that keeps the encrypted share has opened it, and it fits the seal.",
    ),
    "dice.rolled/1": (
        "当众掷骰，所得数字也作为一个份额。",
        "Dice were thrown before witnesses; their digits are one more share.",
    ),
    "seed.revealed/1": ("份额与此前的封条相符。", "The share fits the seal published before."),
    "seeds.closed/1": (
        "从此不再接受份额。缺的单位在这里写明。",
        "No share is taken any more. Units whose share is missing are named here.",
    ),
    "seeds.witnessed/1": (
        "在公共随机数产生之前，外部见证人已看到并签名：以上一切都已固定。",
        "Before the public randomness existed, outside witnesses saw and signed that all of the above was fixed.",
    ),
    "randomness.recorded/1": (
        "事先指定的那一期公共随机数，谁也不能预知或挑选。",
        "The very round that was named beforehand; nobody could know it early or pick another.",
    ),
    "draw.executed/1": (
        "份额和公共随机数算出种子，种子决定抽中的企业、人员和事项。",
        "Shares and randomness give the seed, and the seed gives the enterprises, officers and items.",
    ),
    "draw.revealed/1": (
        "检查结束后公布密封的份额，任何人都能重算。",
        "After the visits the sealed shares are shown, and anyone can compute the draw again.",
    ),
    "draw.attested/1": (
        "监督科室自己重算了一遍。",
        "The supervising section has computed it again by itself.",
    ),
    "draw.voided/1": (
        "作废须写明事由并由两个单位签名；编号和全部记录永久保留。",
        "A void names its reason and takes two units' signatures; number and record stay for good.",
    ),
}
"""What each station is there for, for a reader who has never seen a draw."""

SOURCES = {
    "drand": ("drand 公共信标", "the public beacon drand"),
    "local": ("本装置自有的链（仅供测试）", "a chain of the installation's own (for tests only)"),
    "lottery": ("公开彩票", "a public lottery"),
}


@dataclass(frozen=True, slots=True)
class Station:
    """One event of a draw as its page tells it, or several checks of shares in a row.

    indexes  of the entries
    meaning  what it is there for
    """

    type: str
    indexes: list[int]
    at: int
    name: str
    meaning: str
    signers: list[str]
    facts: list[tuple[str, str]]


def tell_stations(published: Published, draw: Draw, t: Language) -> list[Station]:
    """Return the stations of a draw, in the log's order."""
    told: list[Station] = []
    events = published.events(f"draw/{draw.slot}")
    for (type, _), group in groupby(events, key=lambda one: (one[1].type, one[1].type != CHECKED and one[0])):
        together = list(group)
        told.append(
            Station(
                type=type,
                indexes=[index for index, _ in together],
                at=together[-1][1].at,
                name=t.of(STATIONS.get(type, (type, type))),
                meaning=t.of(MEANINGS.get(type, ("", ""))),
                signers=list(dict.fromkeys(_name_signers(event, draw, published.record, t) for _, event in together)),
                facts=_tell_checked(together, draw, published.record, t)
                if type == CHECKED
                else _facts(together[0][1], draw, published.record, t),
            )
        )
    return told


def _name_signers(event: Event, draw: Draw, record: Record, t: Language) -> str:
    units = (line.name.removeprefix(f"{record.origin}/") for line in event.signatures)
    return t("、", ", ").join(t.unit(draw.policy, unit) for unit in units)


def _tell_checked(
    events: Sequence[tuple[int, Event]], draw: Draw, record: Record, t: Language
) -> list[tuple[str, str]]:
    """Return for each share who has opened it and found that it fits its seal."""
    by_share: dict[str, list[str]] = {}
    for _, event in events:
        by_share.setdefault(event.body["share_of"], []).append(_name_signers(event, draw, record, t))
    return [
        (
            t(f"{t.unit(draw.policy, unit)}的份额", f"The share of {t.unit(draw.policy, unit)}"),
            t("已核对：", "checked by ") + t("、", ", ").join(checkers),
        )
        for unit, checkers in by_share.items()
    ]


def tell_head(published: Published, draw: Draw, stations: list[Station], t: Language) -> list[tuple[str, str]]:
    """Return what stands above an announcement: index number, who publishes it, when, and how openly.

    A document number (文号) is not among what the record knows.
    """
    shown = ("draw.revealed/1",) if draw.is_sealed else ("draw.executed/1",)
    days = [tell_time(station.at)[:10] for station in stations if station.type in shown]
    return [
        (t("索引号", "Index number"), draw.slot),
        (t("发布机构", "Published by"), name_office(draw.policy, draw.office, t)),
        (t("发布日期", "Published on"), days[-1] if days else t("结果尚未公布", "the outcome is not public yet")),
        (t("公开方式", "Disclosure"), t("主动公开", "proactive")),
    ]


def _facts(event: Event, draw: Draw, record: Record, t: Language) -> list[tuple[str, str]]:
    """Return what was fixed by an event, in a few words."""
    body: dict[str, Any] = event.body
    pool, policy = draw.ground.pool_ref, draw.policy
    match event.type:
        case "draw.opened/1":
            return _tell_opened(draw, record, t)
        case "draw.frozen/1":
            counts = f"{pool.count} 户，可抽 {pool.eligible} 户", f"{pool.count} enterprises, {pool.eligible} eligible"
            return [
                (t("名录", "Pool"), t(*counts)),
                (t("开奖时刻 T", "Randomness from T"), tell_time(parse_time(body["draw_at"]))),
                (t("名录的根", "Root of the pool"), pool.root),
            ]
        case "seed.committed/1":
            return [(t("封条（承诺）", "Seal (commitment)"), body["commitment"])]
        case "dice.rolled/1":
            return [(t("点数", "Digits"), body["digits"]), (t("录像的 SHA-256", "SHA-256 of the video"), body["video"])]
        case "seed.revealed/1":
            return [(t("份额", "Share"), body["share"])]
        case "seeds.closed/1":
            missing = _name_parties(draw, body["missing"], t)
            return [(t("计入", "Counted"), _name_parties(draw, body["shares"], t))] + (
                [(t("缺失", "Missing"), missing)] if missing else []
            )
        case "seeds.witnessed/1":
            return _tell_witnesses(draw, record, body["checkpoint"], t)
        case "randomness.recorded/1":
            return [fact for one in body["results"] for fact in _tell_result(one, t)]
        case "draw.executed/1":
            seed = [(t("种子", "Seed"), body["seed"])] if "seed" in body else []
            return [*seed, (t("结果的根", "Root of the outcome"), body["outcome"]["root"])]
        case "draw.revealed/1":
            return [(t.unit(policy, unit), share) for unit, share in sorted(body["shares"].items())]
        case "draw.attested/1" if draw.attested is not None:
            agrees = t("与公布的结果一致", "the same outcome"), t("与公布的结果不一致", "another outcome")
            return [(t("重算结果", "Recomputed"), agrees[not draw.attested])]
        case "draw.voided/1":
            return [(t("事由", "Reason"), t.meaning(VOID_REASONS, body["reason"]))]
        case _:
            return []


def _tell_opened(draw: Draw, record: Record, t: Language) -> list[tuple[str, str]]:
    opened, policy = draw.opened, draw.policy
    plans = reversed(record.plans.approved.get((draw.office, int(draw.month[:4])), []))
    titles = (line.title for _, plan in plans for line in plan.lines if line.id == opened.line)
    told = [
        (t("计划项", "Plan line"), f"{next(titles, '')} ({opened.line})".strip()),
        (t("依据", "Legal basis"), t.of(policy.bases[opened.basis])),
    ]
    if opened.supplements:
        told.append((t("接替作废的", "In place of the void"), name_slot(opened.supplements, policy, t)))
    if opened.lead:
        told.append((t("发起部门", "Led by"), t.unit(policy, opened.lead)))
    if opened.participants:
        told.append(
            (t("配合部门", "Together with"), t("、", ", ").join(t.unit(policy, p) for p in opened.participants))
        )
    return told


def _tell_witnesses(draw: Draw, record: Record, checkpoint: str, t: Language) -> list[tuple[str, str]]:
    """Return which witnesses signed over the log, and when: the record has checked their lines already."""
    return [
        (
            t.unit(draw.policy, line.name.removeprefix(f"{record.origin}/")),
            tell_time(int.from_bytes(line.signature[:8], "big")),
        )
        for line in parse_note(checkpoint.encode()).signatures
        if line.name != record.origin
    ]


def _tell_result(result: dict[str, Any], t: Language) -> list[tuple[str, str]]:
    source, number = t.of(SOURCES[result["kind"]]), result.get("round", result.get("issue"))
    chain = [(t("链", "Chain"), result["name"])]
    if result["kind"] == "lottery":
        source, chain = f"{source} {result['name']}", []
    return [
        (t("来源", "Source"), source),
        *chain,
        (t("期号", "Round"), str(number)),
        (t("随机数", "Randomness"), result.get("signature") or result["digits"]),
    ]


def _name_parties(draw: Draw, parties: Iterable[str], t: Language) -> str:
    """Return units by name; `dice:` and a unit is what that unit rolled."""
    named = [
        t("骰子：", "dice of ") + t.unit(draw.policy, party[5:])
        if party.startswith("dice:")
        else t.unit(draw.policy, party)
        for party in parties
    ]
    return t("、", ", ").join(named)
