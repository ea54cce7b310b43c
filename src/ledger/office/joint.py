"""Joint draws (部门联合抽查): who leads, and who takes part with it.

Each is a unit of the policy or an outside agency that it names. However many go along, an enterprise is visited once
and stands on one sheet, so a joint visit counts once for its yearly cap (深府规〔2025〕6号).
"""

from ledger.office.events.draws import DrawOpened
from ledger.office.policy import Policy
from ledger.office.rule import check_same, refuse_unless
from ledger.proof.event import Event


def check_parties(event: Event, policy: Policy, office: str, body: DrawOpened, is_joint: bool) -> None:
    """Check that a joint draw, and no other, names a leader and who takes part, one of them of its own office.

    Raises Refused.
    """
    named = [one for one in (body.lead, *(body.participants or ())) if one is not None]
    if not is_joint:
        refuse_unless(not named, event, "only a joint draw names who leads and who takes part")
        return
    refuse_unless(body.lead is not None, event, "a joint draw names who leads it")
    refuse_unless(body.participants, event, "a joint draw names who takes part beside its leader")
    for one in named:
        is_known = one in policy.units or one in policy.agencies
        refuse_unless(is_known, event, f"{one} is neither a unit nor an agency of the policy")
    refuse_unless(body.lead not in (body.participants or ()), event, f"{body.lead} leads, and takes part beside itself")
    own = [one for one in named if one in policy.units and policy.units[one].office == office]
    refuse_unless(own, event, f"no unit of {office} leads or takes part")


def check_same_parties(body: DrawOpened, before: DrawOpened) -> None:
    """Check that a supplementary draw is of the same parties as the one that it follows. Raises Mismatch."""
    check_same("lead", body.lead, before.lead)
    check_same("participants", body.participants, before.participants)
