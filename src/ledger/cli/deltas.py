"""`double-random import targets --delta`: a sheet of what has changed, reconciled with a year's roster (R28).

Before the approval the lists that it touches are declared anew, after it each row is a change of its own; all at once,
or nothing. What the sheet does not tell of an enterprise stays; who is not in the sheet stays too, and is counted.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.cli import changes, steps
from ledger.cli.adjusting import tell_cooling
from ledger.cli.changes import Difference, derive_differences, tell_field
from ledger.cli.declaring import is_declared
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, seal_private
from ledger.cli.sheets import Import
from ledger.cli.speech import print_table, say, tr
from ledger.cli.words import SUB_ROSTERS, name
from ledger.intake import Reading
from ledger.intake.targets import PERSONAL_CODE
from ledger.office.compose import derive_list, format_body
from ledger.office.record import Record
from ledger.office.rows import Target
from ledger.proof.errors import Refused
from ledger.views.rosters import find_overlaps, find_targets

SHOWN = 20
"""How many rows are shown; all are in the JSON."""


@dataclass
class Delta:
    """A sheet beside a year's roster.

    before        the roster's rows by code
    after         the rows that are new or differ, by code
    told          the codes of the sheet that stand on the roster afterwards
    missing_here  codes that the sheet has as closed, and the roster does not have
    private       names that are persons', by code and field
    """

    before: dict[str, Target]
    after: dict[str, Target] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    missing_here: list[str] = field(default_factory=list)
    private: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def added(self) -> list[str]:
        """The codes that are new."""
        return [code for code in self.after if code not in self.before]

    @property
    def differences(self) -> dict[str, list[Difference]]:
        """The codes whose row changes, with what changes."""
        return {
            code: derive_differences(self.before[code], row) for code, row in self.after.items() if code in self.before
        }

    @property
    def not_in_file(self) -> list[str]:
        """The codes of the roster of which the sheet says nothing."""
        return sorted(self.before.keys() - {*self.told})

    @property
    def is_slow(self) -> bool:
        """Whether a change has to cool off."""
        pairs = ((self.before[code], row) for code, row in self.after.items() if code in self.before)
        return any(before.rule_attributes() != row.rule_attributes() for before, row in pairs)

    def report(self) -> dict[str, Any]:
        """Return the reconciliation as JSON."""
        differences = self.differences
        fields = Counter(one.field for several in differences.values() for one in several)
        return {
            "rows": len(self.told) + len(self.missing_here),
            "added": self.added,
            "changed": {code: [one._asdict() for one in several] for code, several in differences.items()},
            "changed_by_field": dict(sorted(fields.items())),
            "unchanged": len(self.told) - len(self.after),
            "missing_here": self.missing_here,
            "not_in_file": self.not_in_file,
        }


def derive_delta(record: Record, year: int, reading: Reading, sub_roster: str) -> Delta:
    """Return what a sheet changes on a year's roster, approved or declared.

    sub_roster  of new enterprises for which the sheet names none

    Raises Refused where there is no roster yet, or an enterprise is declared twice.
    """
    delta = Delta(find_targets(record, year))
    if not delta.before:
        raise Refused(f"no target roster is declared for {year}: import it whole first, without --delta")
    for code, names in find_overlaps(record, year).items():
        raise Refused(f"{code} stands in two sub-rosters, {names[0]} and {names[1]}")
    sealed = changes.find_sealed(record, year)
    for told in reading.rows:
        row, code = dict(told), told["id"]
        private = dict(reading.private.get(code, {}))
        if "name" in row and (code in sealed or code.startswith(PERSONAL_CODE)):
            private["name"] = row.pop("name")
        before = delta.before.get(code)
        if before is None and row.get("status") == "closed":
            delta.missing_here.append(code)
            continue
        start = {"sub_roster": sub_roster, "status": "open"} if before is None else format_body(before)
        if before is None and not ("name" in row or private):
            raise Refused(f"{code} is not on the roster yet, and the sheet gives no name for it")
        if private:
            start.pop("name", None)
            delta.private[code] = private
        delta.told.append(code)
        target = Target.model_validate({**start, **row})
        if target != before:
            delta.after[code] = target
    return delta


def hand_in(installation: Installation, desk: Desk, year: int, delta: Delta, reason: str) -> int | None:
    """Record a delta; return the last index, None where there is nothing to record. Raises what the rules raise."""
    if year in desk.record.targets.approved:
        return changes.change_targets(desk, year, [*delta.after.values()], reason) if delta.after else None
    rows = {**delta.before, **delta.after}
    touched = {rows[code].sub_roster for code in delta.told}
    touched |= {delta.before[code].sub_roster for code in delta.told if code in delta.before}
    entries: list[bytes] = []
    with installation.open_openings() as table:
        for name in sorted(touched):
            listed = derive_list([format_body(row) for row in rows.values() if row.sub_roster == name])
            private = {code: delta.private[code] for code in delta.private if rows[code].sub_roster == name}
            sealed, openings = seal_private(f"targets/{year}/{name}", "targets.declared/1", private)
            targets = desk.record.targets
            before = targets.declared.get((year, name)), targets.private.get((year, name))
            if not is_declared(desk, table, before, listed.ref, private, {*private}):
                table.add(openings)
                kept = [row for row in _read_sealed(desk.record, year, name) if row["id"] not in private]
                kept = [row for row in kept if row["id"] in rows and rows[row["id"]].sub_roster == name]
                entries += steps.prepare_targets(desk, year, name, listed, [*kept, *sealed])
    return desk.hand_in(entries)[-1] if entries else None


def _read_sealed(record: Record, year: int, name: str) -> list[dict[str, Any]]:
    private = record.targets.private.get((year, name))
    return [json.loads(leaf) for leaf in record.lists.leaves(private)] if private is not None else []


def import_delta(job: Import, reading: Reading, year: int, sub_roster: str, reason: str, keys: list[Path]) -> None:
    """Reconcile a sheet with a year's roster, tell what it changes, and record that."""
    if not job.installation.is_founded:  # and nothing to be founded: there is no roster to reconcile it with
        raise Refused(f"no target roster is declared for {year}: import it whole first, without --delta")
    if job.is_dry:
        with job.installation.open_book() as book:
            _tell(job, derive_delta(book.record, year, reading, sub_roster), None)
        return
    with job.open_desk(keys) as desk:
        delta = derive_delta(desk.record, year, reading, sub_roster)
        is_approved = year in desk.record.targets.approved
        index = hand_in(job.installation, desk, year, delta, reason)
        days = desk.policy.periods.cooling_off_days
    _tell(job, delta, index)
    if is_approved and delta.is_slow and not job.as_json:
        tell_cooling(days)


