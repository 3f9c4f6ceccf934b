"""Kinds of values a setting has: what each accepts, and the sentence for what it refuses."""

import difflib
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from croniter import croniter
from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from orchestration.landing.currencies import iso_4217

OWN_FOLDERS = ("models", "macros", "tests", "seeds")
"""What a folder of a company's own models may hold, each a folder as a dbt project has it."""
# Croniter reads seconds and years too; Dagster takes neither.
_CRON_FIELDS = 5


def none_word(value: object) -> object:
    """The word none, or nothing, as None."""
    return None if isinstance(value, str) and value.strip().lower() in ("none", "") else value


def section(value: object) -> object:
    """An empty section (`options:` alone) is read as empty text."""
    return {} if value in (None, "") else value


def a_text(value: object) -> str:
    """The value, where it is a text; what follows may then ask it as one."""
    if not isinstance(value, str):
        raise ValueError("write a text")
    return value


def _currency(value: str) -> str:
    if value not in iso_4217():
        raise ValueError(f"{value!r} is not an ISO 4217 currency code; write one such as EUR or USD")
    return value


def _timezone(value: str) -> str:
    if value not in available_timezones():
        close = difflib.get_close_matches(value, sorted(available_timezones()), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "; write one such as Europe/Paris or UTC"
        raise ValueError(f"{value!r} is not a time zone of the IANA database{hint}")
    return value


def valid_cron(value: str) -> str:
    """A cron expression of five fields that some day meets."""
    if not croniter.is_valid(value, strict=True) or len(croniter.expand(value)[0]) != _CRON_FIELDS:
        raise ValueError(
            f"{value!r} is not a cron expression of five fields, such as '0 3 * * *' (each day at 03:00)"
        )
    return value


def own_models(folder: Path | None) -> Path | None:
    """A folder with models of the company's own, or None."""
    if folder is None or (folder / "models").is_dir():
        return folder
    raise ValueError(
        f"{folder} has no folder models; put your SQL models into {folder / 'models'}, macros, tests and "
        "seeds beside it, or leave the key out"
    )


def a_day(value: str) -> date:
    """The day that a text says."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        # Its form is right, and no calendar has it.
        pass
    raise ValueError(f"{value!r} is not a day; write one such as 2025-03-14")


def instant(value: object) -> object:
    """`2025-07-01T00:00:00Z` as an instant in UTC; nothing as None."""
    if not isinstance(value, str) or none_word(value) is None:
        return none_word(value)
    try:
        read = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not an instant; write one such as 2025-07-01T00:00:00Z") from error
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def month_end(value: object) -> object:
    """`2025-05` or the last day of a month, as that last day."""
    if not isinstance(value, str) or none_word(value) is None:
        return none_word(value)
    if not re.fullmatch(r"(?!0000)\d{4}-(0[1-9]|1[0-2])(-\d{2})?", value):
        raise ValueError(f"{value!r} is not a month; write the last closed month, such as 2025-05")
    first = date.fromisoformat(f"{value[:7]}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if len(value) == 10 and date.fromisoformat(value) != last:
        raise ValueError(
            f"{value!r} is not the end of a month; books are closed by the month, write {value[:7]}"
        )
    return last


def setting(example: object, unit: str = "", is_none: str = "", **limits: Any) -> Any:
    """What a key of company.yml is told with beside its docstring: an example, and the unit of its value.

    `is_none`: what a file without the key means, where the default is no value. `limits` as those of a field
    of pydantic.
    """
    told = {"unit": unit, "is_none": is_none}
    return Field(
        examples=[example], json_schema_extra={key: text for key, text in told.items() if text}, **limits
    )


Currency = Annotated[str, BeforeValidator(_currency), BeforeValidator(a_text)]
TimeZone = Annotated[str, BeforeValidator(_timezone), BeforeValidator(a_text)]
Days = Annotated[int, Field(ge=0, le=36600)]
OptionalDays = Annotated[
    int | None,
    Field(ge=0, le=36600),
    BeforeValidator(none_word),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0, "maximum": 36600}, {"const": "none"}]}),
]
Share = Annotated[Decimal, Field(ge=0, le=1)]
# A docstring below a field is what the schema, the reference page and a new company.yml say of it.
FROZEN = ConfigDict(extra="forbid", use_attribute_docstrings=True)
