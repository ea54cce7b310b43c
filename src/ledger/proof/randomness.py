"""Public randomness that does not exist yet when everything else is fixed: drand rounds, lotteries; and dice.

A drand round is a BLS signature over the round's number, by a group of which no part can make it alone; anyone can
check it with the group's public key, and nobody can choose it. The pairing that checks it is handed in; without one
a round reads "not checked". A lottery's truth cannot be checked offline, only its form.

Specification: docs/spec/draw.md, section 2; drand protocol, scheme bls-unchained-g1-rfc9380.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .encoding import Hex, check_hex, check_id, derive_hash
from .errors import Malformed, Mismatch

CheckPairing = Callable[[bytes, bytes, bytes], None]
"""(96-byte public key in G2, message, 48-byte signature in G1) -> None.

The message is hashed to G1 with the tag BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_. Raises BadSignature, also for
the point at infinity and for points outside the prime-order subgroups, and Malformed for bytes that are no point.
"""

MINIMUM_BITS = 40
"""Below this the whole of a draw's final randomness is refused: it could be tried through."""
ADVISED_BITS = 64
"""Below this it is warned about."""
DRAND_BITS = 256
MINIMUM_DICE = 20
WITNESS_LEAD_SECONDS = 60
"""Witnesses must have cosigned this long before the randomness comes to exist."""

_SIGNATURE = re.compile(r"[0-9a-f]{96}")
_DIGITS = re.compile(r"[0-9]+")
_ISSUE = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Chain:
    """A drand chain, pinned by policy. `kind` is drand, or local for one with a key of the installation's own.

    hash     64 hex, the chain's name
    key      192 hex, its public key, a compressed point of G2
    genesis  Unix seconds of round 1
    period   seconds between rounds
    """

    kind: str
    hash: Hex
    key: str
    genesis: int
    period: int


QUICKNET = Chain(
    kind="drand",
    hash=Hex("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"),
    key="83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2"
    "2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis=1692803367,
    period=3,
)
"""The League of Entropy's chain quicknet, of the scheme bls-unchained-g1-rfc9380."""

PUBLIC_CHAINS = (QUICKNET,)
"""The chains that may be called drand. Any other is `local`: whoever holds its key knows every round beforehand."""


@dataclass(frozen=True, slots=True)
class Lottery:
    """A public lottery, pinned by policy: its id, how many digits a result has, and what they are worth in bits."""

    name: str
    digits: int
    bits: int


@dataclass(frozen=True, slots=True)
class Round:
    """One drand round that has come to exist: chain, number, 96 hex of signature."""

    chain: Chain
    number: int
    signature: str

    def source_line(self) -> str:
        """Return the line that stands for this round in seed.txt, without its line feed."""
        return f"{self.chain.kind} {self.chain.hash} {self.number} {self.signature}"


@dataclass(frozen=True, slots=True)
class LotteryResult:
    """One lottery's published result: its issue number and its digits in the policy's order and width."""

    lottery: Lottery
    issue: str
    digits: str

    def source_line(self) -> str:
        """Return the line that stands for this result in seed.txt, without its line feed."""
        return f"lottery {self.lottery.name} {self.issue} {self.digits}"


Result = Round | LotteryResult


def derive_round(chain: Chain, seconds: int) -> int:
    """Return the first round that exists at or after a Unix time: 1 + ceil((T - genesis) / period).

    Raises Malformed for a time before the chain began.
    """
    if seconds < chain.genesis:
        raise Malformed(f"time {seconds} is before the chain's first round, {chain.genesis}")
    return 1 + -((chain.genesis - seconds) // chain.period)


def derive_round_time(chain: Chain, number: int) -> int:
    """Return the Unix time of a round; derive_round(c, derive_round_time(c, n)) == n."""
    return chain.genesis + (number - 1) * chain.period


def check_round(result: Round, expected: int, pairing: CheckPairing | None) -> None:
    """Check that a round is the one expected, in its one spelling, and signed by its chain.

    Raises Mismatch for another round, Malformed for another spelling, BadSignature from the pairing.
    Source: drand, scheme bls-unchained-g1-rfc9380: the message is SHA-256 of the round as 8 bytes, big endian.
    """
    if result.number != expected:
        raise Mismatch(f"round {result.number}, expected {expected}")
    if not _SIGNATURE.fullmatch(result.signature):
        raise Malformed(f"round {result.number}: expected a signature of 96 lowercase hexadecimal characters")
    if pairing is not None:
        message = hashlib.sha256(result.number.to_bytes(8, "big")).digest()
        pairing(bytes.fromhex(result.chain.key), message, bytes.fromhex(result.signature))


def check_lottery(result: LotteryResult, issue: str) -> None:
    """Check the form of a lottery's result: the issue named beforehand, and as many digits as the policy says.

    Raises Mismatch, Malformed. Whether these digits were drawn is for the reader to compare with the newspaper.
    """
    check_id(result.lottery.name)
    if not _ISSUE.fullmatch(issue):
        raise Malformed(f"lottery {result.lottery.name}: issue {issue[:40]!r}, expected 1 to 20 digits")
    if result.issue != issue:
        raise Mismatch(f"lottery {result.lottery.name}: issue {result.issue}, expected {issue}")
    if not _DIGITS.fullmatch(result.digits) or len(result.digits) != result.lottery.digits:
        raise Malformed(f"lottery {result.lottery.name}: {result.digits!r}, expected {result.lottery.digits} digits")


def check_entropy(sources: Sequence[Chain | Lottery]) -> int:
    """Return how many bits the final randomness is worth; below ADVISED_BITS it is to be warned about.

    Raises Malformed below MINIMUM_BITS, and where a source stands twice.
    """
    names = [source.hash if isinstance(source, Chain) else source.name for source in sources]
    if len(set(names)) != len(names):
        raise Malformed("a source of randomness stands twice")
    bits = sum(DRAND_BITS if isinstance(source, Chain) else source.bits for source in sources)
    if bits < MINIMUM_BITS:
        raise Malformed(f"final randomness of {bits} bits, expected at least {MINIMUM_BITS}")
    return bits


def derive_dice_share(digits: str) -> Hex:
    """Return the share that a run of ten-sided dice makes: H of its digits, in the order thrown.

    Raises Malformed for fewer than 20 dice or anything but digits.
    By hand: printf '%s' DIGITS | sha256sum
    """
    if not _DIGITS.fullmatch(digits) or not digits.isascii() or len(digits) < MINIMUM_DICE:
        raise Malformed(f"dice {digits[:40]!r}: expected at least {MINIMUM_DICE} digits")
    return derive_hash(digits)


def derive_commitment(share: str) -> Hex:
    """Return the commitment of a share: SHA-256 of its 64 lowercase hexadecimal characters, without line feed.

    By hand: printf '%s' SHARE | sha256sum
    """
    return derive_hash(check_hex(share))
