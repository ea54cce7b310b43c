"""An office's sheet on its way into the log: what was found, what goes in, and where the rest is written."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import typer

from ledger.cli.desk import Desk
from ledger.cli.editions import ItemChange, tell_changes
from ledger.cli.installation import Installation
from ledger.cli.options import FOLDER, derive_year, open_installation
from ledger.cli.speech import plural, read_locale, say, say_json, show, tr, warn
from ledger.intake import Reading, Vocabulary, derive_fields, format_findings, write_refused
from ledger.office.events.body import ListRef
from ledger.office.policy import Policy, read_default_policy
from ledger.proof.errors import Refused


def make_vocabulary(policy: Policy) -> Vocabulary:
    """Return the words of an office's sheets, as its policy has them."""
    streets = {policy.units[unit].names.zh.partition("街道")[0]: unit for unit in policy.streets}
    return Vocabulary(
        streets=streets,
        units={unit.names.zh: id for id, unit in policy.units.items()},
        sub_rosters={sub.names.zh: id for id, sub in policy.sub_rosters.items()},
        precedence=policy.precedence or (),
        key_lists={one.names.zh: id for id, one in policy.key_lists.items()},
        tags={names.zh: id for id, names in policy.tags.items()},
        qualifications={names.zh: id for id, names in policy.tags.items()}
        | {sub.names.zh: id for id, sub in policy.sub_rosters.items()},
    )


def find_free(sheet: Path) -> Path:
    """Return a name for the rows that were not taken, beside the sheet, under which there is no file yet."""
    names = (f"{sheet.stem}-refused{suffix}.xlsx" for suffix in ("", *(f"-{number}" for number in range(2, 1000))))
    return next(file for file in (sheet.parent / name for name in names) if not file.exists())


class Kind(NamedTuple):
    """A kind of sheet, and what one of its entries is called: a plan's line may take several rows."""

    zh: str
    en: str
    entry_zh: str
    entry_en: str


TARGETS = Kind("检查对象名录", "target roster", "户", "enterprise")
KEY_LIST = Kind("重点单位名单", "key list", "户", "enterprise")
OFFICERS = Kind("执法人员名录", "officer roster", "人", "officer")
ITEMS = Kind("抽查事项清单", "check-item list", "项", "item")
PLAN = Kind("年度计划", "annual plan", "项任务", "line of the plan")


def _refuse_if_mistyped(folder: Path) -> None:
    """Refuse to found a trial in a folder that may not be the one that was meant."""
    usual = os.environ.get(FOLDER)
    if folder.exists() and any(folder.iterdir()):
        why = f"{folder}: no installation, and not empty: is --dir right?"
    elif usual and Installation(Path(usual)).is_founded:  # then --dir was given, and names another folder
        why = f"{folder}: no installation, and {FOLDER} names one, {usual}: is --dir right?"
    else:
        return
    raise Refused(f"{why} `double-random init --dir {folder}` founds one there all the same")


