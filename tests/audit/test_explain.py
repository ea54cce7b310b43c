"""What one enterprise's owner is told: the numbers that anybody gets by hand, and a proof of place or of absence."""

import json
import re
import subprocess
from functools import cache
from typing import Any

import pytest

from audit.evidence import TERMS, collect, month, pack, replace, sign_again, sign_checkpoint
from ledger.audit.container import format_container
from ledger.audit.explain import MATCHES, Explanation, explain, format_explanation
from ledger.audit.pairing import check_pairing
from ledger.audit.verify import verify_bundle
from ledger.audit.wording import translate
from ledger.office.outcome import Outcome
from ledger.proof.draw import derive_sub_seed, derive_ticket
from ledger.proof.encoding import Hash, parse_canonical
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.merkle import Absence, Neighbour, check_absence, check_inclusion, derive_leaf_hash
from world import LINE, World, make_targets


def ask(code: str) -> Explanation:
    """Ask about the month's draw."""
    return explain(code, month().data, check_pairing)


def outcome() -> Outcome:
    """Return what the month's draw gave."""
    found = month().world.draw(month().slot).outcome
    assert found is not None
    return found


@cache
def codes() -> list[str]:
    """Return the codes of the stratum trade that could be drawn, smallest ticket first."""
    sub_seed = derive_sub_seed(outcome().seed, "pool", "trade")
    listed = month().files["draw/codes/trade.txt"].decode().split()
    return sorted(listed, key=lambda code: derive_ticket(sub_seed, code))


def by_shell(command: str) -> str:
    """Return the first word that a shell line prints."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.split()[0]


def bytes_of(path: tuple[str, ...]) -> list[bytes]:
    """Return a path's hashes."""
    return [bytes.fromhex(node) for node in path]


DRAWN = [sheet.code for sheet in outcome().sheets]
CLOSED = make_targets("industry-trade", 60)[16]["id"]
ABSENT = "91440300EXAMPLE01X"


@pytest.mark.parametrize("code", [DRAWN[0], DRAWN[-1], CLOSED])
def test_a_leaf_stands_under_the_frozen_root(code: str) -> None:
    told = ask(code)
    assert told.leaf is not None
    frozen = month().world.draw(month().slot).frozen
    assert frozen is not None
    assert (told.pool_root, told.pool_size) == (frozen.pool.root, frozen.pool.count)
    leaf_hash = derive_leaf_hash(told.leaf.text.encode())
    root = bytes.fromhex(told.pool_root)
    check_inclusion(leaf_hash, told.leaf.index, told.pool_size, bytes_of(told.leaf.path), root)
    assert parse_canonical(told.leaf.text.encode())["id"] == code


def test_the_shell_lines_give_what_is_told() -> None:
    for code in (DRAWN[0], codes()[-1]):
        ticket = ask(code).ticket
        assert ticket is not None
        assert by_shell(ticket.commands[0]) == ticket.sub_seed
        assert by_shell(ticket.commands[1]) == ticket.ticket


def test_the_shell_line_of_a_number_that_a_shell_could_stumble_over() -> None:
    odd = "reg:$(id)';粤#1"
    rows = make_targets("industry-trade", 30)
    rows[0]["id"] = odd
    world = World().prepare_year(targets=rows)
    ticket = explain(odd, collect(world, world.run_to("execute")).data).ticket
    assert ticket is not None
    assert by_shell(ticket.commands[1]) == ticket.ticket


def test_rank_and_threshold_follow_from_the_tickets_of_the_stratum() -> None:
    ordered = codes()
    assert len(ordered) == 57
    sub_seed = by_shell(f"printf '%s|pool|trade' {outcome().seed} | sha256sum")
    third = by_shell(f"printf '%s%s' {sub_seed} {ordered[2]} | sha256sum")
    for rank in (1, 3, 4, 30, 57):
        told = ask(ordered[rank - 1])
        assert told.ticket is not None
        assert (told.ticket.rank, told.ticket.eligible, told.ticket.drawn) == (rank, 57, 3)
        assert told.ticket.threshold == third
        assert told.ticket.percentile == 100 * (rank - 1) // 57
        assert told.is_drawn is (rank <= 3)
        assert told.is_drawn is (told.ticket.ticket <= told.ticket.threshold)


