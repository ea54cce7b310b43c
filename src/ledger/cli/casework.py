"""`double-random case`: one inspection, from its officers' recusal to its published result."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import handling, oversight, steps
from ledger.cli.desk import Desk
from ledger.cli.drawing import OptionalCheckpoint, Results, Slot, UnitName, Units, say_done
from ledger.cli.holders import Holder
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Index, Keys, Until, open_installation
from ledger.cli.published import read_record, read_sealed_names
from ledger.cli.sources import check_hands, parse_results
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.cli.standing import derive_cases, format_case
from ledger.cli.words import (
    CARRIERS,
    OUTCOMES,
    PARTY_SIGNATURES,
    RECUSAL_REASONS,
    VISIT_MODES,
    list_meanings,
    read_meaning,
)
from ledger.office.policy import SERVICE
from ledger.office.reveal import open_case
from ledger.office.sealed import SealedCase
from ledger.office.visits import derive_first
from ledger.proof.encoding import parse_time
from ledger.proof.errors import Malformed
from ledger.store.openings import Opening

app = typer.Typer(
    no_args_is_help=True, help=tr("一宗检查：回避、递补、检查、结果、公开", "one inspection: recusal to publication")
)

CaseName = Annotated[
    str,
    typer.Argument(
        help=tr(
            "案件，如 bureau/2027-01/001/0001，或 inspection/…",
            "the case, such as bureau/2027-01/001/0001; or inspection/…",
        )
    ),
]
Problems = Annotated[
    list[str],
    typer.Option(
        "--problem",
        metavar="ITEM",
        help=tr("有问题的事项编号，可多次给出", "id of an item found wanting, once for each"),
    ),
]


Carriers = Annotated[
    list[str],
    typer.Option(
        "--carrier",
        metavar="CARRIER",
        help=tr("公开载体，可多次给出：", "where it is public, once for each: ") + list_meanings(CARRIERS),
    ),
]


def find_subject(desk: Desk, case: str) -> str:
    """Return the subject of a case or of an approved inspection. Raises Refused if there is none of that name."""
    subject = case if case.startswith(("case/", "inspection/")) else f"case/{case}"
    handling.find_any(desk, subject)
    return subject


@app.command(
    "list",
    help=tr("一个批次的各宗：企业、主办科室、期限、进度、人员", "a slot's cases, one a line, as far as they are"),
)
def list_cases(
    slot: Slot, folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List a slot's cases: number, enterprise, its name, host section, due day, state, officers."""
    record = read_record(folder, at, until)
    draw = steps.find_draw(record, slot)
    names = {leaf.target.id: leaf.target.name for leaf in draw.ground.pool if leaf.target.name is not None}
    rows = derive_cases(record, draw, names | read_sealed_names(folder, record, int(draw.month[:4])))
    if as_json:
        say_json(rows)
        return
    header = tr("案号 代码 名称 主办科室 检查期限 进度 执法人员", "case code name host due state officers").split()
    print_table(header, [format_case(draw.policy, row) for row in rows])


