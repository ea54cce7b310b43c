"""What a replay leaves open although nothing was refused: said beside the check that it concerns, with the slots.

Whom the log's policy trusts is the bureau's choice. So where the reader brings a quorum of his own, the witnesses that
saw a draw in time are counted once more by that quorum (T4).
"""

from collections.abc import Iterable

from ledger.audit.remarks import derive_bits, format_lotteries
from ledger.audit.report import Report
from ledger.audit.trust import Trust
from ledger.office.cases import Case
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.proof.checkpoint import check_checkpoint
from ledger.proof.encoding import derive_day
from ledger.proof.errors import LedgerError
from ledger.proof.randomness import ADVISED_BITS, WITNESS_LEAD_SECONDS, Round


def note_gaps(
    report: Report, record: Record, trust: Trust | None, slot: str | None = None, *, has_pairing: bool
) -> None:
    """Note on a report what a replay without a failure could not check.

    trust        whom the reader trusts
    slot         the bundle's, where it is one
    has_pairing  whether drand rounds were checked
    """
    draws = list(record.draws.by_slot.values())
    cases = record.cases.by_subject
    if record.unknown:
        kinds = ", ".join(sorted({kind for _, kind in record.unknown}))
        report.unchecked("rules", f"本版本不认识的事项类型：{kinds}", f"event types unknown to this version: {kinds}")
    _note_stations(report, record, draws)
    _note_sealed(report, record, draws, slot)
    _note_witnesses(report, record, draws, cases, trust)
    _note_randomness(report, draws, has_pairing=has_pairing)
    _note_attested(report, draws)
    _note_replacements(report, cases)


def _note(report: Report, check: str, places: Iterable[str], zh: str, en: str) -> None:
    """Note a gap at each of the places, if there are any."""
    listed = ", ".join(places)
    if listed:
        report.unchecked(check, f"{zh}：{listed}", f"{en}: {listed}")


def _note_stations(report: Report, record: Record, draws: list[Draw]) -> None:
    now = record.attested_now()
    overdue = [d.slot for d in draws if d.frozen is not None and d.owes_outcome and now >= d.draw_at]
    _note(report, "stations", overdue, "已过抽取时刻而没有结果的批次", "slots past their time without an outcome")
    if record.successor is not None:
        owing = [draw.slot for draw in draws if draw.owes_outcome]
        _note(
            report, "stations", owing, "日志已关闭而没有结果的批次", "slots without an outcome in a log that is closed"
        )
        hidden = [draw.slot for draw in draws if draw.owes_reveal]
        _note(
            report, "stations", hidden, "日志已关闭而没有公开份额的批次", "slots still sealed in a log that is closed"
        )
    cancelled = [draw.slot for draw in draws if draw.voided == "lottery-cancelled"]
    _note(
        report,
        "stations",
        cancelled,
        "以彩票停开为由作废，请与公告核对",
        "voided for a cancelled lottery: compare with the newspaper",
    )


def _note_sealed(report: Report, record: Record, draws: list[Draw], slot: str | None) -> None:
    """Note what nobody outside can check of sealed draws before their reveal, and who kept a share from counting.

    Where other draws can be computed these checks pass, and say what they leave out.
    """
    hidden = ", ".join(draw.slot for draw in draws if draw.owes_reveal)
    zh, en = f"封存中的抽取，份额公开后才能核验：{hidden}", f"sealed until the shares are revealed: {hidden}"
    for check in ("seed", "selection", "officers", "outcome") if hidden and slot is None else ():
        if any(draw.has_outcome for draw in draws):
            report.passed(check, f"除外：{zh}", f"but for draws {en}")
        else:
            report.unchecked(check, zh, en)
    day = derive_day(record.attested_now())
    overdue = [draw.slot for draw in draws if draw.owes_reveal and day > draw.reveal_due]
    _note(report, "stations", overdue, "逾期没有公开份额的封存抽取", "sealed draws whose reveal is overdue")
    spoiled = [
        f"{draw.slot} {unit} ({', '.join(draw.find_unchecked(unit))})"
        for draw in draws
        for unit in draw.missing
        if unit in draw.encrypted
    ]
    words = ("份额未计入，括号内为没有核对的单位", "shares that do not count, and who did not check them")
    _note(report, "shares", spoiled, *words)


