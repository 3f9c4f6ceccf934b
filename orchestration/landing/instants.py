"""Guarded casts of dates and times: SQL for canonical text, in UTC, or for the code of what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import duckdb

from orchestration.landing.date_formats import ZONE, format_guard
from orchestration.machine.sql import literal

_YEAR = "(19|20|21)[0-9]{2}"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_OFFSET = "(Z|z| ?UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_DAY = "-[0-9]{2}-[0-9]{2}"
_EPOCH_RANGE = (-2208988800, 7258118400)
_UTC_NAMES = ("UTC", "Etc/UTC", "Z", "GMT", "Etc/GMT", "Etc/UCT", "Zulu", "Universal")

# Minutes east of Greenwich of the abbreviations that mean one zone: RFC 2822's, and Europe's.
_ABBREVIATIONS = {
    "UTC": 0, "GMT": 0, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360,
    "PST": -480, "PDT": -420, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180,
}  # fmt: skip


@dataclass(frozen=True)
class Cast:
    """SQL over the text `x`: `value` is canonical text or NULL; `code` names the fault where value is NULL;
    `fault` is a code, or NULL, for a value that was read but may not be."""

    value: str
    code: str
    fault: str = "null"


def same_zone(one: str, other: str) -> bool:
    """Whether two zone names mean the same clock."""
    return one == other or (one in _UTC_NAMES and other in _UTC_NAMES)


def instant(x: str, kind: str, target: str, formats: Sequence[str], zone: str, ambiguous: str) -> Cast:
    """The cast of a date, a time or an epoch; of several formats the one that fits.

    A text that two formats read differently is refused: nothing says which is meant.
    """
    if kind in ("epoch_s", "epoch_ms"):
        return _epoch(x, 1 if kind == "epoch_s" else 1000)
    casts = [_of_format(x, kind, target, layout, zone, ambiguous) for layout in formats]
    if len(casts) == 1:
        return casts[0]
    values = [f"({cast.value})" for cast in casts]
    differ = " or ".join(f"coalesce({one} <> {other}, false)" for one, other in combinations(values, 2))
    others = " ".join(f"when {cast.code} <> 'V01' then {cast.code}" for cast in casts)
    return Cast(
        f"case when {differ} then null else coalesce({', '.join(values)}) end",
        f"case when {differ} then 'V12' {others} else 'V01' end",
    )


def _of_format(x: str, kind: str, target: str, layout: str, zone: str, ambiguous: str) -> Cast:
    if layout == "iso":
        return _iso(x, kind, target, zone, ambiguous)
    if layout == "epoch_s":
        return _epoch(x, 1)
    return _formatted(x, kind, target, layout, zone, ambiguous)


def _iso(x: str, kind: str, target: str, zone: str, ambiguous: str) -> Cast:
    day = f"regexp_full_match({x}, {literal(_YEAR + _DAY)})"
    late = f"regexp_full_match({x}, {literal('[0-9]{4}' + _DAY + '([T ].*)?')})"
    code = (
        f"case when not regexp_full_match({x}, {literal(_YEAR + '.*')}) and {late} then 'V02' else 'V01' end"
    )
    if kind == "date":
        local = f"try_cast({x} as timestamp)"
        if target == "date":
            return Cast(f"case when {day} and {local} is not null then {x} end", code)
        if same_zone(zone, "UTC"):
            return Cast(f"case when {day} and {local} is not null then {x} || ' 00:00:00' end", code)
        return Cast(f"case when {day} then {_midnight(local, zone)} end", code)
    guard = f"regexp_full_match({x}, {literal(f'{_YEAR}{_DAY}([T ]{_CLOCK}{_OFFSET}?)?')})"
    offset = f"regexp_matches(substr({x}, 17), {literal('[+-][0-9]{2}(:?[0-9]{2})?$')})"
    marked = f"(ends_with(lower({x}), 'z') or ends_with({x}, 'UTC'))"
    naive = f"try_cast({x} as timestamp)"
    zoned = f"regexp_full_match({x}, {literal(f'{_YEAR}{_DAY}[T ]{_CLOCK} ?{ZONE}')})"
    behind = literal(f"^(.*[0-9:.]) ?({ZONE})$")
    spelled = _at_offset(
        f"try_cast(regexp_extract({x}, {behind}, 1) as timestamp)", f"regexp_extract({x}, {behind}, 2)"
    )
    value = (
        f"case when not {guard} then case when {zoned} then {spelled} end "
        f"when {marked} then cast({naive} as varchar) "
        f"when {offset} then cast(timezone('UTC', try_cast({x} as timestamptz)) as varchar) "
        f"when length({x}) = 10 then {_midnight(naive, zone)} else {_local(naive, zone, ambiguous)} end"
    )
    if not same_zone(zone, "UTC"):
        code = f"case when {guard} and {naive} is not null and not {marked} then 'V05' else {code} end"
    return Cast(value, code)


def _epoch(x: str, per_second: int) -> Cast:
    number = f"try_cast(split_part({x}, '.', 1) as bigint)"
    low, high = (bound * per_second for bound in _EPOCH_RANGE)
    allowed = f"regexp_full_match({x}, '-?[0-9]{{1,16}}([.]0*)?') and {number} between {low} and {high - 1}"
    value = f"cast(make_timestamp({number} * {1_000_000 // per_second}) as varchar)"
    code = f"case when regexp_full_match({x}, '-?[0-9]+([.]0*)?') then 'V02' else 'V01' end"
    return Cast(f"case when {allowed} then {value} end", code)


def _formatted(x: str, kind: str, target: str, layout: str, zone: str, ambiguous: str) -> Cast:
    shape = f"regexp_full_match({x}, {literal(format_guard(layout) or '')})"
    mark = next((part for part in ("%z", "%Z") if part in layout), "")
    if mark:
        before, _, after = layout.partition(mark)
        around = literal(f"^({format_guard(before)})({ZONE})({format_guard(after)})$")
        zone_text = f"regexp_extract({x}, {around}, 2)"
        local = f"regexp_replace({x}, {around}, '\\1\\3')"
        parsed = f"try_strptime({local}, {literal(before + after)})"
    else:
        parsed = f"try_strptime({x}, {literal(layout)})"
    dated = f"case when {shape} and year({parsed}) between 1900 and 2199 then {parsed} end"
    code = f"case when {shape} and {parsed} is not null and {dated} is null then 'V02' else 'V01' end"
    if target == "date":
        return Cast(f"cast(cast({dated} as date) as varchar)", code)
    if kind == "date":
        return Cast(_midnight(f"date_trunc('day', {dated})", zone), code)
    if mark:
        return Cast(_at_zone(dated, zone_text), code)
    if not same_zone(zone, "UTC"):
        code = f"case when {dated} is not null then 'V05' else {code} end"
    return Cast(_local(dated, zone, ambiguous), code)


@lru_cache(maxsize=1)
def _zone_names() -> str:
    """The names of the zones that the engine knows, as a list of SQL literals."""
    with duckdb.connect() as connection:
        names = connection.execute(
            "select name from pg_timezone_names() where contains(name, '/')"
        ).fetchall()
    return ", ".join(sorted(literal(str(name)) for (name,) in names))


def _at_offset(local: str, zone: str) -> str:
    """SQL for a local time in UTC, its offset or abbreviation being a text of the row; else NULL."""
    digits = literal("([+-])([0-9]{1,2}):?([0-9]{2})?$")
    hours, minutes = (
        f"coalesce(try_cast(nullif(regexp_extract({zone}, {digits}, {group}), '') as bigint), 0)"
        for group in (2, 3)
    )
    sign = f"case when regexp_extract({zone}, {digits}, 1) = '-' then -1 else 1 end"
    known = " ".join(f"when {literal(name)} then {east}" for name, east in _ABBREVIATIONS.items())
    east = (
        f"case when {zone} in ('Z', 'z') then 0 when regexp_matches({zone}, {digits}) "
        f"and not contains({zone}, '/') then {sign} * ({hours} * 60 + {minutes}) "
        f"else case {zone} {known} end end"
    )
    return f"cast({local} - to_minutes({east}) as varchar)"


def _at_zone(local: str, zone: str) -> str:
    """SQL for a local time in UTC, its zone being a text of the row; NULL for a zone that nobody knows."""
    named = f"case when {zone} in ({_zone_names()}) then {_unambiguous(local, zone)} end"
    return f"coalesce({_at_offset(local, zone)}, {named})"


def _midnight(local: str, zone: str) -> str:
    """A local day's first instant in UTC."""
    if same_zone(zone, "UTC"):
        return f"cast({local} as varchar)"
    return f"cast(timezone('UTC', timezone({literal(zone)}, {local})) as varchar)"


