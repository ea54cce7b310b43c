"""The modules of `verify/proof` against the specification's vectors, and against the library on hostile spellings."""

import base64
import hashlib
import json
import re
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ledger.audit.pairing import derive_public_key, sign_round
from ledger.audit.trust import parse_trust
from ledger.proof import note as notes
from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint
from ledger.proof.encoding import Hash, check_code, check_day, check_id, is_credit_code, parse_canonical, parse_time
from ledger.proof.errors import LedgerError, Malformed, Refused
from ledger.proof.merkle import Tree, check_consistency, derive_leaf_hash
from ledger.proof.note import COSIGNATURE, Signer, Verifier, format_note, format_vkey, parse_note, parse_vkey
from ledger.proof.quota import derive_month_quotas, derive_year_quota
from ledger.proof.tile import derive_entry_tiles, derive_tiles, format_tile_path, parse_entries
from second import draw
from second.test_vectors_second import derive_seed_txt
from second.worlds import HOST, Answer, World, answer_first, answer_second, make_world
from web.node import Node, RefusedError, pack

CANONICAL = [
    "{}", "[]", '"x"', "0", "-1", "true", "null", "1.0", "1e2", "1.5", "-0", "01", "+1", "9007199254740991",
    "9007199254740992", "-9007199254740991", "12345678901234567890", "NaN", "Infinity", '{"a":1,"b":2}',
    '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', '{"a":1} ', ' {"a":1}', '{"a":null}', '{"é":1}', '"é"',
    '"e\u0301"', '"\\u00e9"', '"\\n"', '"\\u000a"', '"\n"', '"\\u001f"', '"\\u001F"', '"\x7f"', '"\\u007f"',
    '"\\/"', '"/"', '"\\ud800"', '"\\ud83d\\ude00"', '"😀"', '"\\""', "'x'", "", "[1,]", "[,1]", '{"a":1,}',
    "[true", '{"__proto__":1}', '{"constructor":1}', '{"10":1,"9":2}', '{"9":2,"10":1}', "\ufeff{}",
    "[" * 32 + "]" * 32, "[" * 33 + "]" * 33, "[" * 5000 + "]" * 5000, '"双随机"', '"ﬁ"', '"\u212b"', '"\u2028"',
    "[1 ,2]", '{"a":{"b":[true,false]}}',
]  # fmt: skip
TEXTS = [
    "91440300MA5EXAMPLE", "914403000000780011", "91440300mA5EXAMPLE", "reg:1", "reg:", "reg:a|b", "reg:〔深〕1号",
    "reg:a b", "reg:", "x" * 101, "bureau/x", "Bureau", "-x", "x\n", "2027-01-04", "2027-02-29", "2028-02-29",
    "0000-01-01", "0050-01-01", "2027-13-01", "2027-1-4", "2027-01-04T01:00:00Z", "2027-01-04T24:00:00Z",
    "2027-02-30T00:00:00Z", "1999-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "2027-01-04T01:00:00+00:00",
    "2027-01-04T01:00:60Z", "91350100M000100Y43", "91350100M000100Y44", "",
]  # fmt: skip


def accepts(function: Any, *arguments: Any) -> bool:
    """Tell whether the library takes something in."""
    try:
        function(*arguments)
    except LedgerError:
        return False
    return True


@pytest.mark.parametrize("text", CANONICAL, ids=lambda text: repr(text[:20]))
def test_each_spelling_of_json_is_read_or_refused_alike(text: str, node: Node) -> None:
    data = text.encode()
    if accepts(parse_canonical, data):
        assert node.ask("canonical", data=data) == text
    else:
        assert node.refuses("canonical", data=data) == "Malformed"


