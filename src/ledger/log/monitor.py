"""Watching a log: whether it grows and never changes, whether witnesses still see it, whether it keeps the rules.

Each look fetches what is new and checks it as `follow` does: every new entry under the new root, and that root an
extension of the one before. The rules are asked of the whole log, for they need all of its history; that takes longer,
so it is done at the first look and again after a while, or, where it found something, once the log has grown. What it
found stands until then.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ledger.audit.report import Report
from ledger.audit.trust import Trust
from ledger.audit.verify import Terms, verify
from ledger.audit.wording import tell_duration, translate
from ledger.proof.checkpoint import Checkpoint, parse_checkpoint
from ledger.proof.encoding import format_time, parse_time
from ledger.proof.errors import LedgerError
from ledger.proof.note import parse_note

from .files import read_if_any, write_durably
from .follow import Followed, following, verify_served
from .source import FolderSource, Source

CLOCK_TOLERANCE_SECONDS = 300
"""How far a witness's clock may be ahead of the reader's."""

OVERDUE_SECONDS = 3600
"""How long after its time a draw may be without an outcome."""


class Alarm(NamedTuple):
    """Something that somebody should look at: its kind, for programs, and what it is, in Chinese and English."""

    kind: str
    zh: str
    en: str


@dataclass
class Look:
    """What one look at a log gave; `facts` is for programs."""

    subject: str
    at: int
    facts: dict[str, Any] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)

    def alarm(self, kind: str, zh: str, en: str) -> None:
        """Raise an alarm."""
        self.alarms.append(Alarm(kind, zh, en))

    def format_json(self) -> str:
        """Return the look as one line of JSON."""
        alarms = [alarm._asdict() for alarm in self.alarms]
        whole = {"at": format_time(self.at), "subject": self.subject, **self.facts, "alarms": alarms}
        return json.dumps(whole, ensure_ascii=False)


@dataclass(frozen=True)
class Watch:
    """What is watched, and by what measure.

    cache                where copies are kept
    terms                what a verifier brings along; its trust is needed
    max_age_seconds      how old the newest time may be that the quorum attests (None: any age)
    whole_every_seconds  how long after a whole verification the next is due
    """

    source: Source
    cache: Path
    terms: Terms
    max_age_seconds: int | None
    whole_every_seconds: int

    def look(self, now: int) -> Look:
        """Look at the log once, at a Unix time. Whatever goes wrong with the log is an alarm, never an error."""
        look = Look(self.source.name, now)
        try:
            assert self.terms.trust is not None
            with following(self.source, self.cache, self.terms.trust, is_whole=False) as followed:
                _note_growth(look, followed)
                _note_witnesses(look, followed, self.terms.trust, self.max_age_seconds)
            self._note_whole(look, followed.folder.parent / "verified.json")
        except LedgerError as error:
            look.alarm(error.check or "unreadable", translate(str(error)), str(error))
        except OSError as error:
            look.alarm("unreachable", translate(str(error)), str(error))
        return look

    def _note_whole(self, look: Look, file: Path) -> None:
        """Verify the whole log if that is due, and tell what the last time found."""
        found = _read_found(file)
        is_due = not found or look.at - found["at"] >= self.whole_every_seconds
        if is_due or ((found["failed"] or found["overdue"]) and found["size"] != look.facts["size"]):
            found = _summarise(self._verify(), look.at)
            write_durably(file, json.dumps(found, ensure_ascii=False).encode())
        look.facts["verified"] = {"at": format_time(found["at"]), "size": found["size"]}
        for one in found["failed"]:
            look.alarm(
                "check", f"第 {one['number']} 项不通过：{one['zh']}", f"check {one['number']} failed: {one['en']}"
            )
        for slot in found["overdue"]:
            words = (f"批次 {slot} 已过抽取时刻而没有结果", f"slot {slot} is past its time without an outcome")
            look.alarm("overdue", *words)

    def _verify(self) -> Report:
        if isinstance(self.source, FolderSource):  # the folder itself: the copy would not show what was edited there
            return verify(self.source.folder, self.terms)
        return verify_served(self.source, self.cache, self.terms)


def _read_found(file: Path) -> dict[str, Any]:
    """Return what the last whole verification found; nothing if there was none, or it cannot be read."""
    try:
        return dict(json.loads(read_if_any(file) or b"{}"))
    except ValueError:
        return {}


def _summarise(report: Report, at: int) -> dict[str, Any]:
    failed = [
        {"number": one.check.number, "zh": one.reason.zh, "en": one.reason.en} for one in report.with_status("failed")
    ]
    overdue = [
        draw["slot"]
        for draw in report.facts.get("draws", [])
        if draw["owes_outcome"] and draw["draw_at"] and parse_time(draw["draw_at"]) + OVERDUE_SECONDS < at
    ]
    return {"at": at, "size": report.facts.get("size"), "failed": failed, "overdue": overdue}


def _note_growth(look: Look, followed: Followed) -> None:
    new = followed.word.checkpoint
    old = 0 if followed.kept is None else _parse(followed.kept).size
    look.facts |= {"origin": new.origin, "size": new.size, "root": new.root.hex(), "grown": new.size - old}


def _parse(checkpoint: bytes) -> Checkpoint:
    return parse_checkpoint(parse_note(checkpoint).text)


def _note_witnesses(look: Look, followed: Followed, trust: Trust, max_age_seconds: int | None) -> None:
    cosigned = trust.cosigners(followed.checkpoint)
    attested = find_attested_time(cosigned, trust.is_met) if trust.quorum is not None else None
    missing = sorted(trust.witnesses.keys() - cosigned.keys())
    look.facts |= {"attested": None if attested is None else format_time(attested), "missing": missing}
    if trust.quorum is None:
        return
    if attested is None:
        names = ", ".join(missing)
        look.alarm("quorum", f"见证人不足法定数，缺少：{names}", f"the quorum is not met, missing: {names}")
    elif attested > look.at + CLOCK_TOLERANCE_SECONDS:
        time = format_time(attested)
        look.alarm("clock", f"见证时间在将来：{time}", f"the witnesses' time lies ahead: {time}")
    elif max_age_seconds is not None and look.at - attested > max_age_seconds:
        time, age, limit = format_time(attested), tell_duration(look.at - attested), tell_duration(max_age_seconds)
        look.alarm(
            "stale",
            f"最新检查点的见证时间为 {time}，已过 {age[0]}，超过 {limit[0]}",
            f"the newest checkpoint was witnessed at {time}, {age[1]} ago, more than {limit[1]}",
        )


def find_attested_time(cosigned: dict[str, int], is_met: Callable[[set[str]], bool]) -> int | None:
    """Return the latest time at which a quorum still said that this is the newest checkpoint; None without a quorum.

    cosigned  a witness's name -> the Unix time of its line

    One witness whose clock runs ahead does not move it, where the quorum is more than one.
    """
    for seconds in sorted(set(cosigned.values()), reverse=True):
        if is_met({name for name, at in cosigned.items() if at >= seconds}):
            return seconds
    return None
