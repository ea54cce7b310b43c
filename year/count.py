"""The year's numbers, counted from the log's raw entries. Nothing of the library is imported here, on purpose.

A second opinion on the bulletin: it reads the entry bundles (C2SP tlog-tiles: a 16-bit length before each entry), the
JSON line of each event, and counts. It trusts the entries; whether they are rightly signed is another program's work.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

Event = dict[str, Any]
SHANGHAI = timezone(timedelta(hours=8))


def read_entries(log: Path) -> Iterator[bytes]:
    """Yield the entries of a log's folder in order: whole bundles first, then the widest partial one."""
    folder = log / "tile" / "entries"
    for number in range(10**9):
        digits = f"{number:03d}"
        groups = [digits[max(0, end - 3) : end].zfill(3) for end in range(len(digits), 0, -3)][::-1]
        path = folder.joinpath(*[f"x{group}" for group in groups[:-1]], groups[-1])
        if path.is_file():
            yield from _split(path.read_bytes())
            continue
        widths = sorted((int(part.name) for part in path.with_name(f"{path.name}.p").glob("*")), reverse=True)
        if widths:
            yield from _split((path.with_name(f"{path.name}.p") / str(widths[0])).read_bytes())
        return


def _split(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : at + 2 + length]
        at += 2 + length


def read_events(log: Path) -> list[Event]:
    """Return what each entry says, with `day`, the day in Shanghai of its `at`."""
    events = []
    for entry in read_entries(log):
        event: Event = json.loads(entry.split(b"\n")[1])
        event["day"] = datetime.fromisoformat(event["at"]).astimezone(SHANGHAI).date().isoformat()
        events.append(event)
    return events


@dataclass
class Working:
    """Working days by the notices in the log."""

    closed: set[str] = field(default_factory=set)
    worked: set[str] = field(default_factory=set)

    def after(self, day: str, count: int) -> str:
        """Return the day so many working days after one."""
        found = date.fromisoformat(day)
        while count:
            found += timedelta(days=1)
            text = found.isoformat()
            is_working = text not in self.closed if found.weekday() < 5 else text in self.worked
            count -= is_working
        return found.isoformat()


def count_above_cap(events: list[Event]) -> int:
    """Return how often an enterprise was assigned that had reached the yearly cap when its draw was opened.

    What was drawn in a slot with a directed stratum is passed over, for the entries do not say in which stratum: so
    every one found here is one too many, and not every one is found. Sealed sheets count from the reveal on.
    """
    policy = events[0]["body"]["policy"]
    selected: Counter[tuple[str, str]] = Counter()
    drawn: dict[str, list[tuple[str, str]]] = {}
    shown: dict[str, list[tuple[str, str]]] = {}
    passed_over, pools, approved = set(), {}, {}
    above = 0
    for event in events:
        body, kind, subject = event["body"], event["type"].partition("/")[0], event["subject"]
        slot, year = subject.partition("/")[2], event["day"][:4]
        if kind == "draw.opened":
            pools[slot] = Counter(selected)
        elif kind == "draw.frozen" and any(stratum["directed"] for stratum in body["strata"]):
            passed_over.add(slot)
        elif kind == "case.disclosed":
            slot = slot.rpartition("/")[0]
            one = (slot.rsplit("/", 2)[1][:4], body["sheet"]["id"])
            above += pools[slot][one] >= policy["yearly_cap"]
            if slot in drawn:  # revealed before: written down after it
                drawn[slot].append(one)
                selected[one] += slot not in passed_over
            else:
                shown.setdefault(slot, []).append(one)
        elif kind == "draw.revealed" and slot not in passed_over:
            drawn[slot] = shown.get(slot, [])
            selected.update(drawn[slot])
        elif kind == "case.assigned" and "code" in body:
            slot = slot.rpartition("/")[0]
            one = (slot.rsplit("/", 2)[1][:4], body["code"])
            above += pools[slot][one] >= policy["yearly_cap"]
            if slot not in passed_over:
                drawn.setdefault(slot, []).append(one)
                selected[one] += 1
        elif kind == "draw.voided":
            selected.subtract(drawn.get(slot, []))
            passed_over.add(slot)
        elif kind == "inspection.approved":
            is_exempt = body["kind"] in policy["cap_exempt"] and (body["kind"] != "case-based" or "complaint" in body)
            if body["kind"] != "planned" and not is_exempt:
                approved[subject] = (year, body["code"])
        elif kind in ("visit.scanned", "visit.recorded") and subject in approved:
            selected[approved.pop(subject)] += 1  # an approval alone spares nobody
    return above


def count_year(log: Path, first: str, last: str) -> dict[str, int]:
    """Return the numbers of a period, both days included, of everything whose `at` lies in it."""
    events = read_events(log)
    working = Working()
    periods = events[0]["body"]["policy"]["periods"]
    counts: Counter[str] = Counter()
    visits: dict[str, str] = {}
    published: set[str] = set()
    counts["drawn above the cap"] = count_above_cap(events)
    for event in events:
        body, kind = event["body"], event["type"].partition("/")[0]
        if kind == "calendar.published":
            working.closed |= set(body["closed"])
            working.worked |= set(body["worked"])
        if kind == "visit.recorded":
            visits[event["subject"]] = body["visited"]
        if not first <= event["day"] <= last:
            continue
        counts[kind] += 1
        if kind == "draw.executed":
            counts["drawn"] += sum(stratum["drawn"] for stratum in body["strata"])
            counts["shortfall"] += sum(stratum["shortfall"] for stratum in body["strata"])
        elif kind == "draw.opened":
            counts[f"opened {body['kind']}"] += 1
            counts[f"opened {body['mode']}"] += 1
        elif kind == "seeds.closed":
            counts["missing"] += len(body["missing"])
        elif kind == "visit.recorded":
            counts["problems"] += any(item["finding"] == "problem" for item in body["items"])
            counts["visited from a draw"] += event["subject"].startswith("case/")
        elif kind == "result.published":
            days = periods["result_publication_working_days"]
            is_first = event["subject"] not in published
            published.add(event["subject"])
            counts["published first"] += is_first
            counts["published late"] += is_first and event["day"] > working.after(visits[event["subject"]], days)
        elif kind == "officer.recused":
            counts[f"recused {body['reason']}"] += 1
        elif kind == "result.submitted":
            counts[f"result {body['result']}"] += 1
        elif kind == "training.held":
            counts["trained"] += len(body["attended"])
    return dict(counts)
