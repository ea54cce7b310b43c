"""`double-random demo`: one month of a made-up district, from the rosters to a bundle that a stranger can check.

Its clock is handed in and it says so: the month is September 2023, because its randomness is real, two rounds that the
drand quicknet beacon published then. Every unit signs with a key of its own.
"""

import os
import secrets
import shlex
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ledger.audit.bundle import CHECKPOINT
from ledger.audit.container import parse_container
from ledger.audit.pairing import check_pairing
from ledger.audit.report import Report
from ledger.audit.trust import Trust, parse_trust
from ledger.audit.verify import Terms, verify_bundle
from ledger.cli import handling, riggings, steps
from ledger.cli.declaring import declare_rosters, declare_units
from ledger.cli.desk import Desk
from ledger.cli.installation import DEFAULT_ORIGIN, Installation, format_policy_file, write_secret
from ledger.cli.keeping import write_bundle
from ledger.cli.sample import write_samples
from ledger.cli.sheets import make_vocabulary
from ledger.cli.speech import read_locale, say, show, tr
from ledger.intake import Reading, read_items, read_officers, read_plan, read_targets
from ledger.log.book import Book
from ledger.office.compose import derive_list
from ledger.office.policy import SERVICE, Policy, read_default_policy
from ledger.office.record import Record
from ledger.proof.encoding import format_time, parse_time
from ledger.proof.errors import Refused
from ledger.proof.randomness import Chain, Round

YEAR, MONTH, LINE = 2023, "2023-09", "2023-monthly"
SLOT = f"bureau/{MONTH}/001"

# Two rounds of drand's quicknet: public facts, checked against the chain's key when they are recorded.
DRAW_ROUND = 657413
DRAW_SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
DRAW_AT = "2023-09-15T11:00:03Z"
REPLACEMENT_ROUND = 1000000
REPLACEMENT_SIGNATURE = (
    "83ad29e4c409f9470fc2ef02f90214df49e02b441a1a241a82d622d9f608ef98fd8b11a029f1bee9d9e83b45088abe72"
)
REPLACED_AT = "2023-09-27T08:29:24Z"
ENDS = "2023-10-08T01:00:00Z"


class HandedClock:
    """A clock that shows what it was last set to."""

    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> int:
        """Return the time set, in Unix seconds."""
        return self.seconds

    def set(self, time: str) -> None:
        """Set the clock to a UTC time."""
        self.seconds = parse_time(time)


