"""A log is followed over HTTP: what fits the signed root is copied, anything else is refused and never kept."""

import gzip
import ssl
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.trust import Trust
from ledger.log.fetch import Copy
from ledger.log.follow import Followed, following
from ledger.log.source import FolderSource, HttpSource
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Mismatch
from ledger.proof.note import Signer, format_key_name, format_note, parse_note
from ledger.proof.tile import Tile, derive_edge, derive_tiles, format_entries, format_tile_path
from log.fakes import LOG, WITNESS, say
from log.served import (
    HASTE,
    Quirk,
    Served,
    Slow,
    broken_off,
    changed,
    encoded,
    instead,
    make_files,
    make_tree,
    once,
    redirected,
    sign,
    status,
    zipped,
)

TRUST = Trust([LOG.verifier], {"witness": WITNESS.verifier})
SIZE = 700
ENTRIES_OF_ALL = say(0, SIZE)
FILES = make_files(ENTRIES_OF_ALL)
SECOND_BUNDLE = "tile/entries/001"
EDGE_OF_LEAVES = "tile/0/002.p/188"


@pytest.fixture
def served() -> Iterator[Served]:
    with Served(dict(FILES)) as server:
        yield server


def follow(url: str, cache: Path, trust: Trust = TRUST, *, is_whole: bool = True) -> Followed:
    source = HttpSource(url, 4, HASTE)
    try:
        with following(source, cache, trust, is_whole=is_whole) as followed:
            return followed
    finally:
        source.close()


def read_copy(cache: Path) -> dict[str, bytes]:
    """Return what is in the copy of the one log there, path -> bytes."""
    folder = cache / f"ledger.example%2Flog+{LOG.verifier.key_id.hex()}.copy" / "log"
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def read_evidence(cache: Path) -> set[bytes]:
    return {file.read_bytes() for file in cache.glob("*/evidence/*")}


def paths(tiles: Iterator[Tile]) -> set[str]:
    return {format_tile_path(tile) for tile in tiles}


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700, 65_536, 65_537])
def test_a_copy_is_what_is_served_and_nothing_else_is_asked_for(tmp_path: Path, size: int) -> None:
    files = make_files(say(0, size))
    with Served(dict(files)) as served:
        followed = follow(served.url, tmp_path)
        assert sorted(served.asked) == sorted(files)
    assert followed.word.checkpoint.size == size
    assert followed.kept is None
    assert read_copy(tmp_path) == files


@pytest.mark.parametrize(
    ("old", "new"), [(0, 300), (300, 300), (1, 256), (255, 257), (256, 700), (300, 700), (512, 513)]
)
def test_only_what_is_new_is_fetched(tmp_path: Path, served: Served, old: int, new: int) -> None:
    served.files = make_files(ENTRIES_OF_ALL[:old])
    follow(served.url, tmp_path)
    served.files = make_files(ENTRIES_OF_ALL[:new])
    served.asked.clear()
    followed = follow(served.url, tmp_path, is_whole=False)
    assert followed.kept is not None
    expected = {"checkpoint"} | paths(derive_tiles(old, new)) | paths(derive_edge(new))
    path_of_old = {f"tile/{tile.level}/{tile.number:03}" for tile in derive_edge(old)}
    assert set(served.asked) - path_of_old == expected - path_of_old
    assert len(served.asked) == len(set(served.asked))
    assert read_copy(tmp_path) == served.files


