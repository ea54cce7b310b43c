"""`double-random draw`: the stations of a draw, one command each.

Every command signs with the key files of the units that the policy asks for, and with no other.
"""

import hashlib
import re
import secrets
from pathlib import Path
from typing import Annotated

import typer

from ledger.audit.remarks import derive_moves
from ledger.cli import sealing, steps
from ledger.cli.desk import Desk
from ledger.cli.holders import Holder, warn_of_breaches
from ledger.cli.installation import read_published_size, write_secret
from ledger.cli.options import (
    DEFAULT_FOLDER,
    AsJson,
    At,
    Folder,
    Keys,
    OfficeName,
    Standing,
    Until,
    open_installation,
    split_standing,
)
from ledger.cli.policies import warn_of_bits
from ledger.cli.published import read_record
from ledger.cli.sources import check_hands, parse_issues, parse_results
from ledger.cli.speech import plural, print_table, say, say_json, tr
from ledger.cli.standing import derive_status, format_sources, format_status
from ledger.cli.words import BASES, KINDS, VOID_REASONS, find_unit, list_meanings, name_unit, read_meaning
from ledger.office.policy import SERVICE
from ledger.office.results import derive_draw_outcome
from ledger.office.shares import derive_closing
from ledger.proof.draw import BUREAU
from ledger.proof.encoding import derive_day, parse_time
from ledger.proof.errors import Refused
from ledger.proof.randomness import LotteryResult

app = typer.Typer(
    no_args_is_help=True,
    short_help=tr("一次抽取，从启用批次到分派", "a draw, from opening its slot to its cases"),
    help=tr(
        "一次抽取，依次为 open、freeze、commit、reveal、close、witness、randomness、execute、attest、assign；"
        "封存的以 check 代替 reveal，检查完毕后才 reveal。",
        "A draw: open, freeze, commit, reveal, close, witness, randomness, execute, attest, assign, in this order; "
        "of a sealed one the shares are checked first, and revealed after the visits.",
    ),
)
Slot = Annotated[str, typer.Argument(help=tr("批次，如 bureau/2027-01/001", "the slot, such as bureau/2027-01/001"))]
UnitName = Annotated[
    str,
    typer.Option(
        "--unit",
        metavar="UNIT",
        help=tr("办理单位，如 bureau/enforcement", "the unit that acts, such as bureau/enforcement"),
    ),
]
OptionalCheckpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        exists=True,
        metavar="FILE",
        help=tr(
            "外部见证人联署的检查点文件；不给则由本装置试用见证人联署",
            "cosigned by outside witnesses; else trial ones here",
        ),
    ),
]
Units = Annotated[
    list[str], typer.Option("--unit", metavar="UNIT", help=tr("录入（及会签）单位", "who enters, who countersigns"))
]
Results = Annotated[
    list[str],
    typer.Option(
        "--result",
        metavar="RESULT",
        help=tr(
            "随机数，按政策次序：drand 为 轮次:签名，彩票为 期号:号码",
            "the randomness, in the policy's order: ROUND:SIGNATURE for drand, ISSUE:DIGITS for a lottery",
        ),
    ),
]


_VOID_REASONS = {id: meaning for id, meaning in VOID_REASONS.items() if id != "too-few-shares"}
"""Those that a command may name: that there are too few shares is said by their closing."""

_BASIS_HELP = tr("法律依据，政策中的编号，自带政策有：", "legal basis, an id of the policy; the shipped one has: ")
_BASIS_HELP += list_meanings(BASES)
_ISSUE_HELP = tr("彩票=期号（政策以彩票为随机数的）", "the issue of a lottery, where the policy names one")


def say_done(index: int, zh: str, en: str) -> None:
    """Say what was done, and the index of its entry."""
    say(f"{zh}（第 {index} 条）", f"{en} (entry {index})")


def derive_kind(desk: Desk, office: str, month: str, line: str, supplements: str | None) -> str:
    """Return the kind that a slot has to be of: supplementary, or what its plan line says; monthly if there is none."""
    if supplements is not None:
        return "supplementary"
    try:
        plan = desk.record.plans.in_force(desk.record, desk.clock(), office, int(month[:4]))
    except Refused:
        return "monthly"
    return next((one.kind for one in plan.lines if one.id == line), "monthly")


