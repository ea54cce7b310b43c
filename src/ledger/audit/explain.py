"""What a draw meant for one enterprise, and why: shown from the draw's bundle to the enterprise's owner.

Either it stands in the pool: then its place there, its ticket, where that stands among all tickets of its stratum, and
who was to inspect what if it was drawn. Or it does not: then the two neighbours between which it would have to stand.
Each answer names the shell line that computes the ticket again with nothing but sha256sum.

The bundle is replayed first: what is explained follows from its log. Whose log it is, `verify` says.
Specification: docs/spec/draw.md, sections 1, 4 and 10; docs/spec/log.md, section 1.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import overload

from ledger.audit.bundle import CHECKPOINT, derive_bundle, find_slot, read_bundle_entries
from ledger.audit.container import parse_container
from ledger.audit.explanation import Explanation, Inspection, Leaf, Ticket, Words, format_explanation
from ledger.audit.readme import derive_marks
from ledger.audit.remarks import derive_remarks
from ledger.audit.report import Report
from ledger.audit.verify import Terms, verify_log
from ledger.office.draws import Draw
from ledger.office.ground import PoolLeaf
from ledger.office.outcome import Outcome, Sheet
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.office.targets import Listing
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.draw import derive_sub_seed, derive_ticket
from ledger.proof.encoding import check_code
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.merkle import Neighbour, Tree, derive_leaf_hash, prove_absence
from ledger.proof.note import parse_note
from ledger.proof.randomness import CheckPairing

__all__ = ["Explainer", "Explanation", "explain", "explain_in", "format_explanation"]

MATCHES = 10
"""How many enterprises are named where a name is several's."""


def explain(code: str, data: bytes, pairing: CheckPairing | None = None) -> Explanation:
    """Return what a draw meant for one enterprise.

    code     as the record writes it; if there is none such, also without spaces and in capitals, and as `reg:` + that;
             or the whole name of one enterprise of the year's roster
    data     the draw's bundle
    pairing  checks drand rounds; None leaves them unchecked

    Raises Malformed if the bundle cannot be read or this cannot be a code, Mismatch if the bundle fails a check,
    Refused for a name, with the enterprises whose names have it.
    """
    record, draw = _read_draw(data, pairing)
    return explain_in(record, draw, code)


def explain_in(record: Record, draw: Draw, code: str) -> Explanation:
    """Return what a draw of a record meant for one enterprise; the record was checked when it was replayed.

    Raises Malformed if this cannot be a code; Refused for a name, and where the outcome is not there or is sealed.
    """
    return Explainer(record, draw).explain(code)


class Explainer:
    """Explains a draw of a record to one enterprise after the other; what all explanations share is derived once."""

    def __init__(self, record: Record, draw: Draw) -> None:
        """Take a draw. Raises Refused where the outcome is not there or is sealed."""
        if not draw.executed:
            raise Refused(f"draw/{draw.slot}: there is no outcome yet")
        self._record, self._draw = record, draw
        self._outcome = derive_draw_outcome(draw)
        self._ids = [leaf.target.id for leaf in draw.ground.pool]
        self._places = {id: index for index, id in enumerate(self._ids)}
        self._leaves = _Leaves(draw.ground.pool)
        self._tree = Tree(map(derive_leaf_hash, self._leaves))
        self._ranked: dict[str, list[str]] = {}
        self._marks = tuple(Words(zh, en) for zh, en in (*derive_marks(draw), *derive_remarks(draw)))

    def explain(self, code: str) -> Explanation:
        """Return what the draw meant for one enterprise; raises as `explain_in` does of its code."""
        record, draw, ground, outcome = self._record, self._draw, self._draw.ground, self._outcome
        roster = record.targets.roster(int(draw.month[:4]))
        found = _find_spelling(code, self._places, roster)
        place = self._places.get(found)
        pool_leaf = None if place is None else ground.pool[place]
        sheet = outcome.find(found)
        listing = roster.get(found)
        return Explanation(
            origin=record.origin or "",
            size=record.size,
            root=record.tree.root().hex(),
            slot=draw.slot,
            seed=outcome.seed,
            asked=code,
            code=found,
            pool_root=ground.pool_ref.root,
            pool_size=len(ground.pool),
            registered=listing is not None and listing.listed < ground.size,
            leaf=None if place is None else _leaf(self._tree, self._leaves[place], place, found),
            neighbours=() if place is not None else self._find_neighbours(found),
            stratum=pool_leaf.stratum if pool_leaf else None,
            sub_roster=_name_sub_roster(draw, pool_leaf.target.sub_roster) if pool_leaf else None,
            excluded=pool_leaf.excluded if pool_leaf else None,
            ticket=self._find_ticket(pool_leaf) if pool_leaf and pool_leaf.excluded is None else None,
            inspection=None if sheet is None else _inspection(record, draw, outcome, sheet),
            outcome_root=outcome.ref.root,
            outcome_size=len(outcome.sheets),
            marks=self._marks,
        )

    def _find_neighbours(self, code: str) -> tuple[Leaf, ...]:
        absence = prove_absence(code, self._ids, self._leaves, self._tree)
        return tuple(_from_neighbour(one) for one in (absence.before, absence.after) if one is not None)

    def _find_ticket(self, leaf: PoolLeaf) -> Ticket:
        code, stratum, outcome = leaf.target.id, leaf.stratum, self._outcome
        sub_seed = derive_sub_seed(outcome.seed, "pool", stratum)
        ticket = derive_ticket(sub_seed, code)
        if stratum not in self._ranked:  # a ticket's length is fixed, so with the code after it the order is the draw's
            eligible = self._draw.ground.eligible(stratum)
            self._ranked[stratum] = sorted(derive_ticket(sub_seed, other) + other for other in eligible)
        ranked = self._ranked[stratum]
        (drawn,) = (drawn for drawn in outcome.strata if drawn.id == stratum)
        return Ticket(
            sub_seed=sub_seed,
            ticket=ticket,
            rank=1 + bisect_left(ranked, ticket + code),
            eligible=len(ranked),
            drawn=drawn.drawn,
            threshold=drawn.largest_ticket,
            commands=(
                f"printf '%s|pool|%s' {outcome.seed} {quote(stratum)} | sha256sum",
                f"printf '%s%s' {sub_seed} {quote(code)} | sha256sum",
            ),
        )


