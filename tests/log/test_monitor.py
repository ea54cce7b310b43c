"""A log is watched: what must raise an alarm does, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.evidence import TERMS, month, sign_checkpoint, trust, write_log
from ledger.audit.trust import Trust
from ledger.audit.verify import Terms
from ledger.cli import steps
from ledger.log.monitor import Look, Watch, find_attested_time
from ledger.log.source import FolderSource, HttpSource, Source
from ledger.proof.encoding import format_time
from ledger.proof.note import COSIGNATURE, Verifier, format_note, parse_note
from ledger.proof.tile import format_entries
from log.served import HASTE, Served, instead, make_files, status
from world import ORIGIN, World, key

ENTRIES = list(month().entries)
NOW = month().world.now
DAY = 86_400


@pytest.fixture
def served() -> Iterator[Served]:
    with Served(make_files(ENTRIES, month().checkpoint)) as server:
        yield server


@pytest.fixture
def watch(served: Served, tmp_path: Path) -> Iterator[Watch]:
    source = HttpSource(served.url, 2, HASTE)
    yield make_watch(source, tmp_path)
    source.close()


def make_watch(source: Source, cache: Path, reader: Trust | None = None, max_age: int | None = DAY) -> Watch:
    return Watch(source, cache, Terms(reader or trust(), pairing=TERMS.pairing), max_age, DAY)


def kinds(look: Look) -> list[str]:
    return [alarm.kind for alarm in look.alarms]


def cosigned(witnesses: int = 2, seconds: int = NOW) -> bytes:
    return month().world.cosigned(seconds, witnesses)


def test_a_log_that_is_well_and_grows(served: Served, watch: Watch) -> None:
    served.files = make_files(ENTRIES[:40], month().world.cosigned_at(40))
    first = watch.look(NOW)
    served.files = make_files(ENTRIES, month().checkpoint)
    second = watch.look(NOW + 60)
    assert (first.alarms, second.alarms) == ([], [])
    assert [(look.facts["size"], look.facts["grown"]) for look in (first, second)] == [
        (40, 40),
        (len(ENTRIES), len(ENTRIES) - 40),
    ]
    assert second.facts["verified"] == {"at": format_time(NOW), "size": 40}, "the whole log is verified now and then"


def test_the_whole_log_is_verified_at_first_and_once_a_day(watch: Watch) -> None:
    verified = [watch.look(NOW + seconds).facts["verified"]["at"] for seconds in (0, 60, DAY - 1, DAY, DAY + 60)]
    assert verified == [format_time(NOW)] * 3 + [format_time(NOW + DAY)] * 2


def test_what_was_found_and_cannot_be_read_is_found_again(watch: Watch, tmp_path: Path) -> None:
    watch.look(NOW)
    (file,) = tmp_path.rglob("verified.json")
    file.write_bytes(file.read_bytes()[:10])
    assert watch.look(NOW + 60).facts["verified"]["at"] == format_time(NOW + 60)


@pytest.mark.parametrize(
    ("witnesses", "seconds", "expected"),
    [
        (2, NOW - DAY, []),
        (2, NOW - DAY - 1, ["stale"]),
        (2, NOW + 300, []),
        (2, NOW + 301, ["clock"]),
        (1, NOW, ["quorum"]),
        (0, NOW, ["quorum"]),
    ],
)
def test_witnesses_must_be_there_and_their_time_be_new(
    served: Served, watch: Watch, witnesses: int, seconds: int, expected: list[str]
) -> None:
    served.files["checkpoint"] = cosigned(witnesses, seconds)
    look = watch.look(NOW)
    # The whole verification counts the quorum too, as check 5.
    assert kinds(look) == expected + ["check"] * (witnesses < 2)
    assert look.facts["missing"] == ["discipline", "justice"][: 2 - witnesses]


def test_a_witness_that_is_missing_is_named_where_the_others_are_enough(
    served: Served, watch: Watch, tmp_path: Path
) -> None:
    served.files["checkpoint"] = cosigned(1)
    look = make_watch(watch.source, tmp_path, trust("any")).look(NOW)
    assert (look.alarms, look.facts["missing"]) == ([], ["discipline"])


def test_t10_another_key_of_a_witnesss_name_is_not_that_witness(served: Served, watch: Watch, tmp_path: Path) -> None:
    reader = trust()
    reader.witnesses["ghost"] = Verifier(reader.witnesses["justice"].name, key("ghost").verifier.key, COSIGNATURE)
    look = make_watch(watch.source, tmp_path, reader).look(NOW)
    assert look.facts["missing"] == ["ghost"]


def test_without_a_quorum_nothing_is_asked_of_witnesses(served: Served, watch: Watch, tmp_path: Path) -> None:
    served.files["checkpoint"] = cosigned(0)
    nobody = Trust(trust().logs)
    look = make_watch(watch.source, tmp_path, nobody).look(NOW + 90 * DAY)
    assert (look.alarms, look.facts["attested"]) == ([], None)


@pytest.mark.parametrize(
    ("times", "quorum", "expected"),
    [
        ({}, 1, None),
        ({"a": 5}, 1, 5),
        ({"a": 5, "b": 9}, 1, 9),
        ({"a": 5, "b": 9}, 2, 5),
        ({"a": 5, "b": 9}, 3, None),
        ({"a": 5, "b": 9, "c": 7}, 2, 7),
        ({"a": 5, "b": 10**9, "c": 5}, 2, 5),
    ],
)
def test_the_newest_time_that_a_quorum_attests(times: dict[str, int], quorum: int, expected: int | None) -> None:
    assert find_attested_time(times, lambda names: len(names) >= quorum) == expected


def test_t10_a_fork_raises_the_alarm_of_check_4(served: Served, watch: Watch) -> None:
    assert watch.look(NOW).alarms == []
    fork = [*ENTRIES[:-1], ENTRIES[-1].replace(b'"at"', b'"AT"')]
    served.files = make_files(fork, sign_checkpoint(fork, witnesses=2, seconds=NOW))
    for _ in range(2):
        (alarm,) = watch.look(NOW + 60).alarms
        assert alarm.kind == "since"
        assert f"{ORIGIN}: the checkpoint of size {len(ENTRIES)}" in alarm.en
        assert "没有延续此前留存的" in alarm.zh


def test_t30_a_rollback_raises_the_alarm_of_check_4(served: Served, watch: Watch) -> None:
    assert watch.look(NOW).alarms == []
    served.files = make_files(ENTRIES[:40], month().world.cosigned_at(40))
    assert kinds(watch.look(NOW + 60)) == ["since"]


def test_what_is_served_wrong_or_not_at_all_raises_an_alarm(served: Served, watch: Watch) -> None:
    (bundle,) = (path for path in served.files if path.startswith("tile/entries/"))
    for path, quirk, kind in (
        ("checkpoint", status(503), "unreachable"),
        ("checkpoint", status(404), "unreachable"),
        ("checkpoint", instead(b"<html>"), "unreadable"),
        ("checkpoint", instead(month().checkpoint.replace(b"\n%d\n" % len(ENTRIES), b"\n56\n")), "checkpoint"),
        (bundle, status(404), "tree"),
        (bundle, instead(format_entries(ENTRIES[:-1])), "tree"),
    ):
        served.quirks = {path: quirk}
        assert kinds(watch.look(NOW)) == [kind]
    served.quirks.clear()
    assert watch.look(NOW).alarms == []


def test_a_log_that_its_key_did_not_sign_raises_an_alarm(served: Served, watch: Watch) -> None:
    note = parse_note(month().checkpoint)
    served.files["checkpoint"] = format_note(note.text, note.signatures[1:])
    assert kinds(watch.look(NOW)) == ["checkpoint"]


def test_what_the_whole_verification_found_stands_until_the_log_has_grown(served: Served, watch: Watch) -> None:
    for later, extra in ((0, [b"not an event"]), (60, [b"not an event"]), (120, [b"not an event", b"nor this"])):
        entries = [*ENTRIES, *extra]
        served.files = make_files(entries, sign_checkpoint(entries, witnesses=2, seconds=NOW))
        look = watch.look(NOW + later)
        assert [(alarm.kind, alarm.en.partition(":")[0]) for alarm in look.alarms] == [("check", "check 7 failed")]
        verified = (NOW + 120, len(ENTRIES) + 2) if later == 120 else (NOW, len(ENTRIES) + 1)
        assert look.facts["verified"] == {"at": format_time(verified[0]), "size": verified[1]}


def test_a_draw_past_its_time_is_overdue_after_an_hour_and_no_more_once_it_has_its_outcome(
    served: Served, watch: Watch
) -> None:
    world = World().prepare_year()
    slot = world.run_to("witness")
    draw_at = world.record.draws.by_slot[slot].draw_at

    def serve() -> None:
        served.files = make_files(world.log.entries, world.cosigned(draw_at))

    serve()
    assert kinds(watch.look(draw_at + 3600)) == []
    (alarm,) = watch.look(draw_at + DAY + 3600).alarms[-1:]
    assert (alarm.kind, alarm.en) == ("overdue", f"slot {slot} is past its time without an outcome")
    world.randomness(slot)
    steps.execute_draw(world.desk, slot, "bureau/enforcement")
    serve()
    assert "overdue" not in kinds(watch.look(draw_at + DAY + 3700))


def test_t18_an_entry_edited_in_a_folder_is_seen_at_the_next_whole_verification(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", ENTRIES, month().checkpoint)
    watch = make_watch(FolderSource(folder), tmp_path / "cache", max_age=None)
    assert watch.look(NOW).alarms == []
    (bundle,) = (folder / "tile/entries").rglob(str(len(ENTRIES)))
    bundle.write_bytes(bundle.read_bytes().replace(b"kinship", b"KINSHIP"))
    assert kinds(watch.look(NOW + 60)) == []
    assert "check 6 failed" in [alarm.en.partition(":")[0] for alarm in watch.look(NOW + DAY).alarms]


def test_a_look_is_one_line_of_json_in_which_chinese_can_be_read(watch: Watch, served: Served) -> None:
    served.quirks["checkpoint"] = status(404)
    line = watch.look(NOW).format_json()
    assert "\n" not in line
    assert '"kind": "unreachable", "zh": "' in line
    assert "服务器答复 404" in line
