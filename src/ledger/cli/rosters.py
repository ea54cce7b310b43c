"""`double-random roster`: what is to be put right on a year's rosters, and how many officers are enrolled.

Neither needs a key; both take a bare copy of `log/`.
"""

from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, open_installation
from ledger.cli.published import read_record, read_sealed_names
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.cli.words import ROSTER_FINDINGS, ROSTER_STATES, join, name, name_unit
from ledger.office.policy import Policy
from ledger.proof.draw import BUREAU
from ledger.proof.encoding import derive_day
from ledger.views.rosters import BLOCKING, Coverage, Found, check_rosters, count_rosters, find_targets

app = typer.Typer(no_args_is_help=True, help=tr("名录：核定前检查、覆盖情况", "rosters: what is amiss, coverage"))

YearWord = Annotated[int, typer.Argument(metavar="YEAR", help=tr("年度", "the year"))]


@app.command("check", help=tr("一年的名录中应当处理的：重叠、缺少、到期", "what overlaps, lacks or expires in a year"))
def check_command(year: YearWord, folder: Folder = DEFAULT_FOLDER, at: At = None, as_json: AsJson = False) -> None:
    """List what is to be put right; exit with status 1 where something stands in the way of the approval."""
    record, now = read_record(folder), open_installation(folder, at).clock()
    policy = record.policy_at(now)
    found = check_rosters(record, year, derive_day(now), policy)
    if as_json:
        say_json([{**one._asdict(), "is_blocking": one.kind in BLOCKING} for one in found])
    elif found:
        names = {code: target.name for code, target in find_targets(record, year).items() if target.name is not None}
        names |= read_sealed_names(folder, record, year)
        rows = [
            [name(ROSTER_FINDINGS, one.kind), one.id, names.get(one.id, "—"), _tell(one, policy), one.day or ""]
            for one in found
        ]
        print_table(tr("事项 代码或编号 名称 说明 到期", "what id name of until").split(), rows)
    else:
        say("没有应当处理的事项。", "Nothing is amiss.")
    if any(one.kind in BLOCKING for one in found):
        raise typer.Exit(1)


def _tell(found: Found, policy: Policy) -> str:
    """Return what a finding is of, by name, and what precedence would do."""
    words = {id: tr(sub.names.zh, sub.names.en) for id, sub in policy.sub_rosters.items()}
    words |= {id: tr(names.zh, names.en) for id, names in policy.tags.items() if id not in words}
    if found.kind in ("key-missing", "list-ended"):
        words = {id: tr(one.names.zh, one.names.en) for id, one in policy.key_lists.items()}
    elif found.kind == "certificate-expires":
        words = {id: name_unit(policy, id) for id in found.of}
    told = join([words.get(id, id) for id in found.of])
    if found.kind == "key-missing":
        return told + tr("（用 import targets 文件 --add 补报）", " (declare it: import targets FILE --add)")
    if found.kind != "overlap":
        return told
    if found.primary is None:
        return told + tr("（政策没有定出主次）", " (the policy has no precedence among them)")
    primary, tags = words[found.primary], join([id for id in found.of if id != found.primary])
    return told + tr(f"（应以{primary}为主，标签 {tags}）", f" (primary: {primary}; tags: {tags})")


@app.command("coverage", help=tr("区局和各街道的入库率", "how many officers are enrolled, bureau and streets"))
def coverage_command(year: YearWord, folder: Folder = DEFAULT_FOLDER, at: At = None, as_json: AsJson = False) -> None:
    """List the coverage; the floor of 80% is asked of the bureau only, a street's stands beside it."""
    record, now = read_record(folder), open_installation(folder, at).clock()
    policy = record.policy_at(now)
    counted = count_rosters(record, year, derive_day(now), policy)
    if as_json:
        say_json([one._asdict() for one in counted])
        return
    rows = [
        [
            name_unit(policy, one.roster),
            name(ROSTER_STATES, one.state),
            f"{one.enrolled}/{one.certified}",
            _format_share(one),
            _tell_floor(one),
        ]
        for one in counted
    ]
    print_table(
        tr("名录 状态 入库/持证在岗 比例 不低于80%", "roster state enrolled/certified share floor").split(), rows
    )


def _format_share(one: Coverage) -> str:
    """Return the share in per cent, cut off after two places: 79.99%, never rounded up to 80."""
    if not one.certified:
        return "—"
    share = one.enrolled * 10_000 // one.certified
    return f"{share // 100}.{share % 100:02d}%"


def _tell_floor(one: Coverage) -> str:
    if one.roster != BUREAU:
        return tr("不适用", "not asked")
    return tr("达到", "reached") if one.is_enough else tr("未达到", "missed")