class _Leaves(Sequence[bytes]):
    """The bytes of a pool's leaves, each written when it is asked for: together they are as large as the roster."""

    def __init__(self, pool: Sequence[PoolLeaf]) -> None:
        self._pool = pool

    def __len__(self) -> int:
        return len(self._pool)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [leaf.format() for leaf in self._pool[index]]
        return self._pool[index].format()


def _read_draw(data: bytes, pairing: CheckPairing | None) -> tuple[Record, Draw]:
    """Return the record and the draw of a bundle that has been replayed whole."""
    files = parse_container(data)
    checkpoint = files.get(CHECKPOINT, b"")
    size = parse_checkpoint(parse_note(checkpoint).text).size
    entries = read_bundle_entries(files, size)
    report = Report("bundle")
    slot = find_slot(files)
    record = verify_log(report, checkpoint, entries, Terms(pairing=pairing), is_exact=True, slot=slot).record
    for finding in report.with_status("failed"):
        raise Mismatch(f"the bundle fails check {finding.check.number}, {finding.check.id}: {finding.reason.en}")
    if derive_bundle(record, entries, checkpoint, slot) != files:
        raise Mismatch("the bundle fails check 24, files: its lists are not what its log gives")
    return record, record.draws.by_slot[slot]


def _name_sub_roster(draw: Draw, sub_roster: str) -> Words:
    known = draw.policy.sub_rosters.get(sub_roster)
    return Words(sub_roster, sub_roster) if known is None else Words(known.names.zh, known.names.en)


def _find_spelling(asked: str, places: Mapping[str, int], roster: Mapping[str, Listing]) -> str:
    """Return the spelling of a code that stands in the pool; if none does, the first that can be a code at all."""
    tidy = "".join(asked.split()).upper().removeprefix("REG:")
    spellings = (asked, tidy, f"reg:{tidy}")
    for spelling in spellings:
        if spelling in places:
            return spelling
    if not asked.lower().startswith("reg:") and (named := _find_named(asked, roster)) is not None:
        return named
    for spelling in spellings[:2]:
        try:
            return check_code(spelling)
        except Malformed:
            continue
    return check_code(f"reg:{tidy}")


def _find_named(asked: str, roster: Mapping[str, Listing]) -> str | None:
    """Return the code of the one enterprise of a name; None where what was asked for is rather a code.

    Raises Refused for a name that is none's or several's, or only a part of one.
    """
    is_chinese = re.search(r"[\u4e00-\u9fff]", asked) is not None
    if not is_chinese and re.search(r"[0-9]", asked):
        return None
    wanted = "".join(asked.split()).casefold()
    names = {id: listing.newest.name or "" for id, listing in roster.items()}  # empty where it is sealed
    found = {id: name for id, name in names.items() if wanted and wanted in "".join(name.split()).casefold()}
    whole = [id for id, name in found.items() if "".join(name.split()).casefold() == wanted]
    if len(whole) == 1:
        return whole[0]
    if found:
        listed = ", ".join(f"{id} {name}" for id, name in sorted(found.items())[:MATCHES])
        raise Refused(
            f"{asked!r} is in the names of {len(found)} enterprises of the year's roster: expected the code of one; "
            f"the first are {listed}"
        )
    if is_chinese:
        raise Refused(
            f"{asked!r} is in no public name of the year's roster: expected a credit code, or reg: and a number; names "
            "of persons are sealed"
        )
    return None


def _leaf(tree: Tree, leaf: bytes, index: int, code: str) -> Leaf:
    path = tree.prove_inclusion(index, len(tree))
    return Leaf(code, leaf.decode(), index, tuple(node.hex() for node in path))


def _from_neighbour(one: Neighbour) -> Leaf:
    return Leaf(one.id, one.leaf.decode(), one.index, tuple(node.hex() for node in one.path))


def _inspection(record: Record, draw: Draw, outcome: Outcome, sheet: Sheet) -> Inspection:
    case = record.cases.by_subject.get(f"case/{draw.slot}/{sheet.number}")
    contents = {item.id: item.content for item in draw.ground.items}
    names = draw.policy.units[sheet.host].names
    tree = Tree(derive_leaf_hash(one.format()) for one in outcome.sheets)
    return Inspection(
        leaf=_leaf(tree, sheet.format(), outcome.sheets.index(sheet), sheet.code),
        host=sheet.host,
        host_names=Words(names.zh, names.en),
        officers=sheet.officers,
        serving=None if case is None else tuple(case.officers),
        items=tuple((item, contents[item]) for item in sheet.items),
        deadline=sheet.deadline,
    )