def test_bytes_that_are_no_text_are_refused(node: Node) -> None:
    for data in (b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"'):
        assert node.refuses("canonical", data=data) == "Malformed"


@pytest.mark.parametrize(
    ("operation", "check"), [("code", check_code), ("id", check_id), ("day", check_day), ("time", parse_time)]
)
def test_each_word_is_read_or_refused_alike(operation: str, check: Any, node: Node) -> None:
    assert [node.refuses(operation, text=text) is None for text in TEXTS] == [accepts(check, text) for text in TEXTS]


def test_times_and_check_digits_come_out_the_same(node: Node) -> None:
    assert node.ask("time", text="2027-01-04T01:00:00Z") == parse_time("2027-01-04T01:00:00Z")
    assert [node.ask("is_credit_code", text=text) for text in TEXTS] == [is_credit_code(text) for text in TEXTS]


def test_texts_are_ordered_by_code_points_as_utf_8_is(node: Node) -> None:
    texts = [
        "\uffff",
        "\U00010000",
        "a",
        "",
        "ab",
        "\ue000",
        "\U0001f600x",
        "\U0001f600",
        "深",
        "Z",
        "a\U00010000",
        "a\uffff",
    ]
    assert node.ask("sorted", texts=texts) == sorted(texts)


def test_base64_has_one_spelling(node: Node) -> None:
    for text in ("", "QQ==", "QUI=", "QUJD", "QQ", "QQ=", "QR==", "QUJ=", "Q===", "QQ==\n", "Q Q=", "-_8=", "QUJD===="):
        assert (node.refuses("base64", text=text) is None) == accepts(notes.parse_base64, text), text


# Trees.


def test_roots_of_every_size(node: Node) -> None:
    leaves = [f"leaf {number}".encode() for number in range(70)]
    tree = Tree(map(derive_leaf_hash, leaves))
    assert node.ask("roots", leaves=list(map(pack, leaves))) == [tree.root(size).hex() for size in range(71)]


def read_cases(folder: Path) -> list[dict[str, Any]]:
    """Return the vectors of other implementations: what they ask, and whether it must be refused."""
    return [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]


def as_hex(text: str | None) -> str:
    """Return a vector's base64 as hexadecimal."""
    return base64.b64decode(text or "").hex()


def test_inclusion_proofs_of_other_implementations(shared: Path, node: Node) -> None:
    cases = read_cases(shared / "vectors" / "inclusion")
    assert len(cases) > 50
    for case in cases:
        asked = {"leaf_hash": as_hex(case["leafHash"]), "index": case["leafIdx"], "size": case["treeSize"]}
        path = [as_hex(one) for one in case["proof"] or ()]
        refused = node.refuses("inclusion", **asked, path=path, root=as_hex(case["root"]))
        assert (refused is not None) == case["wantErr"], case


def test_consistency_proofs_of_other_implementations(shared: Path, node: Node) -> None:
    cases = read_cases(shared / "vectors" / "consistency")
    assert len(cases) > 50
    for case in cases:
        path, roots = [as_hex(one) for one in case["proof"] or ()], (as_hex(case["root1"]), as_hex(case["root2"]))
        asked = {"old": case["size1"], "size": case["size2"], "old_root": roots[0], "root": roots[1]}
        # The library refuses also what says nothing, and roots that are no hashes (tests/proof/test_merkle.py).
        expected = accepts(check_consistency, case["size1"], case["size2"], *map(as_bytes, (path, *roots)))
        assert (node.refuses("consistency", **asked, path=path) is None) == expected, case
        assert not (expected and case["wantErr"])


def as_bytes(value: Any) -> Any:
    """Return hexadecimal, or a list of it, as bytes."""
    return bytes.fromhex(value) if isinstance(value, str) else [bytes.fromhex(one) for one in value]


def test_the_names_of_tiles(node: Node) -> None:
    for size in (0, 1, 255, 256, 257, 70_000, 300_000):
        expected = {format_tile_path(one) for one in [*derive_entry_tiles(size), *derive_tiles(0, size)]}
        assert set(node.ask("tile_paths", size=size)) == expected


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0\0", b"\0\1", b"\0\1a", b"\0\1a\0", b"\0\1a\0\0", b"\xff\xffa"], ids=repr
)
def test_bundles_of_entries_hold_whole_ones(data: bytes, node: Node) -> None:
    for width in (0, 1, 2):
        if accepts(parse_entries, data, width):
            assert node.ask("entries", data=data, width=width) == list(map(pack, parse_entries(data, width)))
        else:
            assert node.refuses("entries", data=data, width=width) == "Malformed"


# Notes and keys.