@given(st.integers(0, 600), st.integers(0, 600))
def test_an_old_root_comes_out_of_the_new_logs_tiles(
    tmp_path_factory: pytest.TempPathFactory, one: int, other: int
) -> None:
    old, new = sorted((one, other))
    folder = tmp_path_factory.mktemp("log")
    for path, data in make_files(ENTRIES_OF_ALL[:new]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    tree = make_tree(ENTRIES_OF_ALL[:new])
    checkpoint = parse_checkpoint(parse_note(sign(tree)).text)
    copy = Copy(FolderSource(folder), folder / "copy", checkpoint)
    assert copy.derive_old_root(old) == tree.root(old)


def test_a_partial_tile_that_is_gone_is_cut_from_its_full_one(tmp_path: Path, served: Served) -> None:
    short = make_files(ENTRIES_OF_ALL[:300])
    # The log has grown since this checkpoint; of partial tiles those are left whose full ones are not there.
    served.files = FILES | {path: short[path] for path in ("checkpoint", "tile/1/000.p/1")}
    follow(served.url, tmp_path)
    assert read_copy(tmp_path) == short
    extra = set(served.asked) - short.keys()
    assert extra == {"tile/0/001", "tile/entries/001"}, "the full ones, in the place of partial ones that are gone"


def test_what_was_fetched_before_a_failure_is_not_fetched_again(tmp_path: Path, served: Served) -> None:
    served.quirks["tile/entries/002.p/188"] = status(404)
    with pytest.raises(Mismatch, match=r"tile/entries/002.p/188 is missing"):
        follow(served.url, tmp_path)
    assert "checkpoint" not in read_copy(tmp_path), "the kept checkpoint moves once every entry is there"
    served.quirks.clear()
    served.asked.clear()
    assert follow(served.url, tmp_path).kept is None
    assert set(served.asked) == {"checkpoint", "tile/entries/002.p/188"} | paths(derive_edge(SIZE))
    assert read_copy(tmp_path) == FILES


def test_a_failure_that_passes_is_tried_again(tmp_path: Path, served: Served) -> None:
    quirks: dict[str, Quirk] = {
        "checkpoint": status(503),
        "tile/0/000": broken_off,
        SECOND_BUNDLE: status(429),
        EDGE_OF_LEAVES: Slow(served).silent,
    }
    served.quirks |= {path: once(quirk) for path, quirk in quirks.items()}
    follow(served.url, tmp_path)
    assert read_copy(tmp_path) == FILES


def test_gzip_is_taken(tmp_path: Path, served: Served) -> None:
    served.quirks |= dict.fromkeys(FILES, zipped)
    follow(served.url, tmp_path)
    assert read_copy(tmp_path) == FILES


def test_a_redirect_within_the_same_origin_is_followed(tmp_path: Path, served: Served) -> None:
    served.files["elsewhere/tile"] = FILES[SECOND_BUNDLE]
    served.quirks[SECOND_BUNDLE] = redirected("/log/elsewhere/tile")
    follow(served.url, tmp_path)
    assert read_copy(tmp_path) == FILES


FORGED = b"b entry 257 was changed".ljust(20, b".")
EDITED = format_entries([*ENTRIES_OF_ALL[256:257], FORGED, *ENTRIES_OF_ALL[258:512]])
BOMB = gzip.compress(bytes(32 * 256 * 1000))

BAD_TILES: dict[str, tuple[str, Quirk, str]] = {
    "a wrong tile at the edge": (EDGE_OF_LEAVES, changed(lambda data: data[32:] + data[:32]), "the checkpoint says"),
    "a wrong tile": ("tile/0/001", changed(lambda data: data[:-1] + b"\0"), "tile/0/001 does not fit"),
    "a tile of another place": ("tile/0/001", instead(FILES["tile/0/000"]), "tile/0/001 does not fit"),
    "a wrong tile above": ("tile/1/000.p/2", changed(lambda data: bytes(64)), "the checkpoint says"),
    "a short tile": ("tile/0/001", changed(lambda data: data[:-32]), "8160 bytes, expected 8192"),
    "a long tile": ("tile/0/001", changed(lambda data: data + bytes(32)), "more than 8192 bytes"),
    "an empty tile": (EDGE_OF_LEAVES, instead(b""), "0 bytes, expected 6016"),
    "an edited entry": (SECOND_BUNDLE, instead(EDITED), "tile/entries/001 does not fit"),
    "a truncated bundle": (SECOND_BUNDLE, changed(lambda data: data[:-5]), "ends within its entry 255"),
    "a bundle of fewer entries": (SECOND_BUNDLE, changed(lambda data: data[:-22]), "holds 255 entries, expected 256"),
    "a bundle of more entries": ("tile/entries/002.p/188", changed(lambda data: data + data[:22]), "more than 188"),
    "a bundle of other entries": (SECOND_BUNDLE, instead(FILES["tile/entries/000"]), "does not fit"),
    "no tile": ("tile/0/001", status(404), "tile/0/001 is missing"),
    "no bundle": (SECOND_BUNDLE, status(410), "tile/entries/001 is missing"),
    "another encoding": (
        SECOND_BUNDLE,
        encoded("deflate", zlib.compress(b"x")),
        "'deflate', expected gzip",
    ),
    "no gzip": (SECOND_BUNDLE, encoded("gzip", FILES[SECOND_BUNDLE]), "says that it is gzip, and is not"),
    "bytes after the gzip": (SECOND_BUNDLE, encoded("gzip", gzip.compress(b"x") + b"y"), "after the end of its gzip"),
    "a bomb": ("tile/0/001", encoded("gzip", BOMB), "more than 8192 bytes"),
    "another origin": (SECOND_BUNDLE, redirected("http://localhost:9/log/tile/entries/001"), "another origin"),
    "another scheme": (SECOND_BUNDLE, redirected("file:///tile/entries/001"), "another origin"),
}


@pytest.mark.parametrize("name", BAD_TILES)
def test_what_does_not_fit_is_refused_and_never_kept(tmp_path: Path, served: Served, name: str) -> None:
    path, quirk, reason = BAD_TILES[name]
    served.quirks[path] = quirk
    with pytest.raises(Mismatch, match=f"^log: .*{reason}") as refused:
        follow(served.url, tmp_path)
    assert refused.value.check == "tree"
    copied = read_copy(tmp_path)
    assert copied.items() <= FILES.items(), "only what is true was kept"
    assert copied.keys().isdisjoint({path, "checkpoint"})


def make_slow(served: Served, name: str) -> Quirk:
    return {
        "silent": Slow(served).silent,
        "dripping": Slow(served).dripping,
        "dripping headers": Slow(served).dripping_headers,
        "continuing": Slow(served).continuing,
        "failing": status(500),
        "forbidden": status(403),
        "broken off": broken_off,
        "gzip broken off": encoded("gzip", gzip.compress(FILES[SECOND_BUNDLE])[:-9]),
        "going round": redirected("/log/" + SECOND_BUNDLE),
    }[name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("silent", "no answer in 2 attempts: .*timed out"),
        ("dripping", "no answer in 2 attempts: .*timed out"),
        ("dripping headers", "no answer in 2 attempts: .*timed out"),
        ("continuing", "no answer in 2 attempts: .*timed out"),
        ("failing", "no answer in 2 attempts: answered 500"),
        ("forbidden", "answered 403"),
        ("broken off", "no answer in 2 attempts: .*its answer breaks off"),
        ("gzip broken off", "no answer in 2 attempts: its gzip ends early"),
        ("going round", "more than 3 redirects"),
    ],
)
def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path, served: Served, name: str, reason: str) -> None:
    served.quirks[SECOND_BUNDLE] = make_slow(served, name)
    with pytest.raises(ConnectionError, match=reason):
        follow(served.url, tmp_path)
    copied = read_copy(tmp_path)
    assert copied.items() <= FILES.items()
    assert copied.keys().isdisjoint({SECOND_BUNDLE, "checkpoint"})