@app.command("open", help=tr("启用一个批次", "open the next slot"))
def open_slot(
    line: Annotated[str, typer.Argument(help=tr("年度计划中的任务编号", "a line of the annual plan"))],
    folder: Folder = DEFAULT_FOLDER,
    office: OfficeName = BUREAU,
    month: Annotated[
        str | None,
        typer.Option(help=tr("月份，如 2027-01，默认本月", "month, such as 2027-01; this one if none is given")),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help=tr("类型，默认按计划：", "kind; the plan's if not given: ") + list_meanings(KINDS)),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help=tr("open（公开）或 sealed（封存到检查完毕）", "open, or sealed until the visits are over"),
        ),
    ] = "open",
    basis: Annotated[str, typer.Option(metavar="ID", help=_BASIS_HELP)] = "szse-work-safety-20",
    supplements: Annotated[
        str | None,
        typer.Option(metavar="SLOT", help=tr("补抽所针对的已作废批次", "the voided slot that this one supplements")),
    ] = None,
    lead: Annotated[
        str | None,
        typer.Option(
            metavar="UNIT",
            help=tr("联合抽查的发起单位，可以是政策中的外部部门", "who leads a joint draw: a unit or an agency"),
        ),
    ] = None,
    participants: Annotated[
        list[str],
        typer.Option(
            "--participant",
            metavar="UNIT",
            help=tr("联合抽查的配合单位，可多次给出", "who takes part in a joint draw, once for each"),
        ),
    ] = [],
    keys: Keys = [],
    at: At = None,
) -> None:
    """Open a slot."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        month = month or derive_day(installation.clock())[:7]
        if not re.fullmatch("[0-9]{4}-[0-9]{2}", month):
            raise Refused(tr(f"月份 {month}：应写作 2027-01", f"month {month}: expected such as 2027-01"))
        lead = lead and find_unit(desk.policy, lead)
        participants = [find_unit(desk.policy, one) for one in participants]
        known = read_meaning(KINDS, kind, "kind") if kind else derive_kind(desk, office, month, line, supplements)
        slot = steps.open_draw(
            desk, office, month, line, known, basis, supplements, mode=mode, lead=lead, participants=participants
        )
        draw = steps.find_draw(desk.record, slot)
        ground, moves = draw.ground, derive_moves(draw)
    say(
        f"已启用批次 {slot}：范围内 {ground.pool_ref.count} 户，可抽 {ground.pool_ref.eligible} 户",
        f"opened {slot}: {ground.pool_ref.count} in scope, {ground.pool_ref.eligible} can be drawn",
    )
    if moves:
        say(f"此前不久即时生效的变更：{moves[0]}", f"took effect shortly before: {moves[1]}")


@app.command("freeze", help=tr("冻结名录、配额和随机数来源", "freeze rosters, quotas and the source of randomness"))
def freeze(
    slot: Slot,
    draw_at: Annotated[str, typer.Option(metavar="UTC", help=tr("抽取时刻 T（UTC）", "T, the time of the draw (UTC)"))],
    folder: Folder = DEFAULT_FOLDER,
    issues: Annotated[list[str], typer.Option("--issue", metavar="LOTTERY=ISSUE", help=_ISSUE_HELP)] = [],
    keys: Keys = [],
    at: At = None,
) -> None:
    """Freeze a slot."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        named = parse_issues(steps.find_draw(desk.record, slot).policy, issues)
        index = steps.freeze_draw(desk, slot, parse_time(draw_at), named)
        draw = steps.find_draw(desk.record, slot)
    randomness = format_sources(draw)
    say_done(index, f"已冻结，随机数：{randomness}", f"frozen, randomness: {randomness}")
    warn_of_bits(draw.policy)