def _note_witnesses(
    report: Report, record: Record, draws: list[Draw], cases: dict[str, Case], trust: Trust | None
) -> None:
    closed = [draw for draw in draws if draw.closed is not None]
    unwitnessed = [draw.slot for draw in closed if draw.witnessed_at is None]
    _note(report, "witness", unwitnessed, "没有见证的抽取", "unwitnessed draws")
    if trust is None or trust.quorum is None:
        return
    other = [d.slot for d in closed if d.witnessed_by and not _is_seen(record, trust, d.witnessed_by, d.draw_at)]
    words = ("您所信任的见证人没有及时联署", "not cosigned in time by the witnesses that you trust")
    _note(report, "witness", other, *words)
    recusals = ((subject, recusal) for subject, case in cases.items() for recusal in case.recusals.values())
    late = [s for s, r in recusals if r.witnessed_by and not _is_seen(record, trust, r.witnessed_by, r.draw_at)]
    _note(report, "replacement", late, *words)


def _is_seen(record: Record, trust: Trust, checkpoint: str, draw_at: int) -> bool:
    """Tell whether the reader's quorum had cosigned a checkpoint a minute before the randomness of a time."""
    assert record.log_key is not None
    try:
        check_checkpoint(checkpoint.encode(), record.log_key, list(trust.witnesses.values()))
        times = trust.cosigners(checkpoint.encode())
    except LedgerError:
        return False
    return trust.is_met({name for name, seconds in times.items() if seconds < draw_at - WITNESS_LEAD_SECONDS})


def _note_randomness(report: Report, draws: list[Draw], *, has_pairing: bool) -> None:
    results = [(draw.slot, result) for draw in draws for result in draw.results or ()]
    lotteries = [f"{draw.slot} ({told})" for draw in draws if (told := format_lotteries(draw))]
    weak = ", ".join(draw.slot for draw in draws if draw.results and derive_bits(draw) < ADVISED_BITS)
    zh, en = "彩票号码请与公告核对", "compare the lottery results with the newspaper"
    if weak:
        zh, en = f"随机数不足 {ADVISED_BITS} 比特：{weak}；{zh}", f"fewer than {ADVISED_BITS} bits: {weak}; {en}"
    _note(report, "randomness", lotteries, zh, en)
    if not has_pairing and any(isinstance(result, Round) for _, result in results):
        report.unchecked("randomness", "没有配对运算程序：drand 签名未核验", "no pairing at hand: drand not checked")
    local = sorted({slot for slot, result in results if isinstance(result, Round) and result.chain.kind == "local"})
    _note(
        report,
        "randomness",
        local,
        "随机数来自装置自有的链（local），不是公共随机数",
        "the randomness is of the installation's own chain (local), not public",
    )


def _note_attested(report: Report, draws: list[Draw]) -> None:
    disputed = [draw.slot for draw in draws if draw.attested is False]
    if disputed:
        report.failed("attested", f"the supervisor's own result differs: {', '.join(disputed)}")
    unattested = [draw.slot for draw in draws if draw.executed and draw.attested is None]
    _note(report, "attested", unattested, "尚未复核", "not attested yet")


def _note_replacements(report: Report, cases: dict[str, Case]) -> None:
    renewals = {s: sum(recusal.renewals for recusal in case.recusals.values()) for s, case in cases.items()}
    renewed = [f"{subject} × {number}" for subject, number in renewals.items() if number]
    _note(report, "replacement", renewed, "回避未及时见证而重新申请", "a recusal that lapsed was made anew")
    often = [subject for subject, case in cases.items() if any(number > 1 for number in case.replaced.values())]
    _note(report, "replacement", often, "同一席位递补不止一次", "a seat was replaced more than once")