def test_an_endless_body_is_cut_off(tmp_path: Path, served: Served) -> None:
    served.quirks["tile/0/001"] = Slow(served).endless
    with pytest.raises(Mismatch, match="more than 8192 bytes"):
        follow(served.url, tmp_path)
    served.quirks["checkpoint"] = Slow(served).endless
    with pytest.raises(Malformed, match="more than 65536 bytes"):
        follow(served.url, tmp_path)


def make_tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's side of TLS for 127.0.0.1, and the file of the certificate that it shows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, folder / "key.pem")
    return context, file


def test_https_asks_for_a_certificate_that_this_machine_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, certificate = make_tls(tmp_path)
    with Served(dict(FILES), tls) as served:
        with pytest.raises(ConnectionError, match=r"https://.*its certificate does not hold"):
            follow(served.url, tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        follow(served.url, tmp_path)
        served.quirks["checkpoint"] = redirected(served.url.replace("https", "http") + "checkpoint")
        with pytest.raises(Malformed, match="another origin"):
            follow(served.url, tmp_path)
    assert read_copy(tmp_path) == FILES


def test_nobody_there(tmp_path: Path) -> None:
    with Served({}) as served:
        url = served.url
        with pytest.raises(FileNotFoundError, match="checkpoint: answered 404"):
            follow(url, tmp_path)
    with pytest.raises(ConnectionError, match="no answer in 2 attempts"):
        follow(url, tmp_path)


def test_a_page_is_no_checkpoint(tmp_path: Path, served: Served) -> None:
    served.quirks["checkpoint"] = instead(b"<html><p>Log in to the network first</p></html>\n")
    with pytest.raises(Malformed) as refused:
        follow(served.url, tmp_path)
    assert refused.value.check is None, "there was nothing to check"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://log.example/",
        "https:///log/",
        "https://log.example/log?size=1",
        "https://log.example/#log",
        "https://me:secret@log.example/",
        "https://log.example:99999/",
        "https://log.example/a b/",
        "http://[::1/",
    ],
)
def test_a_url_that_no_log_has_is_refused(url: str) -> None:
    with pytest.raises(Malformed, match="expected http"):
        HttpSource(url, 1)


