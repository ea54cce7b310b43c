"""A hostile policy, whose tables do not fit what stands in the record: each entry is taken or refused, none crashes."""

from copy import deepcopy
from typing import Any

import pytest

from forge import ENFORCEMENT, SUPERVISOR, Fields, assert_refused, forge, read_fields, read_signers, sign
from ledger.office import record as office_record
from ledger.office.compose import format_body
from ledger.office.policy import Policy
from ledger.office.rule import RULES
from ledger.proof.errors import LedgerError, Malformed, Unauthorised
from month import month_entries, month_types, records_before
from office.test_mutation import mutations
from world import World, make_policy

PLAIN: dict[str, Any] = {name: value for name, value in format_body(make_policy()).items() if name != "precedence"}
HOSTILE: dict[str, dict[str, Any]] = {
    "no sub-roster": {"sub_rosters": {}, "key_lists": {}},
    "no street": {"offices": {"bureau": PLAIN["offices"]["bureau"]}, "fallback_roster": "bureau"},
    "no basis": {"bases": {}, "agencies": {}},
    "nobody has a duty": {"authority": {}},
    **{f"only {role}": {"authority": {type: [role] for type in RULES}} for role in ("homes", "host", "section")},
    "unwitnessed": {"witnesses": {"keys": {}, "quorum": 0}},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("is_signed", [True, False], ids=["duties checked", "duties passed over"])
def test_no_entry_crashes_under_a_hostile_policy(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], is_signed: bool
) -> None:
    policy = Policy.model_validate({**PLAIN, **changes})
    if not is_signed:
        monkeypatch.setattr(office_record, "check_signatures", lambda *_: None)
    first = {type: index for index, type in reversed([*month_types()])}
    refused = 0
    for index in (index for type, index in first.items() if type != "log.founded/1"):
        fields, signers = read_fields(month_entries()[index]), read_signers(month_entries()[index])
        bodies = [fields["body"], *(body for _, body in [*mutations(fields["body"])][:2])]
        for body in bodies:
            record = deepcopy(records_before()[index])
            record.policies = [(0, policy)]
            try:
                record.append(sign({**fields, "body": body}, *signers))
            except LedgerError:
                refused += 1
    assert refused


def test_a_table_of_duties_that_asks_for_officers_where_none_are_lets_nobody_sign() -> None:
    world = World(authority={**make_policy().authority, "policy.adopted/1": ("homes",)})
    body: Fields = {"policy": format_body(world.policy)}
    entry = forge(world, "policy.adopted/1", "policy", body, ENFORCEMENT)
    assert_refused(world.record, entry, Unauthorised, "asks for homes")


def test_a_policy_without_the_bureaus_office_is_refused() -> None:
    world = World()
    body = format_body(world.policy)
    del body["offices"]["bureau"]
    entry = forge(world, "policy.adopted/1", "policy", {"policy": body}, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, "no office bureau")
