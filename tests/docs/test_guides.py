"""The guides: every command in them is run, in the order of the page, and gives what the page says."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.run import run
from ledger.audit.checks import CHECKS
from ledger.cli import settings
from ledger.log import monitor
from log.served import Served
from log.tsa import Tsa, serve_tsa, tsa
from postgres import Server
from snippets import Reader, read_blocks, read_headings, read_section

Page = Callable[[str], str]
GUIDE = "docs/guide"
__all__ = ["tsa"]  # the fixture


@pytest.mark.parametrize("name", ["official", "citizen", "auditor", "operator"])
def test_the_chinese_guide_is_a_complete_twin(page: Page, name: str) -> None:
    english, chinese = page(f"{GUIDE}/{name}.md"), page(f"{GUIDE}/{name}.zh-CN.md")
    assert read_blocks(english) == read_blocks(chinese)
    assert [level for level, _ in read_headings(english)] == [level for level, _ in read_headings(chinese)]


def test_every_chinese_sister_and_its_page_name_each_other(root: Path) -> None:
    sisters = sorted((root / "docs").rglob("*.zh-CN.md"))
    assert len(sisters) > 6
    for sister in sisters:
        english = sister.with_name(sister.name.replace(".zh-CN", ""))
        assert f"]({sister.name})" in english.read_text(encoding="utf-8"), english
        assert f"]({english.name})" in sister.read_text(encoding="utf-8"), sister


def test_a_guide_leaves_no_folder_set_for_the_next_one(root: Path) -> None:
    for guide in (root / GUIDE).glob("*.md"):
        shells = ("sh", "bash")  # bash: what needs a server of somebody's own
        found = read_blocks(guide.read_text(encoding="utf-8"))
        blocks = "".join(block for shell in shells for language, block in found if language == shell)
        set_here = re.findall(r"^export (\w+)=", blocks, re.MULTILINE)
        assert set_here == re.findall(r"^unset (\w+)$", blocks, re.MULTILINE), guide
        for name in set_here:
            assert blocks.rindex(f"\nunset {name}\n") > blocks.rindex(f"export {name}="), guide


def test_a_month_runs_as_the_officials_guide_says(page: Page, reader: Reader) -> None:
    printed = reader.follow(page(f"{GUIDE}/official.md"))
    assert "24 rows: 24 can be taken, 0 cannot" in printed[1]
    assert "follows officer-" in "".join(printed)
    verified = [text for text in printed if "Nothing failed." in text]
    unchecked = [re.findall(r"^ *(\d+) not checked", text, re.MULTILINE) for text in verified]
    by_lotteries = ["4", "16", "25"]
    assert unchecked == [["25"], by_lotteries, by_lotteries], "the month's draw, one by lotteries, a sealed one"
    assert "officer-07 (#" in verified[1]
    replayed = run("replay", "--dir", "rehearsal", "--json").json()
    assert replayed["draws"] == {f"bureau/2023-{month}/001": "executed" for month in ("09", "11", "12")}
    assert replayed["published"] == 3, "a case of the draw, an inspection outside draws, and a case that was sealed"
    check_sealed(printed[-5:])
    listed = run("case", "list", "bureau/2023-09/001", "--dir", "rehearsal").out.splitlines()
    states = [line.split("\t")[5] for line in listed]
    assert states == ["state", "published", *["assigned"] * (len(states) - 2)]
    assert listed[2].split("\t")[-1].split(" ")[1].startswith("示例"), "the installation knows its officers' names"


def check_sealed(printed: list[str]) -> None:
    """Check what the commands of the rehearsed sealed draw print: nobody is named before the sheet is opened."""
    enrolled, checked, handed, visited, shown = printed
    assert enrolled.count("enrolled") == 7
    assert checked.count("is what it committed to") == 6
    assert "0001\t—\tsealed until 2024-01-04\t" in handed
    assert "bureau-2023-12-001-0001.sheet\t" in handed
    assert "EXAMPLE" not in enrolled + checked + handed
    (drawn,) = set(re.findall(r"91440307EXAMPLE\w+", visited))
    assert "overdue: to be revealed, visits were due by 2024-01-04" in shown
    assert f"0001\t{drawn}\t" in shown
    assert "Nothing failed." in shown


def test_the_officials_guide_names_every_station_in_order(page: Page) -> None:
    stations = re.findall(r"^\./run draw (\w+)", page(f"{GUIDE}/official.md"), re.MULTILINE)
    order = [
        "open",
        "freeze",
        "commit",
        "reveal",
        "close",
        "witness",
        "randomness",
        "execute",
        "attest",
        "status",
        "assign",
        "dice",
        "check",
        "sheets",
    ]
    assert list(dict.fromkeys(stations)) == order


def test_a_citizen_checks_a_draw_as_the_guide_says(page: Page, reader_after_demo: Reader) -> None:
    _, explained, by_hand, verified, script, kept = reader_after_demo.follow(page(f"{GUIDE}/citizen.md"))
    assert by_hand.startswith("double-random-seed/1\n")
    ticket, largest = (line.split()[0] for line in by_hand.splitlines()[-2:])
    assert f"ticket is {ticket}" in explained
    assert ("it was drawn" in explained) == (ticket <= largest)
    assert re.findall(r"^ *(\d+) not checked", verified, re.MULTILINE) == ["4", "25"]
    assert re.findall(r"^ *(\d+) not checked", kept, re.MULTILINE) == ["25"]
    assert re.findall(r"^ *(\d+) passed", script, re.MULTILINE) == ["14", "17", "18"]


def test_a_changed_bundle_is_seen_by_the_citizen(page: Page, reader_after_demo: Reader) -> None:
    reader_after_demo.follow(read_section(page(f"{GUIDE}/citizen.md"), "What to fetch"))
    data = bytearray(Path("bundle.zip").read_bytes())
    data[len(data) // 2] ^= 1
    Path("bundle.zip").write_bytes(data)
    assert run("verify", "bundle.zip", "--policy", "trust.txt").status == 1


def test_an_auditor_checks_a_log_as_the_guide_says(
    page: Page, reader_after_demo: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Path("double-random-data/log")
    files = {file.relative_to(log).as_posix(): file.read_bytes() for file in log.rglob("*") if file.is_file()}
    with Served(files) as served:
        monkeypatch.setenv("LOG_URL", served.url)
        _, whole, since, followed, watched, replayed, _ = reader_after_demo.follow(page(f"{GUIDE}/auditor.md"))
    assert re.findall(r"^ *(\d+) not checked", followed, re.MULTILINE) == ["1", "4", "24", "25"]
    again = json.loads(Path("followed.json").read_text(encoding="utf-8"))
    assert [check["number"] for check in again["checks"] if check["status"] == "not checked"] == [1, 24, 25]
    assert "228 entries (+0)" in watched
    assert watched.endswith("No alarm.\n")
    assert re.findall(r"^ *(\d+) not checked", whole, re.MULTILINE) == ["1", "4", "24", "25"]
    assert re.findall(r"^ *(\d+) not checked", since, re.MULTILINE) == ["1", "24", "25"]
    assert "size: 228" in replayed
    assert '"size": 100' in replayed
    strict = run("verify", "double-random-data", "--policy", "trust.txt", "--since", "kept.txt", "--strict")
    assert strict.status == 0, "the guide says that what is about a bundle's file is not wanted of a folder"


def test_the_auditors_guide_names_every_alarm(page: Page) -> None:
    section = read_section(page(f"{GUIDE}/auditor.md"), "Watching a log")
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.+?) \|", section, re.MULTILINE))))
    source = Path(monitor.__file__).read_text(encoding="utf-8")
    raised = set(re.findall(r'look\.alarm\(\s*(?:error\.check or )?"(\w+)"', source))
    by_following = {"since", "tree", "checkpoint", "identity"}
    assert named == raised | by_following


@pytest.mark.parametrize(
    ("name", "heading"), [("auditor.md", 'What "not checked" means'), ("auditor.zh-CN.md", "“未核验”是什么意思")]
)
def test_the_auditors_guide_names_the_checks_by_their_numbers(page: Page, name: str, heading: str) -> None:
    section = read_section(page(f"{GUIDE}/{name}"), heading)
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ") and line[2].isdigit()]
    numbers = {int(number) for row in rows for number in re.findall(r"\d+", row)}
    assert numbers <= {check.number for check in CHECKS}
    unwanted = {check.number for check in CHECKS if not check.is_wanted}
    assert unwanted <= numbers


def test_keys_move_to_their_units_as_the_operators_guide_says(page: Page, reader: Reader) -> None:
    own, draft, waiting, checked, receipt, witness, succession = reader.follow(page(f"{GUIDE}/operator.md"))
    assert "key enrolled" in own
    assert own.count("revoked\t") == 1
    assert "event: a unit's key is revoked (key.revoked/1)" in draft
    assert "recorded as entry" in draft
    assert waiting.endswith("it may sign once 14 witnessed days have passed\n")
    assert checked.endswith("Sound: nothing differs.\n")
    states = [line.split("\t")[0] for line in run("keys", "list", "--dir", "installation").out.splitlines()]
    assert (states[0], states.count("revoked"), states[-1]) == ("state", 2, "waiting (0 of 14 witnessed days)")
    assert "the receipt holds: entry 0" in receipt
    assert "the log is closed" in succession
    told = run("verify", "next")
    assert told.status == 0
    assert "continues the log longgang.example/double-random" in told.out
    vkeys = [run("log", "vkey", "--dir", folder).out for folder in ("installation", "next")]
    assert Path("witness/logs.txt").read_text() == "".join(f"log {vkey}" for vkey in vkeys)
    assert witness.splitlines()[-1].startswith("witness sfj.example/witness sfj.example/witness+")


def test_a_log_is_kept_in_postgresql_as_the_operators_guide_says(page: Page, postgres: Server, reader: Reader) -> None:
    blocks = read_blocks(read_section(page(f"{GUIDE}/operator.md"), "PostgreSQL"))
    (administration,) = (block for language, block in blocks if language == "sql")
    commands = [f"```sh\n{block}```\n" for language, block in blocks if language == "bash"]
    try:
        for statement in administration.rstrip(";\n").split(";"):
            postgres.execute("postgres", "postgres", statement)
        migrated, kept = reader.follow("".join(commands).replace("db.example", str(postgres.folder)))
        assert "DOUBLE_RANDOM_DATABASE" in migrated
        assert "longgang.example/double-random\n1\n" in kept
    finally:
        postgres.execute("postgres", "postgres", "DROP DATABASE IF EXISTS ledger")
        for role in ("ledger_owner", "ledger_writer", "ledger_reader"):
            postgres.execute("postgres", "postgres", f"DROP ROLE IF EXISTS {role}")


def test_every_setting_of_the_environment_is_in_the_operators_guides(page: Page) -> None:
    for name in ("operator.md", "operator.zh-CN.md"):
        named = re.findall(r"^\| `(DOUBLE_RANDOM_\w+)` \|", page(f"{GUIDE}/{name}"), re.MULTILINE)
        assert named == [settings.DATABASE, settings.LOCK]


def test_a_checkpoint_is_stamped_and_checked_as_the_guides_say(page: Page, reader_after_demo: Reader, tsa: Tsa) -> None:
    shutil.copy(tsa.ca, "tsa-ca.pem")
    operator = prepare(page(f"{GUIDE}/operator.md"), "Time-stamps")
    with serve_tsa(tsa) as url:
        assert "https://tsa.example/tsr" in operator
        (stamped,) = reader_after_demo.follow(operator.replace("https://tsa.example/tsr", url))
    checked, by_openssl = reader_after_demo.follow(prepare(page(f"{GUIDE}/auditor.md"), "By when it was there"))
    assert stamped == checked
    assert checked.startswith("the checkpoint of size 228 was there by ")
    assert "Status info" in by_openssl
    assert "Hash Algorithm: sha256" in by_openssl


def test_a_log_is_copied_and_verified_as_the_operators_guide_says(page: Page, reader_after_demo: Reader) -> None:
    (copied,) = reader_after_demo.follow(prepare(page(f"{GUIDE}/operator.md"), "The log in an object store"))
    assert re.match(r"file://\S+/mirror has the checkpoint of size 228 \(before: 0\)", copied)
    assert "Nothing failed." in copied


def prepare(page: str, heading: str) -> str:
    """Return a section whose blocks do not run by themselves as one whose blocks do, on what the demonstration left."""
    section = read_section(page, heading).replace("--dir installation", "--dir double-random-data")
    return section.replace("```bash\n", "```sh\n")


@pytest.mark.parametrize(("name", "heading"), [("operator.md", "One folder"), ("operator.zh-CN.md", "一个文件夹")])
def test_the_operators_guide_names_every_folder_of_an_installation(
    page: Page, demo: Path, name: str, heading: str
) -> None:
    section = read_section(page(f"{GUIDE}/{name}"), heading)
    named = set(re.findall(r"`(\w+)/`", section))
    there = {folder.name for folder in (demo / "double-random-data").iterdir()}
    assert there | {"receipts"} == named, "receipts/ is made by `serve`"
