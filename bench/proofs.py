"""Trees, proofs, notes and events: how far each is from the bare hash, or the bare JSON, that it stands on."""

import hashlib
import json

from bench.measure import Line, Work, compare, format_rate
from bench.world import ORIGIN, make_log
from ledger.proof.event import parse_event
from ledger.proof.merkle import Tree, check_consistency, check_inclusion, derive_leaf_hash
from ledger.proof.note import parse_note

LEAVES = 100_000
PROOFS = 5_000
EVENTS = 10_000
NODE = bytes(65)
"""What one node's hash is taken over: a byte and two hashes."""


def measure(rounds: int = 5) -> list[Line]:
    """Measure what each takes, as so many bare hashes of a node, or so many times reading plain JSON."""
    hashes = [derive_leaf_hash(b"%d" % number) for number in range(LEAVES)]
    tree = Tree(hashes)
    root = tree.root()
    step = LEAVES // PROOFS
    places = range(0, LEAVES, step)
    paths = [tree.prove_inclusion(place, LEAVES) for place in places]
    olds = range(1, LEAVES, step)
    trails = [tree.prove_consistency(old, LEAVES) for old in olds]
    roots = [tree.root(old) for old in olds]

    def check_inclusions() -> None:
        for place, path in zip(places, paths, strict=True):
            check_inclusion(hashes[place], place, LEAVES, path, root)

    def check_consistencies() -> None:
        for old, trail, old_root in zip(olds, trails, roots, strict=True):
            check_consistency(old, LEAVES, trail, old_root, root)

    works: dict[str, tuple[int, Work]] = {
        "tree, appending a leaf": (LEAVES, lambda: Tree(hashes)),
        "tree, root of an earlier size": (PROOFS, lambda: [tree.root(old) for old in olds]),
        "inclusion, proving": (PROOFS, lambda: [tree.prove_inclusion(place, LEAVES) for place in places]),
        "inclusion, checking": (PROOFS, check_inclusions),
        "consistency, proving": (PROOFS, lambda: [tree.prove_consistency(old, LEAVES) for old in olds]),
        "consistency, checking": (PROOFS, check_consistencies),
    }
    lines = [_against_hashes(what, count, work, rounds) for what, (count, work) in works.items()]
    return [*lines, *_measure_reading(rounds)]


def _against_hashes(what: str, count: int, work: Work, rounds: int) -> Line:
    def bare() -> None:
        for _ in range(count):
            hashlib.sha256(NODE).digest()

    done = compare(bare, work, rounds)
    against = f"one bare SHA-256 of 65 bytes ({format_rate(count, done.baseline_seconds)})"
    return Line(f"{what}, {LEAVES:,} leaves", against, 1 / done.speed, None, "× its time",
                format_rate(count, done.our_seconds))  # fmt: skip


def _measure_reading(rounds: int) -> list[Line]:
    entries = make_log(EVENTS)[1:]
    texts = [parse_note(entry).text.split("\n")[1] for entry in entries]
    works: dict[str, Work] = {
        "signed note, reading its form": lambda: [parse_note(entry) for entry in entries],
        "event, reading it strictly (note, canonical JSON, fields)": lambda: [
            parse_event(entry, ORIGIN) for entry in entries
        ],
    }
    lines = []
    for what, work in works.items():
        done = compare(lambda: [json.loads(text) for text in texts], work, rounds)
        against = f"json.loads of the event's line ({format_rate(len(entries), done.baseline_seconds)})"
        note = format_rate(len(entries), done.our_seconds)
        lines.append(Line(what, against, 1 / done.speed, None, "× its time", note))
    return lines
