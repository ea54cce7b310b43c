"""What a unit would sign next: prepared by the service, signed by the unit, taken by the rules."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ledger.cli import steps
from ledger.cli.installation import Installation
from ledger.proof.event import format_entry, parse_event
from serving.served import UNIT, Answer, Service, serve


def prepare(service: Service, **asked: Any) -> Answer:
    """Ask what a unit would sign."""
    return service.ask("POST", "/api/v1/prepare", json.dumps(asked), Content_Type="application/json")


def suggestion(**changes: Any) -> dict[str, Any]:
    year = time.strftime("%Y", time.gmtime(time.time() + 8 * 3600))
    event = {"type": "suggestion.made/1", "subject": f"suggestion/{year}/0001", "unit": UNIT, "body": {"text": "建议"}}
    return {"step": "event", **event, **changes}


def test_what_is_prepared_is_signed_and_taken(service: Service) -> None:
    prepared = prepare(service, **suggestion())
    assert prepared.status == 200, prepared.body
    assert prepared.json()["units"] == [UNIT]
    entry = format_entry(prepared.json()["text"], [service.signer()])
    assert parse_event(entry, service.record.origin or "").body == {"text": "建议"}
    assert service.submit(entry).status == 200
    again = prepare(service, **suggestion(body={"text": "又一"}))
    assert parse_event(format_entry(again.json()["text"], [service.signer()]), service.record.origin or "").after == 1


def test_a_step_whose_body_follows_from_the_record_is_derived(folder: Path) -> None:
    installation = Installation(folder)
    rows = [{"id": "91440300MA5F0TLY5A", "sub_roster": "hazchem", "status": "open", "street": "street/pinghu"}]
    with installation.open_own_desk() as (_, desk):
        steps.declare_targets(desk, 2026, "hazchem", rows)
    with serve(folder) as service:
        prepared = prepare(service, step="approve-targets", year=2026).json()
        assert prepared["units"] == ["bureau/enforcement", "bureau/legal-publicity", "bureau/leadership"]
        entry = format_entry(prepared["text"], [service.signer(unit) for unit in prepared["units"]])
        assert parse_event(entry, service.record.origin or "").body["total"] == 1
        assert service.submit(entry).status == 200


def test_nothing_is_handed_in(service: Service) -> None:
    prepare(service, **suggestion())
    assert service.size == 1


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 400, "malformed"),
        ({"step": "dance"}, 400, "malformed"),
        ({"step": "commit-seed", "slot": "bureau/2027-01/001", "share": "00"}, 400, "malformed"),
        (suggestion(type="nothing.known/1"), 422, "refused"),
        (suggestion(subject="elsewhere"), 400, "malformed"),
        (suggestion(subject="\ud800"), 400, "malformed"),
        (suggestion(body={"text": 1}), 400, "malformed"),
        (suggestion(body={"text": "x", "more": "y"}), 400, "malformed"),
        (suggestion(body={"text": "\ud800"}), 400, "malformed"),
        (suggestion(unit="No Unit"), 400, "malformed"),
        (suggestion(extra=1), 400, "malformed"),
        ({"step": "approve-officers", "year": 2027, "roster": "nowhere"}, 422, "refused"),
        ({"step": "freeze-draw", "slot": "bureau/2027-01/001", "draw_at": "2027-01-04T02:00:00Z"}, 422, "refused"),
        ({"step": "freeze-draw", "slot": "bureau/2027-01/001", "draw_at": "soon"}, 400, "malformed"),
        ({"step": "execute-draw", "slot": "bureau/2027-01/001", "unit": UNIT}, 422, "refused"),
    ],
)
def test_what_cannot_be_prepared_is_a_problem(shared: Service, asked: dict[str, Any], status: int, code: str) -> None:
    answer = prepare(shared, **asked)
    assert (answer.status, answer.code) == (status, code), answer.body


@pytest.mark.parametrize(
    "body", ["", "{", "[" * 100_000, "[" * 400_000 + "]" * 400_000, '{"step": NaN}', "1" * 9_999, "\0"]
)
def test_what_is_no_json_is_malformed(shared: Service, body: str) -> None:
    answer = shared.ask("POST", "/api/v1/prepare", body, Content_Type="application/json")
    assert (answer.status, answer.code) == (400, "malformed")


def test_too_much_json_is_too_large(shared: Service) -> None:
    answer = shared.ask("POST", "/api/v1/prepare", "x" * (1 << 20) + "x", Content_Type="application/json")
    assert (answer.status, answer.code) == (413, "too-large")
