"""Replay of a whole log with full checks, against nothing but verifying the same signatures."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bench.measure import Compared, Line, Target, compare, format_rate
from bench.world import ORIGIN, make_log, make_signer
from ledger.audit import signatures
from ledger.audit.replay import replay
from ledger.proof.note import parse_note

SIZE = 100_000

Signed = tuple[Ed25519PublicKey, bytes, bytes]
"""(key, signature, message)"""


def measure(size: int = SIZE, rounds: int = 3) -> list[Line]:
    """Measure replay on one thread, with a second process beside it, and on one thread without libsodium."""
    entries = make_log(size)
    signed = parse_signed(entries)
    halves = (signed[: len(signed) // 2], signed[len(signed) // 2 :])

    def verify_on_two_threads() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(verify, halves))

    alone = compare(lambda: verify(signed), lambda: replay_all(entries, 0), rounds)
    two = compare(verify_on_two_threads, lambda: replay_all(entries, 1), rounds)
    slow = compare(lambda: verify(signed), lambda: replay_without_sodium(entries), rounds)
    library = "PyNaCl" if signatures.HAS_SODIUM else "no PyNaCl here"
    what = f"replay with full checks, {size:,} singly signed events"
    return [
        _line(f"{what}, one thread ({library})", "bare Ed25519 verify loop", alone, size, Target(0.75)),
        _line(f"{what}, `workers=1` ({library})", "the same loop on two threads", two, size, Target(0.7)),
        _line(f"{what}, one thread, without PyNaCl", "the same loop", slow, size),
    ]


def _line(what: str, against: str, done: Compared, size: int, target: Target | None = None) -> Line:
    baseline = f"{against} ({format_rate(size, done.baseline_seconds)})"
    return Line(what, baseline, done.speed, target, note=format_rate(size, done.our_seconds))


def verify(signed: Sequence[Signed]) -> None:
    """The baseline: verify signatures, and do nothing else."""
    for key, signature, message in signed:
        key.verify(signature, message)


def replay_all(entries: Sequence[bytes], workers: int) -> None:
    """Ours: replay a log to its end."""
    replayed = replay(entries, pairing=None, workers=workers)
    assert replayed.failure is None, replayed.failure
    assert replayed.record.size == len(entries)


def replay_without_sodium(entries: Sequence[bytes]) -> None:
    """Ours, where the extra `fast` is not installed."""
    has_sodium, signatures.HAS_SODIUM = signatures.HAS_SODIUM, False
    try:
        replay_all(entries, 0)
    finally:
        signatures.HAS_SODIUM = has_sodium


def parse_signed(entries: Sequence[bytes]) -> list[Signed]:
    """Return what the baseline verifies, taken apart beforehand: one key, signature and message for each line."""
    keys: dict[str, Ed25519PublicKey] = {}
    signed = []
    for entry in entries:
        note = parse_note(entry)
        message = note.text.encode()
        for line in note.signatures:
            if line.name not in keys:
                assert line.name.startswith(ORIGIN)
                keys[line.name] = Ed25519PublicKey.from_public_bytes(make_signer(line.name).verifier.key)
            signed.append((keys[line.name], line.signature, message))
    return signed