def test_the_worked_log_of_the_specification(root: Path, node: Node) -> None:
    blocks = re.findall(
        r"^```\n(.*?)^```$", (root / "docs/spec/log.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    log, witness = blocks[1].split()
    said = node.ask("checkpoint", data=blocks[2].encode(), vkey=log, witnesses=[witness], is_exact=True)
    assert (said["origin"], said["size"]) == ("example.org/log", 3)
    assert said["times"] == {"witness.example/justice": 1694775480}
    assert said["root"] == node.ask("roots", leaves=list(map(pack, [b"first", b"second", b"third"])))[3]
    for position in range(0, len(blocks[2].encode()), 3):
        changed = bytearray(blocks[2].encode())
        changed[position] ^= 1
        assert node.refuses("checkpoint", data=bytes(changed), vkey=log, witnesses=[witness], is_exact=True)


def test_t10_a_witness_with_the_logs_name_and_key_id_does_not_sign_for_the_log(node: Node) -> None:
    log, other = Signer("example.org/log", b"l" * 32), Signer("example.org/log", b"o" * 32, COSIGNATURE)
    text = format_checkpoint(Checkpoint(log.name, 7, Hash(bytes(32))))
    line = cosign(other, text, 1_800_000_000)._replace(key_id=log.verifier.key_id)
    asked = {"vkey": format_vkey(log.verifier), "witnesses": [format_vkey(other.verifier)], "is_exact": True}
    forged = format_note(text, [line])
    assert node.refuses("checkpoint", data=forged, same_id=True, **asked) == "BadSignature"
    signed = format_note(text, [log.sign_text(text)])
    assert node.ask("checkpoint", data=signed, same_id=True, **asked)["times"] == {}


@pytest.mark.parametrize(
    "data",
    [
        "text\n\n— name AAAAAAA=\n", "text\n\n— name AAAAAAAA\n", "text\n— name AAAAAAAA\n",
        "text\n\n- name AAAAAAAA\n", "text\n\n— na me AAAAAAAA\n", "text\n\n— na+me AAAAAAAA\n",
        "text\n\n— name AAAAAAAA", "te\txt\n\n— name AAAAAAAA\n", "\n\n— name AAAAAAAA\n",
        "a\n\nb\n\n— name AAAAAAAA\n", "text\n\n", "text\n\n— name AAAA\n", "text\n\n— na\u0085me AAAAAAAA\n",
        "text\n\n— na\ufeffme AAAAAAAA\n", "text\n\n— na\u3000me AAAAAAAA\n", "text\n\n— 名 AAAAAAAA\n",
        "text\n\n— name AAAAAAAA\n\n", "", "text\n\n— name  AAAAAAAA\n",
    ],
    ids=repr,
)  # fmt: skip
def test_each_note_is_read_or_refused_alike(data: str, node: Node) -> None:
    if accepts(parse_note, data.encode()):
        text, lines = parse_note(data.encode())
        expected = [[line.name, line.key_id.hex(), line.signature.hex()] for line in lines]
        assert node.ask("note", data=data.encode()) == {"text": text, "signatures": expected}
    else:
        assert node.refuses("note", data=data.encode()) == "Malformed"


def test_each_key_is_read_or_refused_alike(node: Node) -> None:
    rng = Random(3)
    keys = [rng.randbytes(32) for _ in range(60)]
    keys += [y.to_bytes(32, "little") for y in (0, 1, 2, 3, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255, 2**255 + 1)]
    keys += [*notes._SMALL_ORDER, b"", bytes(31), bytes(33)]
    for key in keys:
        blob = base64.b64encode(b"\x01" + key).decode()
        vkey = f"name+{notes.derive_key_id('name', 1, key).hex()}+{blob}"
        assert (node.refuses("vkey", vkey=vkey) is None) == accepts(parse_vkey, vkey), key.hex()


ORDER = 2**252 + 27742317777372353535851937790883648493


def crafted_signatures() -> list[tuple[bytes, bytes, bytes, bool]]:
    """Return (key, message, signature, whether the profile takes it): honest, flipped, S above the order, small R."""
    signer, message = notes.Signer("name", bytes(range(32))), b"message"
    good, key = signer.sign(message), signer.verifier.key
    high = int.from_bytes(good[32:], "little") + ORDER
    rows = [(key, message, good, True), (key, b"other", good, False), (key, message, good[:63], False)]
    rows += [(key, message, good[:32] + high.to_bytes(32, "little"), False), (key, message, bytes(64), False)]
    rows += [(key, message, small + good[32:], False) for small in sorted(notes._SMALL_ORDER)]
    for bit in range(0, 512, 7):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        rows.append((key, message, bytes(flipped), False))
    return rows


def test_signatures_of_the_one_profile_and_no_other(node: Node) -> None:
    for key, message, signature, is_good in crafted_signatures():
        asked = {"key": key.hex(), "message": message.hex(), "signature": signature.hex()}
        assert accepts(Verifier("name", key).check, message, signature) == is_good
        assert node.ask("signature", **asked) == is_good
        assert node.ask("signature_by_page", **asked) in (False, is_good)


def test_a_signature_that_only_the_cofactor_saves_is_refused(node: Node) -> None:
    # R and A moved by a point of small order: the check with cofactor would take it, ours and OpenSSL's do not.
    key, message, signature = mixed_order_signature()
    assert not accepts(Verifier("name", key).check, message, signature)
    asked = {"key": key.hex(), "message": message.hex(), "signature": signature.hex()}
    assert node.ask("signature", **asked) is False
    assert node.ask("signature_by_page", **asked) is False


def mixed_order_signature() -> tuple[bytes, bytes, bytes]:
    """Return a key and signature that fit after multiplying by 8 only: R has a part of order 2 added."""
    field, d = 2**255 - 19, -121665 * pow(121666, -1, 2**255 - 19)

    def add(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
        (x1, y1), (x2, y2) = p, q
        product = d * x1 * x2 * y1 * y2
        x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, field) % field
        return x, (y1 * y2 + x1 * x2) * pow(1 - product, -1, field) % field

    def times(number: int, point: tuple[int, int]) -> tuple[int, int]:
        result = (0, 1)
        for bit in bin(number)[2:]:
            result = add(result, result)
            result = add(result, point) if bit == "1" else result
        return result

    def encode(point: tuple[int, int]) -> bytes:
        return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")

    base_y = 4 * pow(5, -1, field) % field
    square = (base_y * base_y - 1) * pow(d * base_y * base_y + 1, -1, field) % field
    base_x = pow(square, (field + 3) // 8, field)
    base_x = base_x if base_x * base_x % field == square else base_x * pow(2, (field - 1) // 4, field) % field
    base = (base_x if base_x % 2 == 0 else field - base_x, base_y)
    secret, nonce = 12345, 67890
    key, order_two = encode(times(secret, base)), (0, field - 1)
    r = encode(add(times(nonce, base), order_two))
    k = int.from_bytes(hashlib.sha512(r + key + b"message").digest(), "little") % ORDER
    return key, b"message", r + ((nonce + k * secret) % ORDER).to_bytes(32, "little")


# Quotas, randomness, draws.


def test_quotas_come_out_the_same(node: Node) -> None:
    rng = Random(5)
    for _ in range(200):
        base, q = rng.randint(0, 50_000), rng.randint(1, 999)
        p = rng.randint(1, q)
        assert node.ask("year_quota", base=base, numerator=p, denominator=q) == derive_year_quota(base, p, q)
        weights = [rng.choice((0, 1, 2, 50)) for _ in range(12)]
        if any(weights):
            assert node.ask("month_quotas", year=base, weights=weights) == derive_month_quotas(base, weights)
    assert node.refuses("month_quotas", year=5, weights=[0] * 12) == "Malformed"


SECRET = bytes(range(1, 33))
LOCAL = {"kind": "local", "hash": "ab" * 32, "key": derive_public_key(SECRET), "genesis": 1_700_000_000, "period": 30}
OUTSIDE_SUBGROUP, INFINITY = "80" + "00" * 47, "c0" + "00" * 47


def test_a_round_is_the_one_expected_and_signed_by_its_chain(node: Node) -> None:
    good = {"chain": LOCAL, "number": 41, "signature": sign_round(SECRET, 41)}
    assert node.ask("check_round", round=good, expected=41) is True
    assert node.refuses("check_round", round=good, expected=42) == "Mismatch"
    other = sign_round(SECRET, 40)
    for signature in (other, OUTSIDE_SUBGROUP, INFINITY, "ab" * 48, "00" * 48, other.upper(), other[:-2], other + "00"):
        assert node.refuses("check_round", round={**good, "signature": signature}, expected=41), signature


def test_a_real_round_of_the_public_beacon(shared: Path, node: Node) -> None:
    vector = json.loads((shared / "vectors" / "drand_rounds.json").read_text())["quicknet_round_657413"]
    chain = {**LOCAL, "kind": "drand", "key": vector["public_key"]}
    asked = {"chain": chain, "number": vector["round"], "signature": vector["signature"]}
    assert node.ask("check_round", round=asked, expected=vector["round"]) is True
    assert node.refuses("check_round", round={**asked, "number": 1}, expected=1) == "BadSignature"


@pytest.fixture(scope="module")
def vector(root: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((root / "docs/spec/vectors/draw-1.json").read_text(encoding="utf-8"))
    return value


def results_of(source: tuple[str | int, ...]) -> list[dict[str, Any]]:
    """Return a source's result in the modules' form."""
    kind, name, number, last = source
    if kind == "lottery":
        return [{"lottery": {"kind": kind, "name": name, "digits": 14, "bits": 40}, "issue": number, "digits": last}]
    return [{"chain": {**LOCAL, "kind": kind, "hash": name}, "number": number, "signature": last}]


def make_row(target: draw.Target) -> dict[str, Any]:
    """Return an enterprise's row; a street that is not known is left out."""
    row = {"id": target["code"], "sub_roster": target["sub_roster"], "tags": target["tags"]}
    return row | ({"street": target["street"]} if target["street"] else {})


def ask_outcome(node: Node, world: World) -> Answer:
    """Return the browser's answer to a made-up draw. Raises RefusedError."""
    absent_targets, _ = world.absent
    rows = [(target, None) for target in world.targets] + [(target, "suspended") for target in absent_targets]
    pool = [
        {"target": make_row(one), "stratum": one["stratum"], **({"excluded": reason} if reason else {})}
        for one, reason in rows
    ]
    said = node.ask(
        "outcome",
        slot="bureau/2027-01/001",
        frozen=sha256(world.frozen).hexdigest(),
        pool=pool,
        officers={home: members for home, members in world.officers.homes.items() if members},
        conflicts=[list(pair) for pair in sorted(world.officers.conflicts)],
        items=world.items,
        strata=[{"id": stratum, "quota": quota} for stratum, quota in world.quotas.items()],
        crew=world.crew,
        fallback=world.officers.fallback,
        itemsPerCase=world.items_per_case,
        hosts=HOST,
        visitDays=world.visit_days,
        drawAt=parse_time(world.time),
        shares=world.shares,
        missing=world.missing,
        results=results_of(world.source),
    )
    sheets = [json.loads(sheet) for sheet in said["sheets"]]
    return Answer(
        said["seed_file"],
        draw.h(said["seed_file"]),
        {sheet["id"]: tuple(sheet["officers"]) for sheet in sheets},
        [(cap["role"], cap["roster"], cap["cap"]) for cap in said["caps"]],
        [sheet.encode() for sheet in said["sheets"]],
        said["root"],
    )


def test_three_implementations_give_the_same_draw(node: Node) -> None:
    refused = 0
    for number in range(150):
        world = make_world(Random(number))
        try:
            expected = answer_first(world)
        except (Malformed, Refused):
            refused += 1
            with pytest.raises(draw.RefusedError):
                answer_second(world)
            with pytest.raises(RefusedError):
                ask_outcome(node, world)
            continue
        assert ask_outcome(node, world) == expected == answer_second(world), number
    assert 5 < refused < 100


def test_the_vector_that_a_shell_made(vector: dict[str, Any], node: Node) -> None:
    given, values = vector["input"], vector["values"]
    drand = given["drand"]
    shares = {unit: draw.h(text) for unit, text in given["share_texts"].items()}
    shares |= {f"dice:{unit}": draw.h(digits) for unit, digits in given["dice"].items()}
    chain = {**LOCAL, "kind": "drand", "hash": drand["chain"], "genesis": drand["genesis"], "period": drand["period"]}
    assert node.ask("round", chain=chain, seconds=parse_time(given["time"])) == drand["round"]
    results = [{"chain": chain, "number": drand["round"], "signature": drand["signature"]}]
    asked = {
        "slot": given["slot"],
        "frozen": draw.h(given["frozen_text"]),
        "shares": shares,
        "missing": given["missing"],
    }
    seed_file = node.ask("seed_file", **asked, results=results)
    assert seed_file.encode() == derive_seed_txt(given)
    seed = draw.h(seed_file)
    assert seed == values["seed"]
    for stratum, quota in given["quotas"].items():
        sub_seed = draw.h(f"{seed}|pool|{stratum}")
        codes = [target["code"] for target in given["targets"] if target["stratum"] == stratum]
        drawn = node.ask("select", sub_seed=sub_seed, codes=codes, count=quota)
        assert " ".join(code for _, code in drawn) == values[f"drawn.{stratum}"]
        assert all(values[f"ticket.{code}"] == ticket for ticket, code in drawn)


@pytest.mark.parametrize("name", ["例子.example/日志", "\u00e9.example", "\u212a"])
def test_names_beyond_ascii_stand_in_a_policy(name: str, node: Node) -> None:
    log, witness = Signer(name, bytes(32)), Signer(f"{name}/witness", bytes(32), COSIGNATURE)
    lines = [f"log {format_vkey(log.verifier)}", f"witness {name} {format_vkey(witness.verifier)}", f"quorum {name}"]
    policy = "".join(f"{line}\n" for line in lines).encode()
    assert parse_trust(policy).is_met({name})
    assert node.ask("trust", data=policy, cosigners=[name]) is True
    assert node.ask("trust", data=policy, cosigners=["K"]) is False


def test_leaves_of_a_list_give_the_librarys_root(node: Node) -> None:
    leaves = [f'{{"id":"{number}"}}' for number in range(9)]
    tree = Tree(derive_leaf_hash(leaf.encode()) for leaf in leaves)
    assert node.ask("root", leaves=leaves) == tree.root().hex()
