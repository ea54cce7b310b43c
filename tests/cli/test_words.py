"""What ids mean: every id of the events has its words in both languages, and no other id has any."""

import re
from typing import Any, get_args

import pytest

from ledger.cli import words
from ledger.cli.countersigning import FIELDS
from ledger.cli.words import Meanings
from ledger.office.events.cases import CaseUrged, RecusalReason, VisitRecorded
from ledger.office.events.draws import VoidReason
from ledger.office.events.followup import Authority, CaseClosed, PenaltyDecided
from ledger.office.events.inspections import InspectionApproved, InspectionCancelled
from ledger.office.events.log import LogClosed, OpeningsErased
from ledger.office.events.opinions import OpinionGiven
from ledger.office.events.publication import Outcome, PublicationWithdrawn
from ledger.office.events.rosters import ConflictDeclared
from ledger.office.policy import Policy, read_default_policy
from ledger.office.rows import Kind, Risk, Scale, Status
from ledger.office.rule import RULES

TABLES: dict[str, Any] = {
    "KINDS": Kind,
    "VOID_REASONS": VoidReason,
    "RECUSAL_REASONS": RecusalReason,
    "OUTCOMES": Outcome,
    "URGINGS": CaseUrged.model_fields["reason"].annotation,
    "VISIT_MODES": VisitRecorded.model_fields["mode"].annotation,
    "PARTY_SIGNATURES": VisitRecorded.model_fields["party"].annotation,
    "AUTHORITIES": Authority,
    "PENALTIES": PenaltyDecided.model_fields["kind"].annotation,
    "CLOSINGS": CaseClosed.model_fields["outcome"].annotation,
    "PUBLISHED_KINDS": PublicationWithdrawn.model_fields["of"].annotation,
    "WITHDRAWALS": PublicationWithdrawn.model_fields["reason"].annotation,
    "INSPECTION_KINDS": InspectionApproved.model_fields["kind"].annotation,
    "CANCELLATIONS": InspectionCancelled.model_fields["reason"].annotation,
    "ERASURES": OpeningsErased.model_fields["reason"].annotation,
    "TARGET_STATUSES": Status,
    "TARGET_RISKS": Risk,
    "TARGET_SCALES": Scale,
    "CLOSING_REASONS": LogClosed.model_fields["reason"].annotation,
    "OPINION_KINDS": OpinionGiven.model_fields["kind"].annotation,
    "CONFLICT_REASONS": ConflictDeclared.model_fields["reason"].annotation,
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_ids_of_its_type(name: str) -> None:
    assert tuple(getattr(words, name)) == get_args(TABLES[name])


@pytest.mark.parametrize("name", [name for name in dir(words) if isinstance(getattr(words, name), dict)])
def test_every_meaning_is_in_both_languages(name: str) -> None:
    if name.startswith("_"):
        return
    table: Meanings = getattr(words, name)
    assert table
    for zh, en in table.values():
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert re.fullmatch(r"[A-Za-z][\x20-\x7e]+", en)


def test_every_type_of_event_has_its_words() -> None:
    assert sorted(words.EVENTS) == sorted(RULES)
    for (type, field), meanings in FIELDS.items():
        kind: Any = RULES[type].body
        for name in field.split("."):
            kind = kind.model_fields[name].annotation
        assert tuple(meanings) in (get_args(kind), get_args(get_args(kind)[0])), (type, field)


def test_a_unit_is_called_by_its_name_and_one_without_a_name_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Policy.model_validate(read_default_policy())
    for locale, names in (
        ("zh_CN.UTF-8", ["执法监察科", "坂田街道安监办", "区局", "x/y"]),
        ("C", ["Enforcement section", "Bantian street work-safety office", "the bureau", "x/y"]),
    ):
        monkeypatch.setenv("LC_ALL", locale)
        units = ("bureau/enforcement", "street/bantian", "bureau", "x/y")
        assert [words.name_unit(policy, unit) for unit in units] == names