class Demo:
    """The month, step by step; each step says what it does."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandedClock()
        self.installation = Installation(folder, self.clock)
        self.number = 0

    def tell(self, zh: str, en: str) -> None:
        """Say the next step, with the time that the demonstration plays."""
        self.number += 1
        show(f"{self.number:>2}. [{format_time(self.clock())}] {tr(zh, en)}", indent=4)

    def run(self) -> Path:
        """Play the month; return the bundle's file."""
        folder = self.installation.folder
        if folder.exists() and any(folder.iterdir()):
            raise Refused(
                f"{folder} is not empty: the demonstration begins a new installation, name another --dir; to see "
                f"the site of one that is there: serve --dir {folder} --at {ENDS}"
            )
        self.clock.set("2023-08-24T01:00:00Z")
        policy = read_default_policy()
        self.installation.found(DEFAULT_ORIGIN, policy)
        self.tell(
            "建立日志：各单位各有自己的密钥，两家见证人（区司法局、派驻纪检监察组）",
            "the log is founded: each unit has its own key; two witnesses (justice bureau, discipline inspection)",
        )
        with self.installation.open_own_desk() as (book, desk):
            self.prepare_year(desk)
            self.draw(book, desk)
            self.inspect(book, desk)
            self.clock.set(ENDS)
            self.installation.cosign(book)
            file = write_bundle(book, SLOT, folder / "bundles")
            self.tell(f"导出核验包 {file}", f"the bundle is written: {file}")
        return file

    def prepare_year(self, desk: Desk) -> None:
        """Rosters, items and plan, from sheets as offices save them."""
        policy = desk.policy
        with tempfile.TemporaryDirectory() as scratch:
            sheets = write_samples(Path(scratch))
            total = self.import_targets(desk, policy, sheets)
            vocabulary = make_vocabulary(policy)
            key = self.installation.read_pseudonym_key()
            officers = 0
            for name in ("officers-bureau", "officers-streets"):
                reading = read_officers(sheets[name], vocabulary=vocabulary, pseudonym_key=key)
                declare_units(self.installation, desk, YEAR, reading)
                officers += len(reading.rows)
            items = read_items(sheets["items"], vocabulary=vocabulary)
            plan = read_plan(sheets["plan"], vocabulary=vocabulary, year=YEAR)
        steps.approve_targets(desk, YEAR)
        self.tell(
            f"检查对象名录：8 个二级库共 {total} 户，核定",
            f"target roster: {total} enterprises in 8 sub-rosters, approved",
        )
        for roster in ("bureau", *policy.streets):
            steps.approve_officers(desk, YEAR, roster)
        self.tell(
            f"执法人员名录：区局一级库和 11 个街道二级库共 {officers} 人，入库率达到 80%，核定",
            f"officer rosters: {officers} in the bureau's and eleven streets', 80% enrolled or more, approved",
        )
        steps.publish_items(desk, f"{YEAR}-1", list(items.rows))
        steps.approve_plan(desk, "bureau", YEAR, list(plan.rows))
        self.tell(
            f"公布 {len(items.rows)} 项抽查事项，批准年度计划",
            f"{len(items.rows)} check items published, plan approved",
        )

    def import_targets(self, desk: Desk, policy: Policy, sheets: dict[str, Path]) -> int:
        """Declare the eight sub-rosters; return how many enterprises."""
        vocabulary, total = make_vocabulary(policy), 0
        for sub_roster in policy.sub_rosters:
            reading: Reading = read_targets(
                sheets[f"targets-{sub_roster}"], vocabulary=vocabulary, sub_roster=sub_roster
            )
            declare_rosters(self.installation, desk, YEAR, reading, derive_list(reading.rows))
            total += len(reading.rows)
        return total

    def draw(self, book: Book[Record], desk: Desk) -> None:
        """The stations of the draw."""
        self.clock.set("2023-09-15T10:00:00Z")
        steps.witness_log(desk, SERVICE, self.installation.cosign(book))
        slot = steps.open_draw(desk, "bureau", MONTH, LINE, "monthly", "szse-work-safety-20", None)
        assert slot == SLOT
        steps.freeze_draw(desk, SLOT, parse_time(DRAW_AT), {})
        ground = steps.find_draw(desk.record, SLOT).ground
        self.tell(
            f"启用批次 {SLOT} 并冻结：范围内 {ground.pool_ref.count} 户，可抽 {ground.pool_ref.eligible} 户；"
            f"随机数为 {DRAW_AT} 之后 drand quicknet 第 {DRAW_ROUND} 轮，此时还不存在",
            f"slot {SLOT} opened, frozen: {ground.pool_ref.count} in scope, {ground.pool_ref.eligible} can be drawn; "
            f"the randomness will be drand quicknet round {DRAW_ROUND} of {DRAW_AT}, which does not exist yet",
        )
        self.take_shares(desk)
        self.clock.set("2023-09-15T10:40:00Z")
        steps.close_seeds(desk, SLOT)
        steps.witness_seeds(desk, SLOT, SERVICE, self.installation.cosign(book))
        self.tell(
            "两家见证人联署：一切已封存，随机数还有 20 分钟才产生",
            "both witnesses cosign: all is fixed, 20 minutes before the randomness",
        )
        self.clock.set("2023-09-15T11:00:30Z")
        chain = self.chain(desk)
        steps.record_randomness(desk, SLOT, [Round(chain, DRAW_ROUND, DRAW_SIGNATURE)], "bureau/enforcement")
        self.tell(f"第 {DRAW_ROUND} 轮已产生，签名核验通过", f"round {DRAW_ROUND} exists; its signature verifies")
        steps.execute_draw(desk, SLOT, "bureau/enforcement")
        steps.attest_draw(desk, SLOT)
        outcome = steps.find_draw(desk.record, SLOT).outcome
        assert outcome is not None
        self.tell(
            f"抽中 {outcome.ref.count} 户，每户随机确定主办科室、街道和区局执法人员、检查事项；法制宣传科复核一致",
            f"{outcome.ref.count} enterprises drawn, each with host section, a street and a bureau officer, and items; "
            "legal-publicity recomputed the same",
        )

    def take_shares(self, desk: Desk) -> None:
        """Two units commit and reveal."""
        for time, step in (("2023-09-15T10:10:00Z", "commit"), ("2023-09-15T10:30:00Z", "reveal")):
            self.clock.set(time)
            for unit in ("bureau/enforcement", "bureau/legal-publicity"):
                file = self.installation.share_file(SLOT, unit)
                if step == "commit":
                    write_secret(file, secrets.token_hex(32) + "\n")
                    steps.commit_seed(desk, SLOT, unit, file.read_text().strip())
                else:
                    steps.reveal_seed(desk, SLOT, unit, file.read_text().strip())
            if step == "commit":
                self.tell(
                    "执法监察科、法制宣传科各自封存种子份额",
                    "enforcement and legal-publicity each commit to a share of the seed",
                )
            else:
                self.tell(
                    "两个单位公开各自的份额，与承诺相符", "both reveal their shares, which fit what they committed"
                )

    def derive_trust(self) -> Trust:
        """Return what a stranger would be given by the witnesses: the log's key, theirs, and the quorum."""
        with self.installation.open_book() as book:
            policy = book.record.policy_at(self.installation.clock())
        return parse_trust(format_policy_file(self.installation.read_log_key().verifier, policy).encode())

    def chain(self, desk: Desk) -> Chain:
        """Return the chain that the policy names."""
        source = desk.policy.final[0]
        assert isinstance(source, Chain)
        return source

    def inspect(self, book: Book[Record], desk: Desk) -> None:
        """Cases: all assigned, one recusal replaced, all visited and published."""
        self.clock.set("2023-09-18T01:00:00Z")
        steps.assign_cases(desk, SLOT)
        self.tell("主办科室分派，执法人员受领", "the host sections assign; the officers receive their cases")
        self.clock.set("2023-09-27T08:00:00Z")
        subject = f"case/{SLOT}/0001"
        leaving = desk.record.cases.by_subject[subject].officers[0]
        steps.recuse_officer(desk, subject, leaving, "conflict-of-interest", parse_time(REPLACED_AT))
        self.clock.set("2023-09-27T08:10:00Z")
        steps.witness_recusal(desk, subject, SERVICE, self.installation.cosign(book))
        self.clock.set("2023-09-27T08:30:00Z")
        result = Round(self.chain(desk), REPLACEMENT_ROUND, REPLACEMENT_SIGNATURE)
        follows = steps.replace_officer(desk, subject, leaving, result, SERVICE)
        self.tell(
            f"0001 号案 {leaving} 申请回避，经见证后由第 {REPLACEMENT_ROUND} 轮随机数决定 {follows} 递补",
            f"case 0001: {leaving} is recused; witnessed, and round {REPLACEMENT_ROUND} decides that {follows} follows",
        )
        self.clock.set("2023-09-28T09:00:00Z")
        names = sorted(name for name in desk.record.cases.by_subject if name.startswith(f"case/{SLOT}/"))
        for number, name in enumerate(names):
            sheet = desk.record.cases.by_subject[name].sheet
            problems = sheet.items[:1] if number % 4 == 3 else ()
            visit = handling.derive_visit(handling.find_case(desk, name), self.clock() - 7200, self.clock(), problems)
            handling.record_visit(desk, name, visit)
            found = ("rectification-ordered", "责令限期整改一项") if problems else ("no-problem", "未发现问题")
            handling.submit_result(desk, name, *found)
            handling.publish_result(desk, name)
        self.tell(f"{len(names)} 宗检查完成并公开结果", f"{len(names)} inspections visited, their results published")