@app.command("commit", help=tr("某单位封存种子份额（承诺）", "a unit commits to its share"))
def commit(
    slot: Slot,
    unit: UnitName,
    folder: Folder = DEFAULT_FOLDER,
    to: Annotated[
        list[str],
        typer.Option("--to", metavar="UNIT", help=tr("封存模式：除平台外加密给哪两个单位", "sealed mode: two units")),
    ] = [],
    keys: Keys = [],
    at: At = None,
) -> None:
    """Make a share on this machine, keep it beside the unit's key, and commit to it; in sealed mode encrypt it."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        unit = find_unit(desk.policy, unit)
        file = installation.share_file(slot, unit)
        share = file.read_text().strip() if file.exists() else secrets.token_hex(32)
        if not file.exists():  # written first: a commitment whose share is lost would be a recorded breach
            write_secret(file, share + "\n")
        is_sealed = steps.find_draw(desk.record, slot).is_sealed
        if not is_sealed and to:
            raise Refused(f"slot {slot} is not sealed: --to is for sealed draws")
        index = (
            sealing.commit_sealed(desk, slot, unit, share, [find_unit(desk.policy, one) for one in to])
            if is_sealed
            else steps.commit_seed(desk, slot, unit, share)
        )
        told = name_unit(desk.policy, unit)
    say_done(index, f"{told}已封存份额，份额保存在 {file}", f"{told} has committed; its share is kept in {file}")


@app.command("dice", help=tr("骰子份额", "dice, as one more share"))
def dice(
    slot: Slot,
    digits: Annotated[
        str, typer.Argument(help=tr("依次掷出的数字，至少 20 位", "digits in the order thrown, 20 or more"))
    ],
    video: Annotated[Path, typer.Argument(exists=True, help=tr("录像文件", "the video's file"))],
    unit: UnitName,
    second: Annotated[str, typer.Option(metavar="UNIT", help=tr("会签单位", "the unit that countersigns"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record dice."""
    with video.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        unit, second = find_unit(desk.policy, unit), find_unit(desk.policy, second)
        say_done(steps.roll_dice(desk, slot, digits, digest, unit, second), "骰子已记录", "dice recorded")


@app.command("reveal", help=tr("公开份额；封存的在检查完毕后一并公开", "reveal a share; of a sealed draw, all at once"))
def reveal(slot: Slot, unit: UnitName, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None) -> None:
    """Reveal a share; of a sealed draw every share, once its visits are over, by a unit that holds them."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        draw, unit = steps.find_draw(desk.record, slot), find_unit(desk.policy, unit)
        if draw.is_sealed:
            sealing.check_reveal(desk, draw, unit)
            shares, before = Holder(installation, unit, keys).open_shares(desk, draw), len(desk.record.breaches)
            index = sealing.reveal_draw(desk, slot, unit, shares)
            say_done(index, "份额已公开，可以核验", "shares revealed: the draw can be checked")
            warn_of_breaches(desk.record, before)
            return
    file = installation.share_file(slot, unit)
    if not file.exists():
        raise Refused(f"{file}: the share of {unit} is not kept here")
    with installation.open_desk(keys) as (_, desk):
        say_done(steps.reveal_seed(desk, slot, unit, file.read_text().strip()), "份额已公开", "share revealed")


@app.command("close", help=tr("平台列出计入的份额", "the service lists the shares that count"))
def close(
    slot: Slot,
    folder: Folder = DEFAULT_FOLDER,
    anyway: Annotated[
        bool, typer.Option("--anyway", help=tr("有未公开的份额也截止", "even if shares are missing"))
    ] = False,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Close the shares."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        draw = steps.find_draw(desk.record, slot)
        waiting = " and ".join(derive_closing(draw).missing)
        if waiting and not anyway and draw.is_sealed:
            raise Refused(f"shares of {waiting} are not checked by all yet; --anyway closes without them")
        if waiting and not anyway:
            raise Refused(f"{waiting} committed and did not reveal yet; --anyway closes without them")
        index = steps.close_seeds(desk, slot)
    say_done(
        index,
        f"计入 {len(draw.counted)} 份，缺 {len(draw.missing)} 份",
        f"{len(draw.counted)} count, {len(draw.missing)} missing",
    )
    if draw.voided:
        say(
            "份额不足两个单位，本批次作废；可用 draw open --kind supplementary --supplements 补抽",
            "fewer than two units' shares: the slot is void; draw open --kind supplementary --supplements follows it",
        )


@app.command("witness", help=tr("见证人联署：随机数产生前已封存", "witnesses cosign before the randomness exists"))
def witness(
    slot: Slot,
    folder: Folder = DEFAULT_FOLDER,
    checkpoint: OptionalCheckpoint = None,
    unit: UnitName = SERVICE,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record a cosigned checkpoint over the closed shares."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (book, desk):
        cosigned = checkpoint.read_bytes() if checkpoint else installation.cosign(book)
        index = steps.witness_seeds(desk, slot, find_unit(desk.policy, unit), cosigned)
    say_done(
        index,
        f"已见证（检查点 {read_published_size(cosigned)} 条）",
        f"witnessed at size {read_published_size(cosigned)}",
    )


@app.command("randomness", help=tr("记录公共随机数", "record the public randomness"))
def randomness(
    slot: Slot,
    results: Results,
    folder: Folder = DEFAULT_FOLDER,
    units: Units = [SERVICE],
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record the randomness."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        brought = parse_results(steps.find_draw(desk.record, slot).policy, results)
        units = [find_unit(desk.policy, unit) for unit in units]
        check_hands(brought, units)
        index = steps.record_randomness(desk, slot, brought, *units)
    say_done(index, "随机数已核验并记录", "randomness checked and recorded")
    if any(isinstance(result, LotteryResult) for result in brought):
        say(
            "彩票号码只核验了期号和位数，真伪请与公告核对",
            "of a lottery only issue and number of digits are checked: compare the digits with the newspaper",
        )


@app.command("execute", help=tr("计算并记录抽取结果", "compute and record the outcome"))
def execute(
    slot: Slot, folder: Folder = DEFAULT_FOLDER, unit: UnitName = SERVICE, keys: Keys = [], at: At = None
) -> None:
    """Write down the outcome."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        draw, unit = steps.find_draw(desk.record, slot), find_unit(desk.policy, unit)
        sealed = Holder(installation, unit, keys).compute(desk, draw) if draw.is_hidden else None
        index = steps.execute_draw(desk, slot, unit, sealed)
        outcome = sealed or derive_draw_outcome(draw)
    seed = tr("封存", "sealed") if sealed else outcome.seed
    say_done(index, f"抽中 {outcome.ref.count} 户，种子 {seed}", f"drew {outcome.ref.count}, seed {seed}")


