"""`double-random change policy`: a policy as a file, the line of whatever is wrong in it, what it changes and when."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from ledger.cli import changes
from ledger.cli.changes import derive_differences
from ledger.cli.installation import read_text
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, open_installation
from ledger.cli.published import read_record
from ledger.cli.speech import say, say_json, tr, warn
from ledger.office.compose import format_body
from ledger.office.policy import Misfit, Policy
from ledger.office.record import Record
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Malformed, Refused
from ledger.proof.randomness import ADVISED_BITS, check_entropy

app = typer.Typer(no_args_is_help=True, help=tr("政策：查看、采用", "the policy: show it, adopt another"))

_DECODER = json.JSONDecoder()


def read_policy(file: Path) -> Policy:
    """Return the policy of a file. Raises Malformed, with the file, the line and the field of what is wrong first."""
    text = read_text(file).removeprefix("\ufeff")  # as Windows editors save it
    try:
        value = json.loads(text)
    except RecursionError:
        raise Malformed(f"{file}: JSON nested too deeply") from None
    except ValueError as error:  # a JSONDecodeError, or a number of thousands of digits
        raise Malformed(f"{file}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Malformed(f"{file}: expected a JSON object")
    try:
        return Policy.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place: list[int | str] = [part for part in first["loc"] if part != "[key]"]
        why = first["msg"].removeprefix("Value error, ")
        misfit = first.get("ctx", {}).get("error")
        if not place and isinstance(misfit, Misfit):
            place = [part for part in misfit.path if part]
        field = ".".join(map(str, place))
        raise Malformed(f"{file}: line {find_line(text, place)}, {field}: {why}") from None


def find_line(text: str, path: list[int | str]) -> int:
    """Return the line, from 1, on which the value of a path stands in a JSON text, or the deepest part that is there.

    By hand: `jq --stream` names the same paths.
    """
    at = _skip_space(text, 0)
    for part in path:
        inner = _find_value(text, at, part)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _find_value(text: str, at: int, part: int | str) -> int | None:
    """Return where the value of a key, or of an index, begins in the object or list that begins at a place."""
    if text[at] not in "{[":
        return None
    is_object, end, number = text[at] == "{", "}" if text[at] == "{" else "]", 0
    found = None
    at = _skip_space(text, at + 1)
    while text[at] != end:
        name: object = number
        if is_object:
            name, at = _DECODER.raw_decode(text, at)
            at = _skip_space(text, _skip_space(text, at) + 1)
        if name == part:
            found = at  # of a key that stands twice the last counts, as for json.loads
        _, at = _DECODER.raw_decode(text, at)
        at = _skip_space(text, at)
        if text[at] == ",":
            at = _skip_space(text, at + 1)
        number += 1
    return found


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def find_in_force(record: Record, seconds: int) -> int:
    """Return the index of the entry that brought the policy in force; those adopted later are still in their notice."""
    in_force = record.policy_at(seconds)
    return next(index for index, policy in reversed(record.policies) if policy is in_force)


def derive_binding_day(policy: Policy, seconds: int) -> str:
    """Return the first day, in Shanghai, on which what is adopted now under a policy in force can bind."""
    return derive_day(seconds + policy.periods.notice_days * 86_400)


def warn_of_bits(policy: Policy) -> None:
    """Warn where the final randomness of a policy's draws is worth little."""
    bits = check_entropy(policy.final)
    if bits < ADVISED_BITS:
        warn(
            f"注意：随机数只有 {bits} 比特，不足 {ADVISED_BITS} 比特，有能力的人可以逐一试算；"
            "请再指定一种彩票，或加用公共随机信标",
            f"note: the randomness is worth only {bits} bits, fewer than {ADVISED_BITS}: who has the machines can try "
            "them all; name one more lottery, or a public beacon beside it",
        )


@app.command("show", help=tr("输出现行政策（JSON），可改后采用", "print the policy in force (JSON), to begin from"))
def show_policy(
    folder: Folder = DEFAULT_FOLDER,
    newest: Annotated[
        bool, typer.Option("--newest", help=tr("已采用而未生效的也算", "the newest adopted, in force or not"))
    ] = False,
    at: At = None,
) -> None:
    """Print a policy as a file; which one it is goes to standard error."""
    record = read_record(folder)
    in_force = find_in_force(record, open_installation(folder, at).clock())
    policies = dict(record.policies)
    for index in policies:
        if index > in_force:
            warn(f"第 {index} 条的政策已采用，尚未生效", f"the policy of entry {index} is adopted and not in force yet")
    index = max(policies) if newest else in_force
    warn(f"以下为第 {index} 条的政策", f"this is the policy of entry {index}")
    say_json(format_body(policies[index]))


@app.command(
    "adopt", help=tr("采用文件中的政策，公告期满生效", "adopt the policy of a file; it binds after its notice")
)
def adopt_policy(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, metavar="FILE", help=tr("政策文件（JSON）", "the policy's file (JSON)")
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=tr("只检查并比较，不写入", "only check and compare, write nothing"))
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Adopt a policy."""
    policy = read_policy(file)
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        newest, adopted = desk.record.policies[-1]
        if policy == adopted:
            raise Refused(f"{file}: the same as the policy of entry {newest}, nothing is changed")
        in_force = desk.policy
        differences = derive_differences(in_force, policy)
        facts: dict[str, Any] = {
            "differences": [difference._asdict() for difference in differences],
            "notice_days": in_force.periods.notice_days,
            "binds_from": derive_binding_day(in_force, desk.clock()),
        }
        if not as_json:
            say("与现行政策相比：", "beside the policy in force:")
            for one in differences:
                print(f"  {one.format()}")
        if adopted is not in_force:
            warn(
                f"第 {newest} 条的政策已采用、尚未生效；它先生效，随后由本政策取代",
                f"the policy of entry {newest} is adopted and not in force yet: it binds first, then this one",
            )
        warn_of_bits(policy)
        index = None if dry_run else changes.adopt_policy(desk, policy)
    if as_json:
        say_json({"index": index, **facts})
    elif index is None:
        say("没有写入任何内容。", "Nothing was written.")
    else:
        say(f"已采用（第 {index} 条）", f"adopted (entry {index})")
        say(
            f"满 {facts['notice_days']} 天（以见证时间计）后生效，最早 {facts['binds_from']}；请随即办理 log witness。"
            "此前启用的批次仍按原政策办理",
            f"it binds once {facts['notice_days']} witnessed days have passed, on {facts['binds_from']} at the "
            "earliest: have it witnessed now (log witness); slots opened before keep the old one",
        )
