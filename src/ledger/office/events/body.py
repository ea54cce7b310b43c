"""What all bodies share: strict reading, and the few forms that fields have."""

import re
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

from ledger.proof.characters import format_code_point
from ledger.proof.encoding import ID, check_code, check_day, check_hex, parse_time
from ledger.proof.errors import Malformed


class Body(BaseModel):
    """A body, or a part of one: frozen, strict, with no field that is not named here."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _checked(check: object) -> AfterValidator:
    def validate(text: str) -> str:
        try:
            check(text)  # type: ignore[operator]
        except Malformed as error:
            raise ValueError(str(error)) from None
        return text

    return AfterValidator(validate)


T = TypeVar("T")
Many = Annotated[tuple[T, ...], Strict(False)]
"""A JSON array, held as a tuple."""

Id = Annotated[str, Field(pattern=f"^{ID.pattern}$")]
Code = Annotated[str, _checked(check_code)]
Hex64 = Annotated[str, _checked(check_hex)]
Day = Annotated[str, _checked(check_day)]
Time = Annotated[str, _checked(parse_time)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
"""The name of a field."""
NoteText = Annotated[str, Field(min_length=1, max_length=20_000)]
"""A signed note, verbatim."""
HIDDEN = re.compile(
    "[\0-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""A character that is not seen, or makes a reader see another text (docs/spec/events.md, section 4).

Of the blanks two are in use, U+0020 and U+3000; the others look like them.
"""


def _check_shown(text: str) -> None:
    hidden = HIDDEN.search(text)
    if hidden:
        raise Malformed(f"a text holds {format_code_point(hidden[0])}: expected only what is seen, on one line")
    if text.strip(" \u3000") != text:
        raise Malformed("a text begins or ends with a blank")


Text = Annotated[str, Field(min_length=1, max_length=2000), _checked(_check_shown)]
"""A text on one line that reads as it is signed: all of its characters are seen, but blanks between them."""
Year = Annotated[int, Field(ge=2000, le=9998)]
Count = Annotated[int, Field(ge=0)]


class Names(Body):
    """A name as people read it, in Chinese and in English."""

    zh: Text
    en: Text


class ListRef(Body):
    """A list that stands in the log in parts: the RFC 6962 root over its rows, and how many they are."""

    root: Hex64
    count: Count


class Sealed(Body):
    """A value that is not public, or not yet (docs/spec/encoding.md, section 4)."""

    sealed: Hex64
