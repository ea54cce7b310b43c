"""The two languages of every page: Chinese under the site's root, English under `en/`."""

from dataclasses import dataclass
from typing import Literal

from ledger.cli.words import Meanings
from ledger.office.events.body import Names
from ledger.office.policy import Policy
from ledger.proof.draw import BUREAU

Code = Literal["zh", "en"]
CODES: tuple[Code, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Language:
    """One language of a page; templates call it `t` to say something in it."""

    code: Code

    def __call__(self, zh: str, en: str) -> str:
        """Return what is said, in this language."""
        return zh if self.code == "zh" else en

    def of(self, words: Names | tuple[str, str]) -> str:
        """Return one of a pair of words."""
        zh, en = (words.zh, words.en) if isinstance(words, Names) else words
        return self(zh, en)

    def meaning(self, table: Meanings, id: str) -> str:
        """Return what an id means; the id itself, if the table does not know it."""
        return self.of(table.get(id, (id, id)))

    def unit(self, policy: Policy, unit: str) -> str:
        """Return a unit's, an office's or an agency's name by a policy; its id, if the policy knows none such."""
        if unit == BUREAU:
            return self("区局", "the bureau")
        names = policy.units[unit].names if unit in policy.units else policy.agencies.get(unit)
        return unit if names is None else self.of(names)

    @property
    def tag(self) -> str:
        """The language's tag for HTML (BCP 47)."""
        return self("zh-CN", "en")

    def flag(self, value: bool | None) -> str:
        """Return yes or no; a dash where nothing is known."""
        return "—" if value is None else self("是", "yes") if value else self("否", "no")

    def sub_roster(self, policy: Policy, id: str) -> str:
        """Return a sub-roster's or stratum's name by a policy; its id, if the policy does not know it."""
        known = policy.sub_rosters.get(id)
        return id if known is None else self.of(known.names)
