"""What is on the registries: enterprises, officers, check items, units and their keys, as the record has them.

Only what is public: an enterprise's code and name, and who the officers are, as the policy's `publication` lets them
be shown. A row is JSON-able: strings, numbers, booleans, lists of strings, None.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ledger.office.lists import parse_rows
from ledger.office.masking import SEALED_NAME, mask_name
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.rows import ITEM
from ledger.proof.errors import Refused
from ledger.proof.note import format_vkey

Row = dict[str, Any]


def find_policy(record: Record) -> Policy:
    """Return the policy in force where the record ends. Raises Refused of an empty record."""
    if not record.size:
        raise Refused("the log is empty")
    return record.policy_at(record.times[-1])


def show_name(word: str, name: str | None) -> str:
    """Return an enterprise's name as it may be shown: public, masked or internal; None is one that is sealed."""
    if name is None or word == "internal":
        return SEALED_NAME
    return mask_name(name) if word == "masked" else name


def list_targets(record: Record, year: int | None = None, codes: Sequence[str] | None = None) -> list[Row]:
    """Return the enterprises on a year's roster, by code; the newest roster if no year is given.

    codes   those on the roster that are wanted, in the order that they are wanted in; None for all

    listed  index of the entry that listed it;  entry  of the one that made its row as it stands

    Raises Refused where none is approved.
    """
    fields, rows = find_policy(record).publication, []
    if year is None and not record.targets.approved:
        raise Refused("no target roster is approved yet")
    year = year or max(record.targets.approved)
    roster = record.targets.roster(year)
    for code in sorted(roster) if codes is None else codes:
        listing = roster[code]
        target = listing.newest
        rows.append(
            {
                "year": year,
                "id": code if fields.code == "public" else "",
                "name": show_name(fields.name, target.name),
                "sub_roster": target.sub_roster,
                "status": target.status,
                "street": target.street,
                "tags": list(target.tags or ()),
                "risk": target.risk,
                "scale": target.scale,
                "listed": listing.listed,
                "entry": listing.versions[-1][0],
            }
        )
    return rows


def list_officers(record: Record, year: int | None = None) -> list[Row]:
    """Return the officers on a year's rosters, roster by roster; their ids say nothing, and names are sealed.

    Raises Refused where none is approved.
    """
    is_shown = find_policy(record).publication.officers != "internal"
    years = {of for of, _ in record.officers.approved}
    if year is None and not years:
        raise Refused("no officer roster is approved yet")
    year = year or max(years)
    if year not in years:
        raise Refused(f"no officer roster is approved for {year}")
    return [
        {
            "year": year,
            "roster": roster,
            "id": officer.id if is_shown else "",
            "unit": officer.unit,
            "certificate_until": officer.certificate_until,
            "on_establishment": officer.on_establishment,
            "in_post": officer.in_post,
            "enrolled": officer.enrolled,
            "qualifications": list(officer.qualifications or ()),
        }
        for (of, roster), officers in sorted(record.officers.approved.items())
        if of == year
        for officer in sorted(officers.values(), key=lambda one: one.id)
    ]


def list_items(record: Record, year: int | None = None) -> list[Row]:
    """Return the check items of the edition published newest (R36). Raises Refused where none is."""
    if not record.plans.editions:
        raise Refused("no check-item list is published")
    edition = record.plans.editions[-1].published
    return [
        {
            "edition": edition.edition,
            "id": item.id,
            "content": item.content,
            "basis": item.basis,
            "basis_edition": item.basis_edition,
            "method": item.method,
            "authority": item.authority,
            "category": item.category,
            "applies_to": list(item.applies_to or ()),
        }
        for item in parse_rows(record.lists.leaves(edition.list), ITEM)
    ]


def list_keys(record: Record, year: int | None = None) -> list[Row]:
    """Return the units' keys, in order of enrolment.

    enrolled, revoked  indices of the entries; `state` is in-force, waiting or revoked
    """
    at = record.times[-1] if record.size else 0
    rows = []
    for key in record.keys.all():
        waited, wait = record.keys.waited_days(record, at, key)
        state = "revoked" if key.revoked is not None else "waiting" if waited < wait else "in-force"
        rows.append(
            {
                "unit": key.unit,
                "key": key.verifier.key_id.hex(),
                "state": state,
                "enrolled": key.index,
                "revoked": key.revoked,
                "vkey": format_vkey(key.verifier),
            }
        )
    return rows


def list_units(record: Record, year: int | None = None) -> list[Row]:
    """Return the units of the policy in force: names, office, what each is charged with, whether it has a key in force.

    duties  `organiser bureau`, `owner hazchem` and so on: a role, and the office or sub-roster
    """
    policy = find_policy(record)
    duties: dict[str, list[str]] = {unit: [] for unit in policy.units}
    for name, office in policy.offices.items():
        for role in ("organiser", "supervisor", "leader"):
            duties[getattr(office, role)].append(f"{role} {name}")
    for name, sub_roster in policy.sub_rosters.items():
        for role in ("owner", "host"):
            duties[getattr(sub_roster, role)].append(f"{role} {name}")
    for unit in policy.witnesses.keys:
        duties[unit].append("witness")
    with_key = {row["unit"] for row in list_keys(record) if row["state"] == "in-force"}
    return [
        {
            "id": id,
            "name_zh": unit.names.zh,
            "name_en": unit.names.en,
            "office": unit.office,
            "duties": duties[id],
            "has_key": id in with_key,
        }
        for id, unit in policy.units.items()
    ]


REGISTRIES: dict[str, Callable[[Record, int | None], list[Row]]] = {
    "targets": list_targets,
    "officers": list_officers,
    "items": list_items,
    "keys": list_keys,
    "units": list_units,
}
"""By name; the year counts for the rosters only."""
