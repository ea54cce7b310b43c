"""`proof` copied alone into an empty folder makes a whole draw, on the standard library and cryptography alone."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cryptography

PROGRAM = r"""
import json, sys
sys.path[:0] = sys.argv[1:]
before = set(sys.modules)
from proof import checkpoint, draw, encoding, errors, event, merkle, note, quota, randomness, seal

codes = ["reg:%d" % number for number in range(51)]
log = note.Signer("example.org/log", b"l" * 32)
text = event.format_event_text(
    "example.org/log", type="draw.frozen/1", subject="draw/bureau/2027-01/001", unit="bureau/enforcement",
    at="2027-01-04T01:00:00Z", after=None, seen=event.Seen(1, merkle.EMPTY_ROOT),
    body={"pool": merkle.derive_root([encoding.format_canonical({"id": code}) for code in codes]).hex()},
)
entry = event.format_entry(text, [log])
note.check_note(note.parse_note(entry), [log.verifier])
chain = randomness.Chain("local", "ab" * 32, "cd" * 96, 1700000000, 30)
result = randomness.Round(chain, randomness.derive_round(chain, 1800000000), "ef" * 48)
randomness.check_round(result, result.number, None)
frozen = encoding.derive_hash(entry.decode())
shares = {"bureau/enforcement": "01" * 32, "bureau/legal-publicity": "02" * 32}
seed_file = draw.format_seed_file("bureau/2027-01/001", frozen, shares, [], [result])
seed = draw.derive_seed(seed_file)
drawn = draw.select(draw.derive_sub_seed(seed, "pool", "all"), codes, quota.derive_year_quota(51, 5, 100))
rosters = draw.Rosters({"bureau": ["a", "b", "c"]}, set(), "bureau")
seats = draw.assign_officers(seed, [draw.Case(*one, "") for one in drawn], ["bureau", "all"], rosters)
tops = {name.split(".")[0] for name in set(sys.modules) - before if getattr(sys.modules[name], "__spec__", None)}
print(json.dumps({"seed_file": seed_file, "drawn": drawn, "officers": seats.officers, "imported": sorted(tops)}))
"""


def test_proof_alone_in_an_empty_folder_makes_a_draw(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "src/ledger/proof", tmp_path / "proof", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    packages = Path(cryptography.__file__).parents[1]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, tmp_path, packages],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.stderr == ""
    outcome = json.loads(ran.stdout)
    seed = hashlib.sha256(outcome["seed_file"].encode()).hexdigest()
    sub_seed = hashlib.sha256(f"{seed}|pool|all".encode()).hexdigest()
    tickets = sorted(
        [hashlib.sha256(f"{sub_seed}reg:{number}".encode()).hexdigest(), f"reg:{number}"] for number in range(51)
    )
    assert outcome["drawn"] == tickets[:3]
    assert sorted(outcome["officers"]) == sorted(code for _, code in tickets[:3])
    assert all(len(set(officers)) == 2 for officers in outcome["officers"].values())
    foreign = set(outcome["imported"]) - sys.stdlib_module_names
    assert foreign >= {"proof", "cryptography"}
    assert foreign <= {"proof", "cryptography", "_cffi_backend", "cffi"}  # cryptography itself stands on cffi
