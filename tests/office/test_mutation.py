"""Every field of every body, changed, dropped or added and signed anew by the right units: refused, or free."""

import fnmatch
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from forge import Fields, read_fields, read_signers, sign
from ledger.office.rule import RULES
from ledger.proof.errors import LedgerError, Malformed
from month import month_entries, month_types, records_before

FREE: dict[str, dict[str, str]] = {
    "bulletin.issued/1": {"document": "what was circulated", "figures*": "what the supervisor counts"},
    "calendar.published/1": {
        "basis": "text",
        "closed": "which weekdays are holidays is the notice's word",
        "worked": "the same for weekends",
    },
    "case.reinspected/1": {"items.finding": "the officers' finding"},
    "case.transferred/1": {"reason": "text"},
    "complaint.answered/1": {"answer.sealed": "the answer", "summary": "text"},
    "complaint.received/1": {"content.sealed": "what it says"},
    "conflict.declared/1": {
        "code": "a conflict may be with any enterprise, also one not listed yet",
        "officer": "with any officer of the section that signs",
        "reason": "one of a closed list",
    },
    "dice.rolled/1": {"digits": "what was thrown", "video": "what was filmed"},
    "draw.attested/1": {"outcome.*": "a supervisor may disagree: both results stay in the record (T17)"},
    "draw.executed/1": {"outcome.root": "sealed mode: only holders of the shares can tell, until they are revealed"},
    "draw.opened/1": {"basis": "one of the policy's legal bases", "mode": "one of a closed list"},
    "draw.voided/1": {"reason": "one of a closed list, of those that fit the draw's station"},
    "encryption.enrolled/1": {"public": "the unit's own key"},
    "filing.made/1": {"title": "text"},
    "inspection.approved/1": {
        "code": "any enterprise of the host section that signs",
        "complaint": "whichever complaint it follows",
        "items": "any of the published list that apply",
        "kind": "one of a closed list",
        "officers": "any who are certified, in post and in no conflict",
        "reason": "text",
    },
    "inspection.cancelled/1": {"reason": "one of a closed list"},
    "items.published/1": {"edition": "its name"},
    "key.revoked/1": {"reason": "text"},
    "log.closed/1": {"reason": "one of a closed list"},
    "log.founded/1": {"policy*": "the bureau's own settings, signed by every unit"},
    "notice.answered/1": {"answer": "text"},
    "notice.issued/1": {"about": "any subjects that stand in the record", "demand": "text"},
    "officer.changed/1": {"officer.*": "the row is what the home section and the supervisor say", "reason": "text"},
    "officer.recused/1": {"draw_at": "any time far enough ahead", "reason": "one of a closed list"},
    "openings.erased/1": {"reason": "one of a closed list"},
    "openings.read/1": {
        "count": "how many openings are kept apart from the log",
        "of": "any subject that stands in the record, where the unit says it itself",
    },
    "opinion.answered/1": {"answer": "text"},
    "opinion.given/1": {
        "about": "any subjects that stand in the record",
        "kind": "one of a closed list",
        "text": "text",
        "to": "any unit of an office",
    },
    "penalty.decided/1": {"number": "the decision's own number"},
    "penalty.published/1": {"carriers": "where it is published"},
    "plan.approved/1": {
        "lines.id": "a line's name",
        "lines.kind": "one of a closed list",
        "lines.strata": "their order, which tells which stratum an enterprise of two scopes belongs to",
        "lines.strata.id": "a stratum's name",
        "lines.strata.ratio": "the plan's choice, where the year's number that follows stays the same",
        "lines.strata.scope.*": "the plan's choice, where the same enterprises match",
        "lines.title": "text",
    },
    "policy.adopted/1": {"policy*": "the bureau's own settings; they bind after their notice"},
    "rectification.ordered/1": {"due": "any day ahead"},
    "result.corrected/1": {"reason": "text", "result": "what the visit found", "summary": "the host section's words"},
    "result.published/1": {"carriers": "where it is published"},
    "result.submitted/1": {"result": "what the visit found", "summary": "the host section's words"},
    "rows.listed/1": {"rows*": "what a list holds is its unit's own; the root that is cited fixes it"},
    "seed.committed/1": {
        "commitment": "the unit's own share",
        "encrypted.ciphertext": "only those whom it is for can tell: by share.checked, without which it does not count",
    },
    "suggestion.answered/1": {"answer": "text"},
    "suggestion.made/1": {"text": "text"},
    "target.changed/1": {"reason": "text", "target.*": "the row is what the keeper and the supervisor say"},
    "targets.declared/1": {"private": "sealed values that no rule reads; they may be left out"},
    "training.held/1": {"attended": "any of the roster", "hours": "how many", "title": "text"},
    "visit.recorded/1": {
        "began": "any time of the day before its end",
        "items*": "the officers' findings, in their order",
        "mode": "one of a closed list",
    },
    "visit.scanned/1": {"reference": "the city's own number"},
}
"""Type -> field, by its path or a pattern of paths -> why it may be changed by whoever may sign the event."""

