"""The examples of docs/spec/events.md and bundle.md are what the code reads, checks and writes."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ledger.audit.bundle import derive_lists
from ledger.audit.container import format_container, parse_container
from ledger.office.draws import Draw
from ledger.office.events.body import ListRef
from ledger.office.events.draws import DrawOpened, FrozenStratum, OfficersRef, PoolRef, Recent, SeedCommitted
from ledger.office.ground import Ground, OfficerLeaf, PoolLeaf
from ledger.office.outcome import derive_outcome
from ledger.office.policy import Policy, read_default_policy
from ledger.office.rows import Item, Officer, Target
from ledger.office.rule import RULES
from ledger.proof.draw import derive_sub_seed
from ledger.proof.encoding import Hex, derive_hash, parse_time
from ledger.proof.event import parse_event
from ledger.proof.merkle import derive_leaf_hash
from ledger.proof.note import check_note, parse_note, parse_vkey
from ledger.proof.randomness import Chain, Round, derive_commitment, derive_dice_share

NOTHING = ListRef(root="0" * 64, count=0)
"""A root that no derived file shows."""


def blocks(page: Path) -> list[str]:
    """Return the fenced blocks of a page."""
    return re.findall(r"^```\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def events(root: Path) -> list[str]:
    return blocks(root / "docs" / "spec" / "events.md")


@pytest.fixture(scope="module")
def bundle(root: Path) -> list[str]:
    return blocks(root / "docs" / "spec" / "bundle.md")


def test_the_event_is_signed_as_shown(events: list[str]) -> None:
    entry = events[0].encode()
    vkey, digest, leaf = events[1].splitlines()
    assert hashlib.sha256(entry).hexdigest() == digest
    assert derive_leaf_hash(entry).hex() == leaf
    assert len(entry) == 493
    assert [key.name for key in check_note(parse_note(entry), [parse_vkey(vkey)])] == [vkey.split("+")[0]]


def test_the_event_says_what_the_page_says(events: list[str]) -> None:
    event = parse_event(events[0].encode(), "test.example/double-random")
    body, subject = RULES[event.type].parse(event)
    assert isinstance(body, SeedCommitted)
    assert (event.after, event.seen.size, event.unit) == (31, 32, "bureau/enforcement")
    share = derive_hash(f"{event.subject.removeprefix('draw/')} {event.unit}")
    assert derive_commitment(share) == body.commitment
    assert subject["number"] == "001"


def test_the_container_is_written_as_shown(bundle: list[str]) -> None:
    shown = bytes.fromhex("".join(re.findall(r"^ *([0-9a-f ]+?)(?:  .*)?$", bundle[0], re.MULTILINE)))
    files = {"a.txt": b"one\n", "b/c.txt": b"two\n"}
    assert shown == format_container(files)
    assert parse_container(shown) == files


@pytest.fixture(scope="module")
def worked(root: Path) -> dict[str, bytes]:
    """Return the derived files of the worked draw of draw.md."""
    vector = json.loads((root / "docs" / "spec" / "vectors" / "draw-1.json").read_text(encoding="utf-8"))
    return derive_lists(make_draw(vector["input"]))


def make_draw(given: dict[str, Any]) -> Draw:
    """Return the worked draw, with its outcome."""
    default = read_default_policy()
    periods = {**dict(default["periods"]), "visit_days": given["visit_days"]}  # type: ignore[call-overload]
    policy = Policy.model_validate({**default, "periods": periods})
    ground = make_ground(given)
    drand = given["drand"]
    chain = Chain("drand", Hex(drand["chain"]), "", drand["genesis"], drand["period"])
    revealed = {unit: derive_hash(text) for unit, text in given["share_texts"].items()}
    shares = revealed | {f"dice:{unit}": derive_dice_share(digits) for unit, digits in given["dice"].items()}
    results = [Round(chain, drand["round"], drand["signature"])]
    opened = DrawOpened(line="monthly", kind="monthly", mode="open", basis="work-safety-law-62")
    draw = Draw(given["slot"], "bureau", "2023-09", opened, policy, ground, "2023-09-01")
    draw.commitments = {unit: derive_commitment(share) for unit, share in revealed.items()}
    draw.commitments["street/pinghu"] = derive_hash("example commitment of street/pinghu")
    draw.shares, draw.missing = shares, tuple(given["missing"])
    draw.outcome = derive_outcome(
        given["slot"],
        derive_hash(given["frozen_text"]),
        ground,
        policy,
        parse_time(given["time"]),
        shares,
        draw.missing,
        list(results),
    )
    return draw


def make_ground(given: dict[str, Any]) -> Ground:
    """Return the frozen ground of the worked draw; its roots are not asked for."""
    pool = [
        PoolLeaf(
            Target(
                id=row["code"],
                sub_roster=row["sub_roster"],
                status="open",
                street=row["street"] or None,
                tags=tuple(row["tags"]) or None,
            ),
            row["stratum"],
            None,
        )
        for row in given["targets"]
    ]
    closed = Target(id="91440307EXAMPLE06X", sub_roster="hazchem", status="closed")
    pool.append(PoolLeaf(closed, "hazchem", "closed"))
    officers = [
        OfficerLeaf(
            Officer(
                id=officer,
                unit="bureau/enforcement" if roster == "bureau" else roster,
                certificate_until="2030-12-31",
                on_establishment=True,
                in_post=True,
                enrolled=True,
            ),
            roster,
            None,
        )
        for roster, members in given["officers"].items()
        for officer in members
    ]
    strata = [
        FrozenStratum(
            id=stratum,
            eligible=sum(row["stratum"] == stratum for row in given["targets"]),
            quota=quota,
            directed=True,
        )
        for stratum, quota in given["quotas"].items()
    ]
    words = {"content": "示例", "basis": "示例", "method": "示例", "authority": "示例"}
    return Ground(
        size=1,
        pool=tuple(sorted(pool, key=lambda leaf: leaf.target.id)),
        officers=tuple(sorted(officers, key=lambda leaf: leaf.officer.id)),
        items=tuple(Item.model_validate({**words, **item}) for item in given["items"]),
        items_ref=NOTHING,
        conflicts=tuple((officer, code) for officer, code in given["conflicts"]),
        strata=tuple(strata),
        crew=tuple(given["crew"]),
        fallback=given["fallback"],
        items_per_case=given["items_a_case"],
        recent=Recent(listed=0, cooling_off=0),
        pool_ref=PoolRef(root=NOTHING.root, count=len(pool), eligible=len(pool) - 1, excluded={"closed": 1}),
        officers_ref=OfficersRef(root=NOTHING.root, count=len(officers), eligible=len(officers)),
        conflicts_ref=NOTHING,
    )


def test_the_derived_files_are_those_of_the_worked_draw(bundle: list[str], worked: dict[str, bytes]) -> None:
    """Each block that begins with a path shows a whole file, or its first lines where it ends with an ellipsis."""
    shown = dict(block.split("\n", 1) for block in bundle if block.startswith("draw/"))
    for path, text in shown.items():
        found = worked[path].decode()
        if text.endswith("…\n"):
            assert found.startswith(text.removesuffix("…\n")), path
        else:
            assert found == text, path
    strata = {re.sub(r"(codes|drawn)/.*", r"\1/", path) for path in worked}
    assert {re.sub(r"(codes|drawn)/.*", r"\1/", path) for path in shown} == strata - {"draw/seed.txt"}


def test_a_ticket_of_the_page_comes_out_by_hand(worked: dict[str, bytes]) -> None:
    seed = hashlib.sha256(worked["draw/seed.txt"]).hexdigest()
    sub_seed = derive_sub_seed(Hex(seed), "pool", "hazchem")
    ticket, code = worked["draw/drawn/hazchem.txt"].decode().splitlines()[0].split(" ")
    assert hashlib.sha256(f"{sub_seed}{code}".encode()).hexdigest() == ticket
