"""What the open file may show, and what only the restricted one holds: the one place that decides.

Every column of a mart (in the models' YAML, `config: {meta: {privacy: ...}}`) and every sensitive one of the
canonical tables (`privacy:` in canonical.yml) has one of these classes; docs/privacy.md says what each means.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args

from orchestration.build.own_models import OWN_SCHEMA
from orchestration.landing.canonical import canonical_tables
from orchestration.machine.sql import literal

PrivacyClass = Literal["none", "pseudonym", "company_name", "personal", "free_text"]
CLASSES: tuple[PrivacyClass, ...] = get_args(PrivacyClass)
SENSITIVE: tuple[PrivacyClass, ...] = ("company_name", "personal", "free_text")
RESTRICTED: tuple[PrivacyClass, ...] = ("personal", "free_text")
"""Classes of which the restricted file holds a mart's columns; company names are there as delivered."""
# A value of a vendor's own list, such as too_expensive; what somebody typed has spaces.
_CODE = "[A-Za-z0-9_.-]{1,40}"
# An amount, a day or an instant, however it is written.
_NUMBER = "[-+]?[0-9][-0-9 .,:/TZ+]{0,39}"
Classes = Mapping[str, Mapping[str, str]]
"""Table, column, class."""
UNSAID: PrivacyClass = "personal"
"""The class of a column of a company's own models that says none."""
SHOWN: Mapping[str, str] = MappingProxyType({"marts": "", OWN_SCHEMA: UNSAID})
"""The schemas that the open file shows, and the class of a column there that says none."""
WITHHELD = "Withheld: the restricted file has the whole of it."


def published_classes(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The class of every column of every mart, an empty text where none is written, and of the company's own.

    A column of these that says none is personal.
    """
    return {
        node["alias"]: {
            name: str(column["config"]["meta"].get("privacy") or SHOWN[node["schema"]])
            for name, column in node["columns"].items()
        }
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["schema"] in SHOWN
    }


def open_value(column: str, privacy: str, with_names: bool) -> str:
    """The SQL expression of a column as the open file shows it; `column` is a quoted name."""
    if privacy == "personal" or (privacy == "company_name" and not with_names):
        return "null"
    if privacy == "free_text":
        return f"case when regexp_full_match({column}, {literal(_CODE)}) then {column} end"
    return column


def may_show_reject() -> str:
    """The SQL condition under which a row of audit.rejects may be shown with its value.

    A rejected value can be anything: a shifted column puts an address where a currency belongs. So only a
    code or a number is shown, and only of a column that holds nothing sensitive.
    """
    sensitive = sorted({name for table in canonical_tables().values() for name in table.privacy})
    return (
        f"(column_name is not null and column_name not in ({', '.join(literal(name) for name in sensitive)}) "
        f"and (value is null or regexp_full_match(value, {literal(f'{_CODE}|{_NUMBER}')})))"
    )
