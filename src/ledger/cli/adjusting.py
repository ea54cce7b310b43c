"""`double-random change`: what changes within the year, one signed event each: a row, a conflict, the policy.

A field that is not named stays as it is. Words may be the record's ids or the office's own, as in a sheet.
"""

from collections.abc import Mapping
from operator import itemgetter
from typing import Annotated, Any

import typer

from ledger.cli import changes, conflicts, policies
from ledger.cli.changes import derive_differences, find_code, find_sealed, format_row
from ledger.cli.conflicts import Code, OfficerId, tell_waiting
from ledger.cli.desk import Desk
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, Year, derive_year, open_installation
from ledger.cli.sheets import make_vocabulary
from ledger.cli.speech import say, say_json, tr
from ledger.cli.words import (
    KEY_LISTS,
    SUB_ROSTERS,
    TARGET_RISKS,
    TARGET_SCALES,
    TARGET_STATUSES,
    list_meanings,
    look_up,
)
from ledger.intake import parse_code, parse_date
from ledger.intake.targets import PERSONAL_CODE, RISKS, SCALES, STATUSES
from ledger.intake.vocabulary import Words
from ledger.office.compose import format_body
from ledger.office.events.body import Body
from ledger.office.record import Record
from ledger.office.rows import Officer, Target
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused

app = typer.Typer(
    no_args_is_help=True,
    short_help=tr("年中变更：企业、人员、回避关系、政策", "changes within the year: a row, a conflict, the policy"),
    help=tr(
        "年中变更：检查对象、执法人员、回避关系、政策。每次变更后请办理 log witness。",
        "Changes within the year: an enterprise, an officer, a conflict, the policy. Run `log witness` after each.",
    ),
)
app.add_typer(conflicts.app, name="conflict")
app.add_typer(policies.app, name="policy")

_OPTIONAL = ("name", "street", "area", "registrar", "tags", "risk", "scale")
CLEARABLE = {field: field for field in (*_OPTIONAL, "licences", "hazards", "accidents", "lists")}
"""The fields of an enterprise that may be left out."""

_SUB_ROSTER_HELP = tr(
    "二级库，由其主管单位签名；自带政策有：", "its sub-roster, whose keeper signs; the shipped policy has: "
) + list_meanings(SUB_ROSTERS)

Why = Annotated[
    str,
    typer.Option(
        "--reason", metavar="TEXT", help=tr("变更理由，将公开，不写个人信息", "why; public, so nothing personal")
    ),
]
Clear = Annotated[
    list[str],
    typer.Option(
        "--clear",
        metavar="FIELD",
        help=tr(f"删去的栏目：{'、'.join(CLEARABLE)}", f"a field to be left out from now on: {', '.join(CLEARABLE)}"),
    ),
]


def _tell_row(index: int, before: Body | None, after: Target | Officer, as_json: bool, **facts: Any) -> None:
    if as_json:
        rows = {"before": None if before is None else format_body(before), "after": format_body(after)}
        say_json({"index": index, "id": after.id, **rows, **facts})
        return
    say(f"{after.id} 已记入日志（第 {index} 条）：", f"{after.id} recorded (entry {index}):")
    for difference in derive_differences(before, after):
        print(f"  {difference.tell()}")


