"""Whose signatures an event needs: the policy's table of roles, and who holds a role here.

The table stands in the log (R13 to R16, R33, R39 to R42), so the verifier checks every event against it as it stood
at that index. The first role is the acting unit's; every further one is a different unit's: four eyes are two people.
"""

from typing import TYPE_CHECKING

from ledger.office.policy import SERVICE, Policy
from ledger.office.rule import Parties
from ledger.proof.errors import Unauthorised
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

Slot = frozenset[str]
"""The units of which one has to sign."""


def derive_slots(policy: Policy, event: Event, office: str | None, parties: Parties) -> list[Slot]:
    """Return, for each signature that an event needs, the units that may give it; the acting unit's first.

    office   the office whose table of organiser, supervisor and leader applies
    parties  roles that depend on the event: owner, section, host; homes is one signature of each of its units

    Raises Unauthorised if the policy's table does not name the type, or asks for the home units of officers where none
    are: then nobody may sign it.
    """
    roles = policy.authority.get(event.type)
    if roles is None:
        raise Unauthorised(f"{event.type}: the policy's table of duties does not name it, so nobody may sign it")
    slots: list[Slot] = []
    for role in roles:
        if role == "homes":
            if "homes" not in parties:
                raise Unauthorised(
                    f"{event.type}: the policy's table of duties asks for homes, and no officers are on what it is "
                    "about, so nobody may sign it"
                )
            slots += [frozenset([unit]) for unit in sorted(parties["homes"])]
        else:
            holders = parties.get(role) or _holders(policy, role, office)
            if role == "supervisor" and holders in slots:
                # The supervisor does not approve what its own section enters: the leader signs instead.
                holders = _holders(policy, "leader", office)
            slots.append(holders)
    return slots


def _holders(policy: Policy, role: str, office: str | None) -> Slot:
    if role == "any":
        return frozenset(policy.units)
    if role == "service":
        return frozenset([SERVICE])
    table = policy.offices.get(office or "bureau")
    if table is None or role not in ("organiser", "supervisor", "leader"):
        return frozenset()
    return frozenset([getattr(table, role)])


def check_signatures(record: "Record", event: Event, slots: list[Slot]) -> None:
    """Check that exactly the signatures needed stand under an event, each by a key in force.

    Raises BadSignature for one that is unknown or does not verify, Unauthorised for one by a unit without the duty.
    """
    units: list[str] = []
    for line in event.signatures:
        key = record.keys.in_force(record, event, line)
        record.check_signature(key.verifier, event.text, line)
        units.append(key.unit)
    if len(units) == 1 and len(slots) == 1 and units[0] == event.unit and event.unit in slots[0]:
        return
    if not _is_filled(event.unit, units, slots):
        wanted = " + ".join("|".join(sorted(slot)) or "nobody" for slot in slots)
        wanted = wanted if len(wanted) < 200 else wanted[:200] + "…"
        raise Unauthorised(
            f"{event.type} on {event.subject}: acted {event.unit}, signed {' + '.join(units) or 'nobody'}; "
            f"expected {wanted}"
        )


def _is_filled(acting: str, units: list[str], slots: list[Slot]) -> bool:
    if len(set(units)) != len(units) or len(units) != len(slots) or acting not in units:
        return False
    others = [unit for unit in units if unit != acting]
    return acting in slots[0] and _is_matched(others, slots[1:])


def _is_matched(units: list[str], slots: list[Slot]) -> bool:
    """Tell whether every unit can be given a slot of its own: augmenting paths, so that long rows cost little."""
    holder: dict[int, str] = {}
    return all(_place(unit, slots, holder, set()) for unit in units)


def _place(unit: str, slots: list[Slot], holder: dict[int, str], tried: set[int]) -> bool:
    """Give a unit a slot, whose holder is given another one if need be. No closure: each would be a cycle."""
    for index, slot in enumerate(slots):
        if unit in slot and index not in tried:
            tried.add(index)
            if index not in holder or _place(holder[index], slots, holder, tried):
                holder[index] = unit
                return True
    return False