WORDS = {
    "basis": ["work-safety-law-62"],
    "carriers": ["wechat"],
    "finding": ["problem"],
    "issue": ["1"],
    "kind": ["covert", "supplementary", "decision"],
    "mode": ["open", "sealed", "off-site"],
    "reason": ["leave", "officer-absent", "interest", "ground-in-error", "retention-ended", "key-compromised", "x"],
    "result": ["not-found", "transferred"],
    "risk": ["red"],
    "roster": ["street/pinghu"],
    "scale": ["large"],
    "status": ["suspended"],
    "street": ["street/buji"],
    "sub_roster": ["hazchem"],
    "to": ["bureau/hazchem"],
    "unit": ["bureau/enforcement"],
}
"""What else a field of a closed vocabulary may say."""

Path = tuple[str | int, ...]


def changed_values(name: str, value: Any) -> Iterator[Any]:
    """Yield other values that a field might have."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, str):
        yield from (word for word in WORDS.get(name, []) if word != value)
        for old, new in (("0", "1"), ("1", "2"), ("a", "b"), ("测", "试")):
            if old in value:
                place = value.rindex(old)
                yield value[:place] + new + value[place + 1 :]
        yield value + "x"


def mutations(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield (path, the whole value with that path changed, dropped or added), leaving the value itself alone."""
    if isinstance(value, dict):
        yield (*path, "+"), {**value, "more": "x"}
        for name, inner in value.items():
            yield (*path, name), {other: kept for other, kept in value.items() if other != name}
            yield from (((*path, name), {**value, name: new}) for new in changed_values(name, inner))
            if path != ("policy",):  # a policy is its two signers' own; its first level stands for the rest
                yield from ((where, {**value, name: new}) for where, new in mutations(inner, (*path, name)))
    elif isinstance(value, list):
        for place in sorted({0, len(value) - 1} if value else ()):
            inner = value[place]
            name = str(path[-1])
            yield path, value[:place] + value[place + 1 :]
            yield path, [*value, inner]
            yield from ((path, [*value[:place], new, *value[place + 1 :]]) for new in changed_values(name, inner))
            yield from (
                (where, [*value[:place], new, *value[place + 1 :]]) for where, new in mutations(inner, (*path, place))
            )
        if len(value) > 1:
            yield path, value[::-1]


def written(path: Path) -> str:
    """Return a path without the places in lists: strata.id."""
    return ".".join(str(part) for part in path if isinstance(part, str))


def taken_in(index: int) -> Iterator[str]:
    """Yield the path of each mutation of an entry that the record takes in."""
    entry, record = month_entries()[index], deepcopy(records_before()[index])
    fields, signers = read_fields(entry), read_signers(entry)
    for path, body in mutations(fields["body"]):
        if body == fields["body"]:
            continue
        try:
            record.append(_signed({**fields, "body": body}, signers))
        except LedgerError:
            continue
        yield written(path)
        record = deepcopy(records_before()[index])
    record.append(entry)


def _signed(fields: Fields, signers: list[str]) -> bytes:
    try:
        return sign(fields, *signers)
    except Malformed:
        return b""


@cache
def free_fields(type: str) -> frozenset[str]:
    """Return the fields of a type that could be changed somewhere in the month."""
    indexes = [index for index, found in month_types() if found == type]
    chosen = sorted({indexes[0], indexes[-1]})
    return frozenset(path for index in chosen for path in taken_in(index))


@pytest.mark.parametrize("type", sorted(RULES))
def test_no_field_can_be_changed_but_those_that_are_free(type: str) -> None:
    free = FREE.get(type, {})
    known = {path for pattern in free for path in fnmatch.filter(free_fields(type), pattern)}
    assert free_fields(type) - known == set()


@pytest.mark.parametrize("type", sorted(FREE))
def test_the_list_of_free_fields_has_no_dead_row(type: str) -> None:
    assert [pattern for pattern in FREE[type] if not fnmatch.filter(free_fields(type), pattern)] == []
