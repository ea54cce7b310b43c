"""What a report and an explanation say beside a draw: weak or unproved randomness, moves (which its README says too).

All of it follows from the record; nothing of it fails a check. Whoever chose the moment of a draw is seen here (T16).
"""

from collections.abc import Sequence

from ledger.office.draws import Draw
from ledger.office.officers import Move
from ledger.proof.randomness import ADVISED_BITS, LotteryResult, check_entropy

_NAMED = 20
"""How many moves a sentence names; a report in JSON names all."""


def format_lotteries(draw: Draw) -> str:
    """Return the lotteries' results that a draw was made by: lottery, issue, digits; empty where there are none."""
    results = [result for result in draw.results or () if isinstance(result, LotteryResult)]
    return "; ".join(f"{result.lottery.name} {result.issue} {result.digits}" for result in results)


def derive_bits(draw: Draw) -> int:
    """Return how many bits a draw's final randomness is worth."""
    return check_entropy(draw.policy.final)


def derive_moves(draw: Draw) -> tuple[str, str] | None:
    """Return what took effect at once shortly before a slot was opened, in Chinese and English; None if nothing did."""
    kinds: dict[str, list[Move]] = {}
    for move in draw.ground.moves:
        kinds.setdefault(move.type, []).append(move)
    if not kinds:
        return None
    words = {
        "officer.changed/1": ("执法人员变更", "officers' rows changed"),
        "conflict.declared/1": ("声明回避", "conflicts declared"),
        "conflict.ended/1": ("解除回避", "conflicts ended"),
    }
    zh = "；".join(f"{words[kind][0]} {len(moves)} 项：{_name(moves, '、')}" for kind, moves in kinds.items())
    en = "; ".join(f"{words[kind][1]}, {len(moves)}: {_name(moves, ', ')}" for kind, moves in kinds.items())
    return zh, en


def _name(moves: Sequence[Move], mark: str) -> str:
    named = [f"{move.officer}{f' {move.code}' if move.code else ''} (#{move.index})" for move in moves[:_NAMED]]
    return mark.join([*named, "…"] if len(moves) > _NAMED else named)


def derive_remarks(draw: Draw) -> list[tuple[str, str]]:
    """Return what is said beside a draw, in Chinese and English."""
    remarks = []
    if lotteries := format_lotteries(draw):
        remarks.append(
            (
                f"随机数来自公共彩票，程序不能证明其真伪，请与公告核对：{lotteries}。",
                f"the randomness is of public lotteries, whose truth no program can check; compare with the newspaper: "
                f"{lotteries}.",
            )
        )
    bits = derive_bits(draw)
    if bits < ADVISED_BITS:
        remarks.append(
            (
                f"随机数只有 {bits} 比特，不足 {ADVISED_BITS} 比特。",
                f"the randomness is worth only {bits} bits, fewer than the {ADVISED_BITS} advised.",
            )
        )
    recent = draw.ground.recent
    if 0 < recent.listed < draw.ground.pool_ref.count:  # before the office's first slot everybody is listed anew
        remarks.append(
            (
                f"自上一批次以来，范围内新列入 {recent.listed} 户。",
                f"enterprises in scope listed since the office's slot before: {recent.listed}.",
            )
        )
    if recent.cooling_off:
        remarks.append(
            (
                f"范围内有 {recent.cooling_off} 户的变更未满冷静期，本次仍按原情况抽取。",
                f"enterprises in scope whose change is too young, and was passed over: {recent.cooling_off}.",
            )
        )
    moved = derive_moved(draw)
    return remarks + ([moved] if moved else [])


def derive_moved(draw: Draw) -> tuple[str, str] | None:
    """Return the sentence on what took effect shortly before, in Chinese and English; None if nothing did (T16)."""
    moves = derive_moves(draw)
    if moves is None:
        return None
    return f"启用前不久即时生效的变更：{moves[0]}。", f"took effect shortly before it was opened: {moves[1]}."