def test_a_checkpoint_by_another_key_is_refused(tmp_path: Path, served: Served) -> None:
    thief = Signer(LOG.name, bytes(range(32)))
    served.files["checkpoint"] = sign(make_tree(ENTRIES_OF_ALL), signer=thief)
    with pytest.raises(BadSignature) as refused:
        follow(served.url, tmp_path)
    assert refused.value.check == "checkpoint"
    found, expected = map(format_key_name, (thief.verifier, LOG.verifier))
    assert f"of another log of this name: found {found}, expected {expected}" in str(refused.value)
    other = Signer("other.example/log", bytes(range(32)))
    served.files["checkpoint"] = sign(make_tree(ENTRIES_OF_ALL), signer=other)
    with pytest.raises(BadSignature, match=r"checkpoint of other.example/log, expected ledger.example/log") as refused:
        follow(served.url, tmp_path)
    assert refused.value.check == "identity"
    assert set(served.asked) == {"checkpoint"}
    assert list(tmp_path.iterdir()) == []


def test_a_log_of_two_keys_is_followed_by_the_one_that_signed(tmp_path: Path, served: Served) -> None:
    other = Signer(LOG.name, bytes(range(32)))
    follow(served.url, tmp_path, Trust([other.verifier, LOG.verifier]))
    assert read_copy(tmp_path) == FILES


def test_two_logs_of_one_name_have_a_copy_each(tmp_path: Path, served: Served) -> None:
    other = Signer(LOG.name, bytes(range(32)))
    follow(served.url, tmp_path)
    served.files = make_files(ENTRIES_OF_ALL[:5], sign(make_tree(ENTRIES_OF_ALL[:5]), signer=other))
    assert follow(served.url, tmp_path, Trust([other.verifier])).kept is None
    assert read_copy(tmp_path) == FILES


def test_a_checkpoint_of_a_size_that_its_tiles_do_not_give_is_soon_refused(tmp_path: Path, served: Served) -> None:
    text = parse_note(FILES["checkpoint"]).text.replace("\n700\n", f"\n{10**15}\n")
    served.files["checkpoint"] = format_note(text, [LOG.sign_text(text)])
    with pytest.raises(Mismatch, match="is missing"):
        follow(served.url, tmp_path)
    assert len(served.asked) == 3, "the checkpoint, and a tile at the edge or its full one"


FORK = [*ENTRIES_OF_ALL[:299], b"c entry 299 was changed", *ENTRIES_OF_ALL[300:]]


@pytest.mark.parametrize(("old", "new"), [(300, 700), (300, 301), (512, 700), (700, 700), (699, 700)])
@pytest.mark.parametrize("is_whole", [False, True])
def test_t10_a_reader_who_holds_an_older_checkpoint_refuses_a_fork(
    tmp_path: Path, served: Served, old: int, new: int, is_whole: bool
) -> None:
    served.files = make_files(ENTRIES_OF_ALL[:old])
    follow(served.url, tmp_path)
    kept = read_copy(tmp_path)
    served.files = make_files(FORK[:new])
    with pytest.raises(Mismatch, match="does not extend that of") as refused:
        follow(served.url, tmp_path, is_whole=is_whole)
    for files, size in ((kept, old), (served.files, new)):
        root = parse_checkpoint(parse_note(files["checkpoint"]).text).root
        assert f"size {size}, root {root.hex()}" in str(refused.value)
    assert refused.value.check == "since"
    assert read_evidence(tmp_path) == {kept["checkpoint"], served.files["checkpoint"]}
    assert read_copy(tmp_path) == kept, "nothing of the fork was kept"
    served.files = make_files(ENTRIES_OF_ALL)
    follow(served.url, tmp_path)
    assert read_copy(tmp_path) == FILES, "the log that was followed can be followed on"


def test_t10_a_fork_after_the_kept_checkpoint_is_the_logs_own_matter_until_it_is_shown(
    tmp_path: Path, served: Served
) -> None:
    served.files = make_files(ENTRIES_OF_ALL[:299])
    follow(served.url, tmp_path)
    served.files = make_files(FORK)
    follow(served.url, tmp_path)
    served.files = make_files(ENTRIES_OF_ALL)
    with pytest.raises(Mismatch, match="does not extend"):
        follow(served.url, tmp_path)