def _name_sub_roster(id: str) -> str:
    return name(SUB_ROSTERS, id) if id in SUB_ROSTERS else id


def _tell(job: Import, delta: Delta, index: int | None) -> None:
    """Say what a delta changes: the numbers, then each row, as far as there is room; all of it in the JSON."""
    report = delta.report()
    if job.as_json:
        job.tell_report({**report, "imported": index is not None, "index": index})
        return
    numbers = {kind: len(report[kind]) for kind in ("added", "changed", "missing_here", "not_in_file")}
    say(
        f"与名录核对：{report['rows']} 行，新增 {numbers['added']} 户，变更 {numbers['changed']} 户，"
        f"无变化 {report['unchanged']} 户，名录中没有的注销户 {numbers['missing_here']} 户，"
        f"名录中未列入此表的 {numbers['not_in_file']} 户（不变）",
        f"reconciled: {report['rows']} rows: {numbers['added']} added, {numbers['changed']} changed, "
        f"{report['unchanged']} unchanged, {numbers['missing_here']} closed ones that are not here, "
        f"{numbers['not_in_file']} of the roster not in the file (they stay)",
    )
    for field_name, number in report["changed_by_field"].items():
        say(f"  {tell_field(field_name)}：{number} 户", f"  {field_name}: {number}")
    rows = [[tr("新增", "added"), code, _name_sub_roster(delta.after[code].sub_roster)] for code in report["added"]]
    rows += [
        [tr("变更", "changed"), code, *(one.tell() for one in several)] for code, several in delta.differences.items()
    ]
    rows += [[tr("名录中没有", "not here"), code, ""] for code in report["missing_here"]]
    if rows:
        print_table(tr("核对 代码 内容", "what code content").split(), rows[:SHOWN])
    if len(rows) > SHOWN:
        say(f"另有 {len(rows) - SHOWN} 户，见 --json", f"and {len(rows) - SHOWN} more: see --json")
    if index is not None:
        say(f"已记入日志，至第 {index} 条", f"recorded in the log, up to entry {index}")
    elif not job.is_dry:
        say("没有变化，未再记录。", "No change; nothing was recorded.")
