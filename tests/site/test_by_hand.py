"""The shell lines that the page of verification gives: run as they stand, they tell a good draw from a bad one."""

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from audit.evidence import month, unpack
from ledger.audit.checks import CHECKS
from service.published import Published
from service.site.explanations import EXPLANATIONS
from service.site.language import CODES, Language
from service.site.pages import show_page


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return unpack(tmp_path / "bundle", month().files)


@pytest.fixture(scope="module")
def commands(published: Published) -> dict[int, str]:
    """The commands as a reader copies them from the page, by the check's number."""
    page = show_page(published, "verify/", Language("zh"))
    assert page is not None
    found = re.findall(r'<li id="check-(\d+)".*?</li>', page, re.DOTALL)
    assert [int(number) for number in found] == [check.number for check in CHECKS]
    parts = re.finditer(r'<li id="check-(\d+)"(.*?)</li>', page, re.DOTALL)
    lines = {int(part[1]): re.findall(r"<pre[^>]*>(.*?)</pre>", part[2], re.DOTALL) for part in parts}
    return {number: unescape(one[0]) for number, one in lines.items() if one}


def run(command: str, folder: Path) -> list[str]:
    """Return what shell lines print."""
    ran = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def strata() -> Iterator[str]:
    """Give the strata."""
    for path in month().files:
        if path.startswith("draw/codes/"):
            yield path.removeprefix("draw/codes/").removesuffix(".txt")


def test_the_seed_comes_out(commands: dict[int, str], bundle: Path) -> None:
    outcome = month().world.draw(month().slot).outcome
    assert outcome is not None
    assert run(commands[17], bundle)[0].split()[0] == outcome.seed


def test_every_stratum_comes_out_the_same_until_somebody_is_moved(commands: dict[int, str], bundle: Path) -> None:
    assert run(commands[18], bundle) == sorted(strata())
    file = bundle / "draw" / "drawn" / f"{min(strata())}.txt"
    first, *rest = file.read_text().splitlines()
    file.write_text("\n".join([first[:-1] + ("1" if first[-1] != "1" else "2"), *rest, ""]))
    assert run(commands[18], bundle) == sorted(strata())[1:]


def test_every_share_fits_its_seal_until_one_is_changed(commands: dict[int, str], bundle: Path) -> None:
    lines = [line.split() for line in run(commands[14], bundle)]
    assert any(found != "-" for _, _, found in lines)
    assert all(found in ("-", seal) for _, seal, found in lines)
    file = bundle / "draw" / "shares.txt"
    file.write_text(re.sub(r"[0-9a-f]\n", "x\n", file.read_text(), count=1))
    assert any(found not in ("-", seal) for _, seal, found in map(str.split, run(commands[14], bundle)))


def test_the_checkpoint_and_the_entries_of_the_draw_are_listed(commands: dict[int, str], bundle: Path) -> None:
    assert run(commands[4], bundle) == month().checkpoint.decode().splitlines()[:3]
    assert run(commands[13], bundle) == sorted(path.name for path in (bundle / "draw" / "entries").iterdir())
    assert sorted(commands) == [3, 4, 6, 13, 14, 16, 17, 18, 19, 20], "a command of the page has no test"


def test_the_signature_of_the_checkpoint_holds_until_a_digit_is_changed(commands: dict[int, str], bundle: Path) -> None:
    if shutil.which("openssl") is None and not os.environ.get("CI"):
        pytest.skip("there is no openssl here (Debian: openssl)")
    assert run(commands[3], bundle) == ["Signature Verified Successfully"]
    file = bundle / "log" / "checkpoint"
    origin, size, rest = file.read_text().split("\n", 2)
    file.write_text("\n".join([origin, str(int(size) + 1), rest]))
    assert run(commands[3], bundle) == ["Signature Verification Failure"]


def test_all_entries_give_the_checkpoints_root_until_one_is_changed(commands: dict[int, str], bundle: Path) -> None:
    root = month().checkpoint.decode().splitlines()[2]
    assert run(commands[6], bundle) == [root, root]
    file = next(path for path in (bundle / "log" / "tile" / "entries").rglob("*") if path.is_file())
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    found, expected = run(commands[6], bundle)
    assert (found == root, expected) == (False, root)


def test_the_randomness_that_was_used_is_printed(commands: dict[int, str], bundle: Path) -> None:
    (line,) = run(commands[16], bundle)
    assert line.startswith("local ")
    assert line in month().files["draw/seed.txt"].decode()


def test_the_officers_cases_are_counted_beside_the_caps(commands: dict[int, str], bundle: Path) -> None:
    outcome = month().world.draw(month().slot).outcome
    assert outcome is not None
    *counted, caps = run(commands[19], bundle)
    expected = Counter(officer for sheet in outcome.sheets for officer in sheet.officers)
    assert {line.split()[1].strip('"'): int(line.split()[0]) for line in counted} == expected
    assert f'"cap":{outcome.caps[0].cap}' in caps


def test_the_sheets_give_the_root_that_was_signed_until_one_is_changed(commands: dict[int, str], bundle: Path) -> None:
    outcome = month().world.draw(month().slot).outcome
    assert outcome is not None
    found, signed = run(commands[20], bundle)
    assert found == outcome.ref.root
    assert outcome.ref.root in signed
    file = bundle / "draw" / "sheets.jsonl"
    file.write_text(file.read_text().replace("street/buji", "street/buji2", 1))
    assert run(commands[20], bundle)[0] != outcome.ref.root


@pytest.mark.parametrize("language", CODES)
def test_every_check_says_what_it_means_and_how_to_do_it_by_hand(published: Published, language: str) -> None:
    page = show_page(published, "verify/", Language("en" if language == "en" else "zh"))
    assert page is not None
    side = CODES.index(language)
    assert EXPLANATIONS.keys() == {check.id for check in CHECKS}
    for one in EXPLANATIONS.values():
        assert one.plain[side] in unescape(page)
        assert one.by_hand[side] in unescape(page)