@pytest.mark.parametrize("size", [0, 1, 256, 699])
def test_t30_a_rollback_is_seen_by_a_reader(tmp_path: Path, served: Served, size: int) -> None:
    follow(served.url, tmp_path)
    served.files = make_files(ENTRIES_OF_ALL[:size])
    served.asked.clear()
    with pytest.raises(
        Mismatch, match=f"the checkpoint of size {size}, root .* is older than that of size 700"
    ) as refused:
        follow(served.url, tmp_path, is_whole=False)
    assert refused.value.check == "since"
    assert served.asked == ["checkpoint"]
    assert read_evidence(tmp_path) == {FILES["checkpoint"], served.files["checkpoint"]}
    assert read_copy(tmp_path) == FILES


def test_t18_an_entry_edited_after_it_was_copied_is_seen_by_whoever_comes_new(tmp_path: Path, served: Served) -> None:
    follow(served.url, tmp_path / "first")
    served.quirks[SECOND_BUNDLE] = instead(EDITED)
    follow(served.url, tmp_path / "first")
    assert read_copy(tmp_path / "first") == FILES, "whoever has a copy keeps what was signed"
    with pytest.raises(Mismatch, match="tile/entries/001 does not fit the checkpoint"):
        follow(served.url, tmp_path / "second")


def test_a_copy_that_was_damaged_is_mended(tmp_path: Path, served: Served) -> None:
    folder = follow(served.url, tmp_path).folder
    for path in (SECOND_BUNDLE, "tile/0/000", EDGE_OF_LEAVES):
        (folder / path).write_bytes((folder / path).read_bytes()[:-22])
    (folder / "tile/entries/000").unlink()
    follow(served.url, tmp_path, is_whole=False)
    assert (folder / SECOND_BUNDLE).read_bytes() != FILES[SECOND_BUNDLE], "where only what is new is looked at"
    follow(served.url, tmp_path)
    assert read_copy(tmp_path) == FILES


def test_more_cosignatures_take_the_place_of_the_kept_checkpoint(tmp_path: Path, served: Served) -> None:
    follow(served.url, tmp_path)
    served.files["checkpoint"] = sign(make_tree(ENTRIES_OF_ALL), witnesses=[(WITNESS, 1_800_000_000)])
    followed = follow(served.url, tmp_path)
    assert followed.word.times == {"witness.example": 1_800_000_000}
    assert read_copy(tmp_path) == served.files


def test_a_kept_checkpoint_that_the_key_did_not_sign_is_said(tmp_path: Path, served: Served) -> None:
    folder = follow(served.url, tmp_path).folder
    (folder / "checkpoint").write_bytes(FILES["checkpoint"].replace(b"\n700\n", b"\n699\n"))
    with pytest.raises(LedgerError, match=r"copy/log/checkpoint: the signature by ledger.example/log does not fit"):
        follow(served.url, tmp_path)


def test_one_process_at_a_time_uses_a_copy(tmp_path: Path, served: Served) -> None:
    source = HttpSource(served.url, 4, HASTE)
    with following(source, tmp_path, TRUST, is_whole=True), pytest.raises(Conflict, match="another process"):
        follow(served.url, tmp_path)
    source.close()


def test_an_origin_is_the_name_of_one_folder(tmp_path: Path, served: Served) -> None:
    climber = Signer("..", bytes(range(32)))
    served.files["checkpoint"] = sign(make_tree(ENTRIES_OF_ALL), signer=climber)
    cache = tmp_path / "cache"
    follow(served.url, cache, Trust([climber.verifier]))
    assert list(tmp_path.iterdir()) == [cache]
    assert [folder.name for folder in cache.iterdir()] == [f"..+{climber.verifier.key_id.hex()}.copy"]


def test_progress_is_told_in_entries(tmp_path: Path, served: Served) -> None:
    told: list[tuple[int, int]] = []
    source = HttpSource(served.url, 4, HASTE)
    with following(source, tmp_path, TRUST, is_whole=True, progress=lambda *done: told.append(done)):
        pass
    source.close()
    assert told == [(SIZE, SIZE)]


def test_a_log_in_a_folder_is_followed_alike(tmp_path: Path) -> None:
    for path, data in FILES.items():
        (tmp_path / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "log" / path).write_bytes(data)
    source = FolderSource(tmp_path / "log")
    with following(source, tmp_path / "cache", TRUST, is_whole=True) as followed:
        assert followed.word.checkpoint.size == SIZE
    assert read_copy(tmp_path / "cache") == FILES
    (tmp_path / "log" / "checkpoint").write_bytes(bytes((1 << 16) + 1))
    with (
        pytest.raises(Malformed, match="more than 65536 bytes"),
        following(source, tmp_path / "cache", TRUST, is_whole=True),
    ):
        pass