def check_port(port: int) -> None:
    """Find out before the demonstration whether its site can be served at a port. Raises Refused."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise Refused(f"cannot listen on port {port}: {os.strerror(error.errno or 0)}; --port takes another") from None


def run_demo(folder: Path) -> int:
    """Play the demonstration in a folder; return the exit status."""
    say(
        "双随机演示：时钟是预设的（2023 年 9 月），企业和人员均为虚构，随机数是真实的 drand 公开记录。\n"
        f"装置：{folder}",
        "The double-random demonstration. Its clock is handed in (September 2023), its enterprises and officers are "
        f"made up, its randomness is real: published drand rounds.\nInstallation: {folder}",
    )
    demo = Demo(folder)
    file = demo.run()
    data = file.read_bytes()
    trust = demo.derive_trust()
    kept = parse_container(data)[CHECKPOINT]
    report = verify_bundle(data, Terms(trust=trust, pairing=check_pairing), str(file))
    say("\n陌生人核验这个文件：", "\nA stranger checks the file:")
    show(report.format_text(read_locale()), indent=3)
    say(
        "\n再看三种作弊（作弊者握有日志密钥，也握有所改条目签名单位的密钥）：",
        "\nNow three riggings (the rigger holds the log's key, and the key of the unit whose entry he changes):",
    )
    caught = [
        _show(name, make(data, demo.installation), Terms(trust=trust, since=kept, pairing=check_pairing))
        for name, make in _RIGGINGS
    ]
    _say_what_next(demo, file)
    return 0 if not report.with_status("failed") and all(caught) else 1


_RIGGINGS: tuple[tuple[tuple[str, str], Callable[[bytes, Installation], bytes]], ...] = (
    (("名录中改一户的街道", "a roster edit: one enterprise moved to another street"), riggings.edit_roster),
    (("结果中换一名执法人员", "a swapped officer in the outcome"), riggings.swap_officer),
    (("换一个种子份额", "a changed seed: another share put in"), riggings.change_seed),
)


def _show(name: tuple[str, str], data: bytes, terms: Terms) -> bool:
    report: Report = verify_bundle(data, terms, "rigged")
    failed = report.with_status("failed")
    print(f"— {tr(*name)}")
    for finding in failed:
        reason = finding.reason.zh if read_locale() == "zh" else finding.reason.en
        told = tr(f"{finding.check.zh}：", f"{finding.check.en}: ") + reason[:300]
        show(f"  {finding.check.number} {told}", indent=4)
    if not failed:
        say("  没有被发现！", "  NOT CAUGHT!")
    return bool(failed)


def _say_what_next(demo: Demo, file: Path) -> None:
    outcome_code = _first_code(file)
    folder = demo.installation.folder
    program = tell_program(Path(sys.argv[0]))
    say("\n接下来可以试：", "\nWhat to try next:")
    for command in (
        f'{program} verify {file} --vkey "$({program} log vkey --dir {folder})"',
        f"{program} explain {outcome_code} --bundle {file}",
        f"{program} replay --dir {folder}",
        f"{program} draw status --dir {folder}",
        f"{program} serve --dir {folder} --at {ENDS}  # {tr('网站', 'its site')}: http://127.0.0.1:8480",
        f"cp {file} rigged.zip; printf x | dd of=rigged.zip bs=1 seek=20000 conv=notrunc",
        f"{program} verify rigged.zip  # {tr('改了一个字节', 'one byte was changed')}",
    ):
        print(f"  {command}")


def tell_program(called: Path) -> str:
    """Return how this program is called here: by its name, or in a clone by its `run`, which calls that of `.venv`."""
    door = called.parent.parent.parent / "run"
    if called.parent.parent.name != ".venv" or not door.is_file():
        return "double-random"
    return f"./{door.name}" if door.parent == Path.cwd() else shlex.quote(str(door))


def _first_code(file: Path) -> str:
    drawn = parse_container(file.read_bytes())
    lines = [
        line for path in sorted(drawn) if path.startswith("draw/drawn/") for line in drawn[path].decode().split("\n")
    ]
    return next(line.partition(" ")[2] for line in lines if line)
