"""A report: each numbered check as passed, failed or not checked, and why; as text and as JSON."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from ledger.audit.checks import BY_ID, CHECKS, Check
from ledger.audit.wording import translate
from ledger.proof.errors import LedgerError

Status = Literal["passed", "failed", "not checked"]
Locale = Literal["zh", "en"]

_WORDS: dict[Status, tuple[str, str]] = {
    "passed": ("通过", "passed"),
    "failed": ("不通过", "FAILED"),
    "not checked": ("未核验", "not checked"),
}

UNREADABLE = 2
"""Exit status where there was nothing that could be read."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check stands as it does, in Chinese and English."""

    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result."""

    check: Check
    status: Status
    reason: Reason


@dataclass
class Report:
    """The results of an audit. What was never touched reads "not checked".

    subject  what was audited: a path
    facts    what the reader wants to know beside the checks: origin, size, draws
    """

    subject: str
    facts: dict[str, Any] = field(default_factory=dict)
    _found: dict[str, Finding] = field(default_factory=dict)
    _unwanted: set[str] = field(default_factory=set)

    def passed(self, check: str, zh: str = "", en: str = "") -> None:
        """Note that a check passed, unless it has failed."""
        self._note(check, "passed", Reason(zh, en))

    def failed(self, check: str, error: LedgerError | str) -> None:
        """Note that a check failed; the first reason stands."""
        self._note(check, "failed", Reason(translate(str(error)), str(error)))

    def unchecked(self, check: str, zh: str, en: str, *, is_wanted: bool = True) -> None:
        """Note why something could not be checked, unless it was; `is_wanted` is False where it does not apply."""
        self._note(check, "not checked", Reason(zh, en))
        if not is_wanted:
            self._unwanted.add(check)

    def _note(self, check: str, status: Status, reason: Reason) -> None:
        before = self._found.get(check)
        if before is None or (status == "failed" and before.status != "failed"):
            self._found[check] = Finding(BY_ID[check], status, reason)

    @property
    def findings(self) -> list[Finding]:
        """All checks, in order of their numbers."""
        unreached = Reason(
            "前面的核验未通过，或没有可核验的内容", "an earlier check failed, or there was nothing to check"
        )
        return [self._found.get(check.id) or Finding(check, "not checked", unreached) for check in CHECKS]

    def with_status(self, status: Status) -> list[Finding]:
        """Return the findings of one status."""
        return [finding for finding in self.findings if finding.status == status]

    def exit_status(self, *, is_strict: bool = False) -> int:
        """Return 0 if nothing failed, 1 if something did; 3 if strict and something wanted was not checked."""
        if self.with_status("failed"):
            return 1
        wanted = (f.check for f in self.with_status("not checked") if f.check.id not in self._unwanted)
        is_lacking = any(check.is_wanted for check in wanted)
        return 3 if is_strict and is_lacking else 0

    def format_json(self) -> str:
        """Return the report as JSON, for programs."""
        checks = [
            {
                "number": finding.check.number,
                "id": finding.check.id,
                "name": {"zh": finding.check.zh, "en": finding.check.en},
                "status": finding.status,
                "reason": {"zh": finding.reason.zh, "en": finding.reason.en},
            }
            for finding in self.findings
        ]
        whole = {"subject": self.subject, **self.facts, "checks": checks, "exit_status": self.exit_status()}
        return json.dumps(whole, ensure_ascii=False, indent=1)

    def format_text(self, locale: Locale) -> str:
        """Return the report for a reader."""
        lines = []
        for finding in self.findings:
            check, zh_en = finding.check, 0 if locale == "zh" else 1
            reason = (finding.reason.zh, finding.reason.en)[zh_en]
            word = _WORDS[finding.status][zh_en]
            name = (check.zh, check.en)[zh_en]
            lines.append(f"{check.number:>2} {word}  {name}" + (f" — {reason}" if reason else ""))
        return "\n".join(lines)
