"""The one form of a bundle: whatever differs from it in a byte is refused, and any unzip reads it."""

import io
import random
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.container import format_container, parse_container
from ledger.proof.errors import Malformed

FILES = {"README.md": "双随机".encode(), "draw/seed.txt": b"seed\n" * 20, "log/checkpoint": b"", "log/tile/0": b"\0PK"}
SORTED = dict(sorted(FILES.items()))
PART = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=8)
PATHS = st.lists(PART, min_size=1, max_size=3).map("/".join)


def write_zip(
    files: dict[str, bytes],
    change: Callable[[zipfile.ZipInfo], None] = lambda info: None,
    compression: int = zipfile.ZIP_STORED,
    comment: bytes = b"",
    mode: int = 0,
) -> bytes:
    """Return an ordinary ZIP file of these files, in the order given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = comment
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 0
            change(info)
            archive.writestr(info, data, compression)
            info.external_attr = mode << 16  # only now: zipfile writes one of its own in place of none
    return out.getvalue()


@given(st.dictionaries(PATHS, st.binary(max_size=200), max_size=6))
def test_what_is_written_is_read_again(files: dict[str, bytes]) -> None:
    data = format_container(files)
    assert parse_container(data) == files
    assert format_container(dict(reversed(files.items()))) == data


def test_every_flipped_bit_is_refused() -> None:
    data = format_container(FILES)
    contents = zipfile.ZipFile(io.BytesIO(data)).getinfo("draw/seed.txt")
    assert contents.compress_type == zipfile.ZIP_STORED
    for position in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[position] ^= 1 << bit
            with pytest.raises(Malformed):
                parse_container(bytes(flipped))


def test_another_writer_of_the_one_form_gives_the_same_bytes() -> None:
    # So that each of the refusals below is for the one thing that it changes.
    assert write_zip(SORTED) == format_container(FILES)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(write_zip(dict(reversed(SORTED.items()))), id="another order"),
        pytest.param(write_zip(SORTED, compression=zipfile.ZIP_DEFLATED), id="compressed"),
        pytest.param(write_zip(SORTED, comment=b"hello"), id="a comment of the file"),
        pytest.param(write_zip(SORTED, lambda info: setattr(info, "comment", b"x")), id="a comment of an entry"),
        pytest.param(write_zip(SORTED, lambda info: setattr(info, "extra", b"\xfe\xca\0\0")), id="an extra field"),
        pytest.param(write_zip(SORTED, lambda info: setattr(info, "date_time", (2027, 1, 1, 0, 0, 0))), id="a date"),
        pytest.param(write_zip(SORTED, mode=0o755), id="a mode"),
        pytest.param(b"#!/bin/sh\n" + format_container(FILES), id="bytes before"),
        pytest.param(format_container(FILES) + b"\0", id="bytes after"),
        pytest.param(format_container(FILES)[:-1], id="a byte less"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_the_same_files_in_another_form_are_refused(other: bytes) -> None:
    with pytest.raises(Malformed):
        parse_container(other)


def test_a_file_that_stands_twice_is_refused() -> None:
    data = format_container({"a": b"1", "b": b"1"})
    with pytest.raises(Malformed):
        parse_container(data.replace(b"b", b"a"))


def test_bytes_hidden_between_the_files_are_refused() -> None:
    # A local header that the directory does not list: some programs show it, others do not.
    hidden = format_container({"hidden": b"x"}).partition(b"PK\x01\x02")[0]
    body, directory, rest = format_container({"a": b"1"}).partition(b"PK\x01\x02")
    end = bytearray(rest)
    struct.pack_into("<I", end, len(end) - 6, len(hidden) + len(body))
    with pytest.raises(Malformed):
        parse_container(hidden + body + directory + bytes(end))


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "./a", "a\\b", "é", "a\nb", "a\0b"]
)
def test_a_path_that_is_not_plain_is_refused(path: str) -> None:
    with pytest.raises(Malformed, match="not plain"):
        format_container({path: b""})


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = write_zip({"a": bytes(1_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2_000
    with pytest.raises(Malformed, match="compressed"):
        parse_container(bomb)


def test_files_that_overlap_are_refused_before_they_are_read() -> None:
    files = zipfile.ZipFile(io.BytesIO(data := write_zip({"a": bytes(5000), "b": b"", "c": b""})))
    repeated = bytearray(data)
    for name in ("b", "c"):
        at = data.index(b"PK\x01\x02", files.start_dir) + data[files.start_dir :].index(name.encode()) - 46
        struct.pack_into("<II", repeated, at + 20, 5000, 5000)
    with pytest.raises(Malformed, match="larger than itself"):
        parse_container(bytes(repeated))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_compressed_file_is_refused_and_not_unpacked(method: int) -> None:
    data = write_zip({"a": random.Random(1).randbytes(3000)}, compression=method)
    for position in range(31, 120):
        damaged = data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]
        with pytest.raises(Malformed):
            parse_container(damaged)


@pytest.mark.parametrize("offset", [2**32, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_file_that_stands_further_on_than_can_be_counted_is_refused(offset: int) -> None:
    body, directory, rest = format_container({"a": b"1"}).partition(b"PK\x01\x02")
    entry = bytearray((directory + rest)[:47])
    extra = struct.pack("<HHQ", 1, 8, offset)  # ZIP64: an offset of eight bytes
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry) + len(extra), len(body), 0)
    with pytest.raises(Malformed, match="not a ZIP file that can be read"):
        parse_container(body + bytes(entry) + extra + end)


METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
WRITTEN = [
    write_zip({"log/checkpoint": random.Random(1).randbytes(300), "x" * 40: b""}, compression=m) for m in METHODS
]


@settings(max_examples=400)
@given(st.sampled_from(WRITTEN), st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), max_size=4), st.data())
def test_nothing_but_malformed_leaves_the_reading(
    data: bytes, changes: list[tuple[int, int]], drawn: st.DataObject
) -> None:
    changed = bytearray(data)
    for position, value in changes:
        changed[-1 - position % len(data)] = value  # from the end, where the directory stands
    cut = drawn.draw(st.integers(0, len(data)) | st.just(len(data)))
    try:
        parse_container(bytes(changed[:cut]))
    except Malformed:
        return
    assert bytes(changed) == WRITTEN[0]


def test_the_checksum_is_the_one_of_the_format() -> None:
    data = format_container({"a": b"double-random"})
    assert struct.unpack_from("<I", data, 14) == (zlib.crc32(b"double-random"),)


def test_unzip_of_the_system_reads_it(tmp_path: Path) -> None:
    unzip = shutil.which("unzip")
    if unzip is None:
        pytest.skip("there is no unzip here")
    (tmp_path / "bundle.zip").write_bytes(format_container(FILES))
    subprocess.run([unzip, "-q", "bundle.zip", "-d", "out"], cwd=tmp_path, check=True)
    read = {str(f.relative_to(tmp_path / "out")): f.read_bytes() for f in (tmp_path / "out").rglob("*") if f.is_file()}
    assert read == FILES