@app.command("recuse", help=tr("执法人员回避或请假", "an officer leaves a case"))
def recuse(
    case: CaseName,
    officer: Annotated[str, typer.Argument(help=tr("人员编号", "the officer's id"))],
    reason: Annotated[str, typer.Argument(help=tr("原因：", "why: ") + list_meanings(RECUSAL_REASONS))],
    draw_at: Annotated[
        str, typer.Option(metavar="UTC", help=tr("递补随机数时刻（UTC）", "T′, the time of the new randomness (UTC)"))
    ],
    folder: Folder = DEFAULT_FOLDER,
    issue: Annotated[
        str | None, typer.Option(help=tr("彩票期号（政策以彩票递补的）", "the lottery's issue, where one decides"))
    ] = None,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record a recusal."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        reason = read_meaning(RECUSAL_REASONS, reason, "reason")
        index = steps.recuse_officer(desk, find_subject(desk, case), officer, reason, parse_time(draw_at), issue)
    say_done(index, "回避已记录", "recusal recorded")


@app.command("witness", help=tr("见证人联署回避", "witnesses cosign a recusal"))
def witness_case(
    case: CaseName,
    folder: Folder = DEFAULT_FOLDER,
    checkpoint: OptionalCheckpoint = None,
    unit: UnitName = SERVICE,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record a cosigned checkpoint over a recusal."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (book, desk):
        cosigned = checkpoint.read_bytes() if checkpoint else installation.cosign(book)
        say_done(steps.witness_recusal(desk, find_subject(desk, case), unit, cosigned), "已见证", "witnessed")


@app.command("replace", help=tr("用新的随机数递补", "fresh randomness says who follows"))
def replace(
    case: CaseName,
    officer: Annotated[str, typer.Argument(help=tr("回避人员编号", "the officer who left"))],
    results: Results,
    folder: Folder = DEFAULT_FOLDER,
    units: Units = [SERVICE],
    holder: Annotated[
        str,
        typer.Option(
            "--holder", metavar="UNIT", help=tr("封存的案件：由哪个单位计算", "of a sealed case, who computes")
        ),
    ] = SERVICE,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Replace an officer; of a sealed case by a unit that holds the shares, and so knows the case."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        subject = find_subject(desk, case)
        found = handling.find_any(desk, subject)
        (result,) = parse_results(found.draw.policy, results, is_replacement=True)
        check_hands([result], units)
        if isinstance(found, SealedCase):
            sheet = Holder(installation, holder, keys).compute(desk, found.draw).sheets[int(found.number) - 1]
            found = open_case(found, sheet)[0]
        follows = steps.replace_officer(desk, subject, officer, result, *units, case=found)
    say(f"{officer} 由 {follows} 递补", f"{follows} follows {officer}")


def _parse_reasons(texts: list[str]) -> list[dict[str, str]] | None:
    """Return items with their reasons, given as ITEM=REASON. Raises Malformed."""
    pairs = [text.partition("=") for text in texts]
    for (item, equals, reason), text in zip(pairs, texts, strict=True):
        if not (item and equals and reason):
            raise Malformed(f"found {text!r}, expected ITEM=REASON")
    return [{"id": item, "reason": reason} for item, _, reason in pairs] or None


@app.command("visit", help=tr("记录现场检查", "record the visit"))
def visit(
    case: CaseName,
    began: Annotated[
        str | None,
        typer.Option(
            metavar="UTC", help=tr("开始时间（UTC）；默认一小时前", "when it began; an hour ago if not given")
        ),
    ] = None,
    ended: Annotated[
        str | None, typer.Option(metavar="UTC", help=tr("结束时间（UTC）；默认现在", "when it ended; now if not given"))
    ] = None,
    problems: Problems = [],
    added: Annotated[
        list[str],
        typer.Option(
            "--add",
            metavar="ITEM=REASON",
            help=tr("清单内增加的事项及理由（公开）", "an item of the list added, and why (public)"),
        ),
    ] = [],
    dropped: Annotated[
        list[str],
        typer.Option(
            "--drop",
            metavar="ITEM=REASON",
            help=tr("未查的抽中事项及理由（公开）", "a drawn item left out, and why (public)"),
        ),
    ] = [],
    mode: Annotated[
        str, typer.Option(metavar="MODE", help=tr("方式：", "how: ") + list_meanings(VISIT_MODES))
    ] = "on-site",
    party: Annotated[
        str, typer.Option(metavar="PARTY", help=tr("当事人签字：", "the party: ") + list_meanings(PARTY_SIGNATURES))
    ] = "signed",
    party_reason: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help=tr("未签字的理由（公开，不得含个人信息）", "why the party did not sign (public: no personal data)"),
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=tr("现场检查笔录的文本文件，封存不公开", "the site record, a text file; it is sealed")
        ),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record a visit."""
    installation = open_installation(folder, at)
    more: dict[str, Any] = {"added": _parse_reasons(added), "dropped": _parse_reasons(dropped)}
    written, openings = oversight.read_private(record) if record else None, list[Opening]()
    with installation.open_desk(keys) as (_, desk):
        subject, now = find_subject(desk, case), installation.clock()
        last = parse_time(ended) if ended else now
        found = handling.find_case(desk, subject)
        first = parse_time(began) if began else max(derive_first(desk.record, found), last - 3600)
        if written is not None:
            more["record"], opening = oversight.seal_text(subject, "visit.recorded/1", "record", written)
            openings.append(opening)
        body = handling.derive_visit(
            handling.find_case(desk, subject),
            first,
            last,
            problems,
            mode=mode,
            party=party,
            party_reason=party_reason,
            **more,
        )
        with oversight.kept(installation, openings):
            say_done(handling.record_visit(desk, subject, body), "检查已记录", "visit recorded")


@app.command("submit", help=tr("主办科室报送结果", "the host section hands in the result"))
def submit(
    case: CaseName,
    result: Annotated[str, typer.Argument(help=tr("结果：", "the result: ") + list_meanings(OUTCOMES))],
    summary: Annotated[str, typer.Argument(help=tr("一句话结果（公开）", "the result in a sentence (public)"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Submit a result."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        id = read_meaning(OUTCOMES, result, "result")
        index = handling.submit_result(desk, find_subject(desk, case), id, summary)
    say_done(index, "结果已报送", "result submitted")


@app.command("publish", help=tr("执法监察科公开结果", "the organiser makes the result public"))
def publish(
    case: CaseName, folder: Folder = DEFAULT_FOLDER, carriers: Carriers = [], keys: Keys = [], at: At = None
) -> None:
    """Publish a result."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        index = handling.publish_result(desk, find_subject(desk, case), carriers or handling.CARRIERS)
    say_done(index, "结果已公开", "result published")