def test_who_was_drawn_is_told_who_comes_and_why() -> None:
    sheet = outcome().sheets[0]
    told = ask(sheet.code).inspection
    assert told is not None
    assert (told.host, told.officers, told.deadline) == (sheet.host, sheet.officers, sheet.deadline)
    assert [item for item, _ in told.items] == list(sheet.items)
    assert all(content.endswith("项检查内容") for _, content in told.items)
    leaf_hash, root = derive_leaf_hash(sheet.format()), bytes.fromhex(outcome().ref.root)
    assert told.leaf.text.encode() == sheet.format()
    check_inclusion(leaf_hash, told.leaf.index, len(outcome().sheets), bytes_of(told.leaf.path), root)


def test_a_replacement_is_told_beside_who_was_drawn() -> None:
    case = month().world.record.cases.by_subject[f"case/{month().slot}/0001"]
    told = ask(case.sheet.code)
    assert told.inspection is not None
    assert told.inspection.serving == tuple(case.officers) != told.inspection.officers
    assert f"Officers after recusals: {', '.join(case.officers)}" in format_explanation(told, "en")
    assert "回避递补后" in format_explanation(told, "zh")
    assert "after recusals" not in format_explanation(ask(DRAWN[1]), "en")


def test_who_could_not_be_drawn_is_told_the_reason() -> None:
    told = ask(CLOSED)
    assert (told.excluded, told.ticket, told.is_drawn) == ("closed", None, False)
    assert "已关闭（closed）" in format_explanation(told, "zh")
    assert "it is closed (closed)" in format_explanation(told, "en")


def neighbour(leaf: Any) -> Neighbour:
    """Return a leaf as a neighbour; its id is read out of its own bytes."""
    path = tuple(Hash(node) for node in bytes_of(leaf.path))
    return Neighbour(parse_canonical(leaf.text.encode())["id"], leaf.text.encode(), leaf.index, path)


@pytest.mark.parametrize(
    ("code", "sides"),
    [("000000000000000000", (False, True)), (ABSENT, (True, False)), (DRAWN[0][:-1] + "A", (True, True))],
)
def test_t11_an_enterprise_that_was_left_off_gets_a_proof_of_it(code: str, sides: tuple[bool, bool]) -> None:
    told = ask(code)
    assert (told.leaf, told.ticket, told.stratum, told.registered) == (None, None, None, False)
    found = [neighbour(leaf) for leaf in told.neighbours]
    absence = Absence(found[0] if sides[0] else None, found[-1] if sides[1] else None)
    assert len(found) == sum(sides)
    check_absence(code, absence, told.pool_size, bytes.fromhex(told.pool_root))
    with pytest.raises(Mismatch):
        check_absence(found[0].id, absence, told.pool_size, bytes.fromhex(told.pool_root))
    for one in found:
        assert one.id in format_explanation(told, "zh")
        assert one.id in format_explanation(told, "en")


def test_t11_an_enterprise_on_the_roster_but_out_of_scope_is_told_so() -> None:
    world = World()
    world.plan = [{**LINE, "strata": LINE["strata"][:1]}]
    world.prepare_year()
    data = collect(world, world.run_to("execute")).data
    told = explain(make_targets("hazchem", 1)[0]["id"], data)
    assert (told.leaf, told.registered) == (None, True)
    assert "outside the scope of this draw" in format_explanation(told, "en")
    assert "不属于本次抽取的范围" in format_explanation(told, "zh")


def test_a_code_in_another_spelling_is_found_and_the_spelling_is_told() -> None:
    asked = f" {DRAWN[0][:8].lower()} {DRAWN[0][8:].lower()}\n"
    told = ask(asked)
    assert (told.asked, told.code, told.is_drawn) == (asked, DRAWN[0], True)
    assert f"以下按“{DRAWN[0]}”查询" in format_explanation(told, "zh")
    assert "以下按" not in format_explanation(ask(DRAWN[0]), "zh")


def test_an_older_number_is_found_without_its_prefix() -> None:
    rows = make_targets("industry-trade", 30)
    rows[0]["id"] = "reg:440307A00012"
    world = World().prepare_year(targets=rows)
    data = collect(world, world.run_to("execute")).data
    assert {explain(code, data).code for code in ("440307A00012", "440307a00012 ", "reg:440307A00012")} == {
        "reg:440307A00012"
    }


