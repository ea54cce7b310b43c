"""The README of a bundle, in Chinese and English: derived like all else in it, so that nobody can slip words in."""

from datetime import datetime
from importlib.resources import files

from ledger.audit.remarks import derive_moved
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.proof.encoding import SHANGHAI, format_time
from ledger.proof.randomness import Chain


def format_readme(record: Record, draw: Draw) -> str:
    """Return the README of a draw's bundle; the draw has an outcome."""
    outcome = draw.outcome
    assert outcome is not None
    moved = derive_moved(draw)
    marks = derive_marks(draw) + ([moved] if moved else [])
    words = {
        "origin": record.origin,
        "slot": draw.slot,
        "utc": format_time(draw.draw_at),
        "beijing": datetime.fromtimestamp(draw.draw_at, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        "pool": draw.ground.pool_ref.count,
        "eligible": draw.ground.pool_ref.eligible,
        "drawn": outcome.ref.count,
        "seed": outcome.seed,
        "marks_zh": "".join(f"**注意：{zh}**\n\n" for zh, _ in marks),
        "marks_en": "".join(f"**Note: {en}**\n\n" for _, en in marks),
    }
    template = files("ledger.audit").joinpath("bundle_readme.md").read_text(encoding="utf-8")
    return template.format(**words)


def derive_marks(draw: Draw) -> list[tuple[str, str]]:
    """Return what has to be said beside a draw before anything else, in Chinese and English."""
    marks = []
    if any(isinstance(source, Chain) and source.kind == "local" for source in draw.policy.final):
        marks.append(
            (
                "随机数来自本装置自有的链（local），仅供测试或演示，不是公共随机数。",
                "the randomness came from a chain of the installation's own (local), for tests and demonstrations; "
                "it is not public randomness.",
            )
        )
    if draw.witnessed_at is None:
        marks.append(
            (
                "本次抽取没有见证人在随机数产生前联署。",
                "no witnesses cosigned this draw before its randomness existed.",
            )
        )
    if draw.witnessed_at is None and draw.policy.witnesses.quorum:
        marks.append(
            (
                "政策要求见证而未能及时见证，无法证明结果是随机的；其抽中的单位按定向检查对待。",
                "the policy wants witnesses and they did not see it in time: nothing shows that chance decided, and "
                "those that it selects count as directed.",
            )
        )
    if draw.voided:
        marks.append(
            (
                f"本批次已作废（{draw.voided}）；按并集规则，抽中的单位仍然有效。",
                f"this slot was voided ({draw.voided}); by the union rule, those it drew stay drawn.",
            )
        )
    directed = [stratum.id for stratum in draw.ground.strata if stratum.directed]
    if directed:
        names = ", ".join(directed)
        marks.append(
            (
                f"以下各层属定向抽查（对象过少或抽取过半），不是随机抽查：{names}。",
                f"these strata are directed, not random (too few enterprises, or more than half drawn): {names}.",
            )
        )
    return marks
