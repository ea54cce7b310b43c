"""What all bodies share: strict reading, and the few forms that fields have."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

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
Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]*$",
    ),
]
"""A text on one line, without what makes a reader see another text: control characters and those of direction."""
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