@app.command(
    "target", help=tr("一户检查对象：新列入，或变更若干栏目", "an enterprise: listed anew, or fields of its row")
)
def change_target(
    code: Code,
    reason: Why,
    new: Annotated[
        bool, typer.Option("--new", help=tr("名录中没有，新列入", "not on the roster yet: list it, as open"))
    ] = False,
    sub_roster: Annotated[str | None, typer.Option(metavar="ID", help=_SUB_ROSTER_HELP)] = None,
    status: Annotated[str | None, typer.Option(metavar="STATUS", help=list_meanings(TARGET_STATUSES))] = None,
    street: Annotated[
        str | None, typer.Option(metavar="STREET", help=tr("街道，如 平湖", "its street, such as street/pinghu"))
    ] = None,
    tags: Annotated[
        list[str],
        typer.Option("--tag", metavar="TAG", help=tr("标签，写全部，各写一次", "a tag, once for each; all of them")),
    ] = [],
    risk: Annotated[str | None, typer.Option(metavar="RISK", help=list_meanings(TARGET_RISKS))] = None,
    scale: Annotated[str | None, typer.Option(metavar="SCALE", help=list_meanings(TARGET_SCALES))] = None,
    licences: Annotated[
        list[str],
        typer.Option(
            "--licence",
            metavar="KIND:DAY",
            help=tr("许可证名称:有效期至，写全部，各写一次", "a licence and its last day, once for each; all of them"),
        ),
    ] = [],
    hazards: Annotated[
        int | None, typer.Option(min=0, metavar="N", help=tr("未消除的重大事故隐患数", "open major hazards"))
    ] = None,
    accidents: Annotated[
        int | None, typer.Option(min=0, metavar="N", help=tr("近十二个月事故数", "accidents in the last 12 months"))
    ] = None,
    lists: Annotated[
        list[str],
        typer.Option(
            "--list",
            metavar="LIST:SINCE[:UNTIL]",
            help=tr(
                "列入的重点单位名单、起日、止日，写全部，各写一次；自带政策有：",
                "a key list that it is on, with its days, once for each; all of them; the shipped policy has: ",
            )
            + list_meanings(KEY_LISTS),
        ),
    ] = [],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=tr("名称；含个人姓名的不写", "its name; never where that is a person's")),
    ] = None,
    area: Annotated[str | None, typer.Option(metavar="TEXT", help=tr("管辖单位", "the office in charge"))] = None,
    registrar: Annotated[
        str | None, typer.Option(metavar="TEXT", help=tr("登记机关", "where it is registered"))
    ] = None,
    clear: Clear = [],
    year: Year = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Change an enterprise's row, or list it."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        year = derive_year(installation, year)
        words = Words(make_vocabulary(desk.policy))
        given: dict[str, Any] = {
            "sub_roster": sub_roster and look_up(words.sub_rosters, sub_roster, "sub_roster"),
            "status": status and look_up(STATUSES, status, "status"),
            "street": street and look_up(words.streets, street, "street"),
            "tags": sorted({look_up(words.tags, tag, "tags") for tag in tags}) or None,
            "risk": risk and look_up(RISKS, risk, "risk"),
            "scale": scale and look_up(SCALES, scale, "scale"),
            "licences": sorted(map(_parse_licence, licences), key=itemgetter("kind", "until")) or None,
            "hazards": hazards,
            "accidents": accidents,
            "lists": sorted((_parse_membership(words, one) for one in lists), key=itemgetter("list")) or None,
            "name": name,
            "area": area,
            "registrar": registrar,
        }
        before, row = _derive_target(desk, year, code, given, clear, is_new=new)
        if name is not None:
            _check_public(desk.record, year, row.id)
        is_slow = before is not None and before.rule_attributes() != row.rule_attributes()
        days = desk.policy.periods.cooling_off_days if is_slow else 0
        index = changes.change_target(desk, year, row, reason)
    _tell_row(index, before, row, as_json, cooling_off_days=days)
    if is_slow and not as_json:
        tell_cooling(days)


def tell_cooling(days: int) -> None:
    """Say from when on a change that has to cool off counts."""
    say(
        f"满 {days} 天（以见证时间计）后启用的批次才按新情况抽取；请随即办理 log witness",
        f"it counts for slots opened once {days} witnessed days have passed: have it witnessed now (log witness)",
    )


def _parse_licence(text: str) -> dict[str, str]:
    """Return a licence of KIND:DAY. Raises Unread where the day is none."""
    kind, _, day = text.rpartition(":")
    return {"kind": kind, "until": parse_date(day)[0]}


def _parse_membership(words: Words, text: str) -> dict[str, str]:
    """Return a place on a key list of LIST:SINCE or LIST:SINCE:UNTIL. Raises Refused, Unread."""
    name, *days = text.split(":")
    if len(days) not in (1, 2):
        raise Refused(f"list: found {text!r}, expected LIST:SINCE or LIST:SINCE:UNTIL")
    found = {"list": look_up(words.key_lists, name, "key list"), "since": parse_date(days[0])[0]}
    return found if len(days) == 1 else {**found, "until": parse_date(days[1])[0]}