def _local(local: str, zone: str, ambiguous: str) -> str:
    """A local time in UTC; NULL in a gap or an overlap unless the mapping says which instant is meant."""
    if same_zone(zone, "UTC"):
        return f"cast({local} as varchar)"
    name = literal(zone)
    if ambiguous == "refuse":
        return _unambiguous(local, name)
    at = f"timezone({name}, {local})"
    chosen = "least" if ambiguous == "earlier" else "greatest"
    return f"cast(timezone('UTC', {chosen}({at}, {', '.join(_twins(local, name))})) as varchar)"


def _unambiguous(local: str, name: str) -> str:
    """A local time in UTC; NULL in a gap or an overlap. `name` is SQL for the zone."""
    at = f"timezone({name}, {local})"
    exists = f"timezone({name}, {at}) = {local}"
    once = f"coalesce({', '.join(_twins(local, name))}) is null"
    return f"case when {exists} and {once} then cast(timezone('UTC', {at}) as varchar) end"


def _twins(local: str, name: str) -> list[str]:
    """SQL for the other instants that have the same local time."""
    at = f"timezone({name}, {local})"
    shifts = [f"interval '{minutes} minutes'" for minutes in (-60, -30, 30, 60)]
    return [
        f"case when timezone({name}, {at} + {shift}) = {local} then {at} + {shift} end" for shift in shifts
    ]