@app.command("attest", help=tr("监督科室复核", "the supervisor recomputes"))
def attest(slot: Slot, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None) -> None:
    """Attest the outcome."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        draw = steps.find_draw(desk.record, slot)
        supervisor = desk.office(draw.office).supervisor
        sealed = Holder(installation, supervisor, keys).compute(desk, draw) if draw.is_hidden else None
        index = steps.attest_draw(desk, slot, sealed)
        agrees = draw.attested
    if agrees:
        say_done(index, "复核一致", "recomputed, and the same")
    else:
        say_done(index, "复核不一致，暂不分派", "recomputed, and NOT the same: nothing is assigned")


@app.command("void", help=tr("作废批次（并集规则：已抽中的仍有效）", "void a slot (those it drew stay drawn)"))
def void(
    slot: Slot,
    reason: Annotated[str, typer.Argument(help=tr("原因：", "why: ") + list_meanings(_VOID_REASONS))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Void a slot."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(steps.void_draw(desk, slot, reason), "批次已作废", "voided")


@app.command("assign", help=tr("主办科室分派各宗", "hand every sheet to its officers"))
def assign(
    slot: Slot, folder: Folder = DEFAULT_FOLDER, unit: UnitName = SERVICE, keys: Keys = [], at: At = None
) -> None:
    """Assign the cases; those of a sealed draw by their leaves, that the service or organiser computes and signs."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        draw = steps.find_draw(desk.record, slot)
        if draw.is_hidden:
            number = len(sealing.assign_sealed(desk, slot, Holder(installation, unit, keys).compute(desk, draw), unit))
        else:
            number = len(steps.assign_cases(desk, slot))
    say(f"已分派 {number} 宗", f"{plural(number, 'case')} assigned")


@app.command("status", help=tr("各批次进行到哪一步", "how far each slot is"))
def status(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Standing = None, until: Until = None) -> None:
    """Show the slots. What is overdue is so today, on the day asked for, or on that of the entry asked for."""
    index, time = split_standing(at)
    record = read_record(folder, index, until)
    now = record.times[-1] if index is not None and record.size else open_installation(folder, time).clock()
    today = until or derive_day(now)
    draws, calendar = record.draws.by_slot.values(), record.calendar
    if as_json:
        say_json([derive_status(draw, calendar, today) for draw in draws])
    elif not draws:
        say("还没有启用任何批次。", "No slot was opened yet.")
    else:
        header = tr(
            "批次 进度 抽取时刻（UTC） 随机数 份额 备注", "slot station time(UTC) randomness shares note"
        ).split()
        print_table(header, [format_status(draw, calendar, today) for draw in draws])