def _derive_target(
    desk: Desk, year: int, asked: str, given: Mapping[str, Any], clear: list[str], *, is_new: bool
) -> tuple[Target | None, Target]:
    """Return an enterprise's row before and after. Raises Refused where it is listed, or not, against what was said."""
    code = find_code(desk.record, year, asked)
    if is_new and code is not None:
        raise Refused(f"{code} stands on the roster of {year} already: change its row without --new")
    if code is None and not is_new:
        raise Refused(f"{asked} is not on the roster of {year}: --new lists an enterprise")
    before = None if code is None else desk.record.targets.roster(year)[code].newest
    start = format_body(before) if before is not None else {"id": parse_code(asked).text, "status": "open"}
    row = {**start, **{field: value for field, value in given.items() if value not in (None, "")}}
    for field in clear:
        row.pop(look_up(CLEARABLE, field, "field to clear"), None)
    if row == start and before is not None:
        raise Refused(f"{asked}: nothing is changed, the row is {format_row(start)}")
    if "sub_roster" not in row:
        raise Refused(f"{asked}: name the sub-roster that it belongs to (--sub-roster)")
    return before, Target.model_validate(row)


def _check_public(record: Record, year: int, code: str) -> None:
    """Check that a name is not one that the roster keeps sealed. Raises Refused."""
    if code in find_sealed(record, year) or code.startswith(PERSONAL_CODE):
        raise Refused(f"{code}: its name is a person's, and stays out of the public record")


@app.command("officer", help=tr("一名执法人员：新增，或变更若干栏目", "an officer: added, or fields of the row"))
def change_officer(
    officer: OfficerId,
    reason: Why,
    new: Annotated[bool, typer.Option("--new", help=tr("名录中没有，新增", "on no roster yet: add"))] = False,
    unit: Annotated[
        str | None,
        typer.Option(
            metavar="UNIT",
            help=tr(
                "所在科室、街道（仅新增）；调动的，原编号离岗、新编号新增", "home unit, with --new; it never changes"
            ),
        ),
    ] = None,
    certificate_until: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            help=tr("执法证有效期至；长期为 9999-12-31", "last day of the certificate; 9999-12-31 if it has no end"),
        ),
    ] = None,
    on_establishment: Annotated[
        bool | None, typer.Option("--on-establishment/--off-establishment", help=tr("在编", "an established post"))
    ] = None,
    in_post: Annotated[
        bool | None,
        typer.Option("--in-post/--not-in-post", help=tr("在岗（休假、借调、离职：否）", "in post, or away")),
    ] = None,
    enrolled: Annotated[
        bool | None,
        typer.Option("--enrolled/--not-enrolled", help=tr("纳入名录库（80% 下限）", "enrolled (80% floor)")),
    ] = None,
    qualifications: Annotated[
        list[str],
        typer.Option(
            "--qualification",
            metavar="ID",
            help=tr("专业资质，写全部，各写一次", "a professional qualification, once for each; all of them"),
        ),
    ] = [],
    year: Year = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Change an officer's row, or add an officer."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        year = derive_year(installation, year)
        words = Words(make_vocabulary(desk.policy))
        given: dict[str, Any] = {
            "unit": unit and look_up(words.units, unit, "unit"),
            "certificate_until": certificate_until,
            "on_establishment": on_establishment,
            "in_post": in_post,
            "enrolled": enrolled,
            "qualifications": sorted({look_up(words.qualifications, one, "qualifications") for one in qualifications})
            or None,
        }
        before, row = _derive_officer(desk, year, officer, given, is_new=new)
        index = changes.change_officer(desk, year, row, reason)
        is_serving = row.enrolled and row.is_certified_in_post(derive_day(installation.clock()))
        waiting = [] if is_serving else [*changes.find_waiting_cases(desk.record, officer)]
    _tell_row(index, before, row, as_json, waiting_cases=waiting)
    tell_waiting(officer, waiting)


def _derive_officer(
    desk: Desk, year: int, officer: str, given: Mapping[str, Any], *, is_new: bool
) -> tuple[Officer | None, Officer]:
    rosters = desk.record.officers.rosters(year).values()
    before = next((rows[officer] for rows in rosters if officer in rows), None)
    if is_new and before is not None:
        raise Refused(f"{officer} stands on a roster of {year} already: change the row without --new")
    if before is None and not is_new:
        raise Refused(f"{officer} is on no roster of {year}: --new adds an officer")
    start = format_body(before) if before is not None else {"id": officer}
    if before is None and not (given["unit"] and given["certificate_until"]):
        raise Refused(f"{officer}: name the home unit and the certificate's last day (--unit, --certificate-until)")
    usual = {"on_establishment": True, "in_post": True, "enrolled": True} if before is None else {}
    row = {**start, **usual, **{field: value for field, value in given.items() if value is not None}}
    if row == start:
        raise Refused(f"{officer}: nothing is changed, the row is {format_row(start)}")
    return before, Officer.model_validate(row)
