"""The draw of a million enterprises, against nothing but hashing their tickets; and against the published sampler."""

import hashlib
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Line, Target, compare, format_rate
from bench.world import make_code
from ledger.proof.draw import Drawn, derive_sub_seed, select
from ledger.proof.encoding import Hex, derive_hash

CANDIDATES = 1_000_000
SHARE = 20
"""One in so many is drawn: 5%."""
STRATA = ("hazchem", "industry-trade", "licensed", "occupational")
SEED = derive_hash("a seed for measuring")
PEER_CANDIDATES = 100_000
"""The published sampler is asked for so many only: it keeps a heap of Python objects, and is slow."""


def measure(candidates: int = CANDIDATES, rounds: int = 5) -> list[Line]:
    """Measure selection against hashing, its memory in a process of its own, and selection against the sampler."""
    strata = make_strata(candidates)
    what = f"draw of {candidates:,} candidates, 5% drawn, four strata"
    bare = compare(lambda: hash_all(strata), lambda: draw_all(strata), rounds)
    lines = [
        Line(what, f"bare hashlib ticket loop ({format_rate(candidates, bare.baseline_seconds)})", bare.speed,
             Target(0.6), note=format_rate(candidates, bare.our_seconds)),
        Line("the same, peak memory of a fresh process, candidates included", "", measure_memory(candidates),
             Target(500, is_least=False), "MB"),
    ]  # fmt: skip
    return [*lines, measure_peer(min(candidates, PEER_CANDIDATES), rounds)]


def make_strata(candidates: int) -> dict[str, list[str]]:
    """Return made-up codes by stratum."""
    codes = [make_code(number) for number in range(candidates)]
    return {stratum: codes[place :: len(STRATA)] for place, stratum in enumerate(STRATA)}


def hash_all(strata: dict[str, list[str]]) -> None:
    """The baseline: one SHA-256 for each code, in hex, and nothing done with it."""
    for stratum, codes in strata.items():
        sub_seed = derive_sub_seed(SEED, "pool", stratum)
        for code in codes:
            hashlib.sha256((sub_seed + code).encode()).hexdigest()


def draw_all(strata: dict[str, list[str]]) -> dict[str, list[Drawn]]:
    """Ours: the drawn enterprises of each stratum, in order of ticket."""
    return {
        stratum: select(derive_sub_seed(SEED, "pool", stratum), codes, len(codes) // SHARE)
        for stratum, codes in strata.items()
    }


def measure_memory(candidates: int) -> float:
    """Return the peak memory, in MB, of a process that makes the candidates and draws."""
    command = [sys.executable, "-m", "bench.draw", str(candidates)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)
    return int(done.stdout) / 1024


def measure_peer(candidates: int, rounds: int) -> Line:
    """Measure against Rivest's consistent_sampler drawing as many of as many."""
    what = f"draw of {candidates:,} candidates, 5% drawn, one stratum"
    try:
        from consistent_sampler import sampler
    except ImportError:
        return Line(what, "consistent_sampler: not installed", float("nan"))
    codes = [make_code(number) for number in range(candidates)]
    sub_seed: Hex = derive_sub_seed(SEED, "pool", "hazchem")
    count = candidates // SHARE

    def peer() -> Sequence[object]:
        return list(sampler(codes, seed=sub_seed, with_replacement=False, take=count, output="id"))

    assert len(peer()) == count
    done = compare(peer, lambda: select(sub_seed, codes, count), min(rounds, 3))
    against = f"consistent_sampler ({format_rate(candidates, done.baseline_seconds)})"
    return Line(what, against, done.speed, Target(4), note=format_rate(candidates, done.our_seconds))


if __name__ == "__main__":
    draw_all(make_strata(int(sys.argv[1])))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