def test_a_whole_name_is_looked_up() -> None:
    row = make_targets("industry-trade", 60)[50]
    told = ask(f" {row['name']} ")
    assert (told.code, told.stratum) == (row["id"], "trade")
    assert f"以下按“{row['id']}”查询" in format_explanation(told, "zh")


def test_a_part_of_a_name_is_no_number_but_brings_the_matches() -> None:
    rows = make_targets("industry-trade", 30)
    rows[0]["name"] = "Delta Works"
    world = World().prepare_year(targets=rows)
    data = collect(world, world.run_to("execute")).data
    with pytest.raises(Refused, match=rf"is in the names of 1 enterprises .* {rows[0]['id']} Delta Works") as one:
        explain("delta", data)
    assert "请给出其中一户的代码" in translate(str(one.value))
    with pytest.raises(Refused, match="is in the names of 53 enterprises") as many:
        explain("测试企业", data)
    assert str(many.value).count("测试企业") == 1 + MATCHES
    with pytest.raises(Refused, match="is in no public name of the year's roster"):
        explain("不存在有限公司", data)
    assert explain("reg:不存在有限公司", data).leaf is None, "what is said to be a number is taken for one"
    assert explain("DELTA12", data).code == "reg:DELTA12"


def test_the_stratum_stands_with_the_name_of_the_sub_roster() -> None:
    told = ask(DRAWN[0])
    assert told.sub_roster is not None
    assert f"属于分册“{told.sub_roster.zh}”，抽取层代号 {told.stratum}。" in format_explanation(told, "zh")
    assert f"of sub-roster {told.sub_roster.en}, in the stratum with the id {told.stratum}." in format_explanation(
        told, "en"
    )


def test_what_cannot_be_a_code_is_refused() -> None:
    for asked in ("", "  ", "a|b", "é"):
        with pytest.raises(Malformed, match="code"):
            ask(asked)


def test_the_json_holds_every_value() -> None:
    told = ask(DRAWN[0])
    read = json.loads(told.format_json())
    assert (read["code"], read["is_drawn"], read["seed"]) == (DRAWN[0], True, outcome().seed)
    assert read["ticket"] == outcome().sheets[0].ticket
    assert read["leaf"]["path"] == list(told.leaf.path if told.leaf else ())
    assert read["inspection"]["host_names"].keys() == {"zh", "en"}


@pytest.mark.parametrize("code", [DRAWN[0], codes()[-1], CLOSED, ABSENT])
def test_both_languages_say_the_same_in_as_many_lines(code: str) -> None:
    told = ask(code)
    chinese, english = (format_explanation(told, locale).split("\n") for locale in ("zh", "en"))
    assert len(chinese) == len(english)
    hashes = [re.findall("[0-9a-f]{64}", line) for line in chinese]
    assert hashes == [re.findall("[0-9a-f]{64}", line) for line in english]
    assert any(hashes)
    place = int(told.is_mistyped) + 1
    assert "local" in chinese[place]
    assert "not public randomness" in english[place]


def test_a_stratum_of_which_nobody_is_drawn_this_month() -> None:
    world = World()
    few = {"id": "few", "scope": {"sub_rosters": ["hazchem"]}, "count": 1}
    world.plan = [{**LINE, "strata": [LINE["strata"][0], few], "weights": [1, 2, *[0] * 10]}]
    world.prepare_year()
    data = collect(world, world.run_to("execute")).data
    told = explain(make_targets("hazchem", 1)[0]["id"], data)
    assert told.ticket is not None
    assert (told.ticket.drawn, told.ticket.threshold, told.is_drawn) == (0, None, False)
    assert "该层本次没有抽取任何单位。" in format_explanation(told, "zh")


def test_a_bundle_that_fails_a_check_is_not_explained() -> None:
    with pytest.raises(Mismatch, match="check 24"):
        explain(DRAWN[0], format_container({**month().files, "draw/seed.txt": month().files["draw/seed.txt"] + b"\n"}))
    index = month().index("draw.executed")
    entry = sign_again(month().entries[index], lambda fields: fields["body"].update(seed="0" * 64))
    entries = replace(month().entries, index, entry)
    with pytest.raises(Mismatch, match="check 17"):
        explain(DRAWN[0], pack(month(), entries, sign_checkpoint(entries)))
    with pytest.raises(Malformed):
        explain(DRAWN[0], b"not a bundle")
    assert verify_bundle(month().data, TERMS).exit_status() == 0