class Import:
    """One import: the installation, what was read of the file, and what to do with rows that cannot be taken.

    Raises Refused behind a --dir that may be mistyped: where there is no installation but something else, or none while
    the environment names one.
    """

    def __init__(self, kind: Kind, sheet: Path, folder: Path, at: str | None, is_dry: bool, as_json: bool) -> None:
        self.kind, self.sheet = kind, sheet
        self.installation = open_installation(folder, at)
        self.is_dry, self.as_json = is_dry, as_json
        self.report: dict[str, Any] = {}
        self.has_founded = False
        self._policy: Policy | None = None
        if not (is_dry or self.installation.is_founded):
            _refuse_if_mistyped(folder)

    def policy(self) -> Policy:
        """Return the policy in force in the installation; the shipped one where nothing is founded yet."""
        if self._policy is None:
            self._policy = self._read_policy()
        return self._policy

    def _read_policy(self) -> Policy:
        if not self.installation.is_founded:
            return Policy.model_validate(read_default_policy())
        if self.installation.service is not None:
            with self.installation.open_remote() as log:
                return log.record.policy_at(self.installation.clock())
        with self.installation.open_book() as book:
            return book.record.policy_at(self.installation.clock())

    def year(self, year: int | None) -> int:
        """Return the year asked for, else this one in Shanghai."""
        return derive_year(self.installation, year)

    def settle(self, reading: Reading, accept_valid: bool, refused: Path | None) -> bool:
        """Tell what was found; return whether the rows go in.

        Exits with status 1 where something was refused and the valid rows were not asked for.
        """
        self.report = {
            "file": reading.name,
            **reading.counts,
            "dry_run": self.is_dry,
            "founded_trial": None,
            "findings": [derive_fields(finding) for finding in reading.findings],
        }
        if not self.as_json:
            for line in format_findings(reading.findings, read_locale()):
                show(line, indent=2)
            self._say_counts(**reading.counts)
        if reading.refused and (refused or accept_valid) and not self.is_dry:
            self._write_refused(reading, refused or find_free(self.sheet))
        if not reading.rows or not (reading.is_whole or accept_valid):
            self.report["imported"] = False
            self._end()
            warn("没有导入任何内容。", "Nothing was imported.")
            raise typer.Exit(1)
        return not self.is_dry

    def settle_beside(self, reading: Reading) -> None:
        """Tell what was found in a second sheet, all of whose rows must be right. Exits with status 1 where not."""
        self.report = {"file": reading.name, "findings": [derive_fields(finding) for finding in reading.findings]}
        if not self.as_json:
            for line in format_findings(reading.findings, read_locale()):
                show(f"{reading.name}: {line}", indent=2)
        if not reading.is_whole:
            self.report["imported"] = False
            self._end()
            warn("没有导入任何内容。", "Nothing was imported.")
            raise typer.Exit(1)

    def _say_counts(self, read: int, taken: int, refused: int, **_: int) -> None:
        usable = read - refused
        made = tr(f"（合为 {taken} {self.kind.entry_zh}）", f" and make {plural(taken, self.kind.entry_en)}")
        made = made if taken != usable else ""
        say(
            f"共 {read} 行，可用 {usable} 行{made}，不可用 {refused} 行",
            f"{plural(read, 'row')}: {usable} can be taken{made}, {refused} cannot",
        )

    def _write_refused(self, reading: Reading, file: Path) -> None:
        if file.exists():
            raise Refused(f"{file}: there is a file already; it may hold rows that you have mended")
        self.report["refused_file"] = str(file)
        number = write_refused(reading, file)
        if self.kind in (TARGETS, OFFICERS):
            zh, en = "改正后用 --add 再导入", "mend it and import it with --add"
        else:
            zh, en = "请在原表中改正，再整体导入", "mend them in the sheet itself and import the whole again"
        warn(f"{number} 行未导入，已写入 {file}，{zh}", f"{plural(number, 'row')} not taken, written to {file}: {en}")

    def tell_changes(self, changes: Sequence[ItemChange]) -> None:
        """Say what an edition of the check-item list changes of the newest one, before it is signed."""
        self.report["changes"] = [change.format_json() for change in changes]
        if not self.as_json:
            for line in tell_changes(changes):
                print(line)

    def tell(self, ref: ListRef, index: int | None) -> None:
        """Say what went in: the list, as the entry of an index; None in a trial run, or where nothing has changed."""
        is_unchanged = index is None and not self.is_dry
        self.report |= {"root": ref.root, "count": ref.count, "imported": index is not None, "unchanged": is_unchanged}
        if self.has_founded:
            self.report["founded_trial"] = str(self.installation.folder)
        if index is not None:
            self.report["index"] = index
        self._end()
        if not self.as_json:
            kind = self.kind
            say(
                f"{kind.zh}：{ref.count} {kind.entry_zh}，根 {ref.root}",
                f"{kind.en}: {plural(ref.count, kind.entry_en)}, root {ref.root}",
            )
            if index is not None:
                say(f"已记入日志，第 {index} 条", f"recorded in the log as entry {index}")
            elif is_unchanged:
                say(
                    "与日志中的一致，没有变化，未再记录。",
                    "No change: the log has it so already; nothing was recorded.",
                )

    def tell_report(self, facts: Mapping[str, Any]) -> None:
        """Print the report, with these facts added, for programs."""
        self.report |= facts
        self._end()

    def _end(self) -> None:
        if self.as_json:
            say_json(self.report)

    @contextmanager
    def open_desk(self, keys: list[Path]) -> Iterator[Desk]:
        """Open the log with the units' keys at hand; where there is nothing yet, found a trial installation.

        What was founded is said last of all, also where the sheet is refused in the end. Raises Refused where keys of
        another installation were given.
        """
        folder = self.installation.folder
        if not self.installation.is_founded:
            if keys:
                self.installation.read_keys(keys)
            self.installation.found_default()
            self.has_founded = True
        try:
            with self.installation.open_desk(keys) as (_, desk):
                yield desk
        finally:
            if self.has_founded:
                keys_folder = folder / "keys"
                warn(
                    f"注意：{folder} 原来没有装置，已按自带的龙岗政策建立试用装置，各单位密钥都在 {keys_folder} 中。",
                    f"Note: {folder} had no installation; a trial one was founded there under the shipped Longgang "
                    f"policy, with all units' keys in {keys_folder}.",
                )
