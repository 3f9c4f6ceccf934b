"""Guarded casts: SQL that turns the text of a value into canonical text, or into the code of what is wrong.

A cast never does more than its guard allows: DuckDB alone would take `1_000`, round `1.999` into a price and
move a time out of a daylight-saving gap without a word.
"""

import re
from dataclasses import dataclass

from orchestration.landing.canonical import CanonicalColumn, literal
from orchestration.landing.currencies import exponent_sql, known_sql
from orchestration.landing.language import ColumnMapping, Locale, format_guard

_SPACES = " \u00a0\u202f\u2009"
_YEAR = "(19|20|21)[0-9]{2}"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_OFFSET = "(Z|z| ?UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_DAY = "-[0-9]{2}-[0-9]{2}"
_EPOCH_RANGE = (-2208988800, 7258118400)
_UTC_NAMES = ("UTC", "Etc/UTC", "Z", "GMT", "Etc/GMT", "Etc/UCT", "Zulu", "Universal")


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


def cast_sql(
    x: str,
    kind: str,
    canonical: CanonicalColumn,
    column: ColumnMapping,
    locale: Locale,
    zone: str,
    currency: str,
    minor_units: str,
) -> Cast:
    """The cast for one column. `zone` is the source's own; `currency` is SQL for the row's currency."""
    if canonical.kind == "currency":
        return Cast(f"case when {known_sql(x)} then {x} end", "'V08'")
    if kind == "tiers_minor":
        return Cast(
            f"case when {_is_json(x, '[')} then {_tiers(x, exponent_sql(currency, minor_units))} end", "'V09'"
        )
    if kind == "options_minor":
        return Cast(f"case when {_is_json(x, '{')} then {_options(x, minor_units)} end", "'V09'")
    if kind == "id_list":
        listed = f"array_to_string(cast(cast({x} as json) as varchar[]), ';')"
        return Cast(f"case when {_is_json(x, '[')} then nullif({listed}, '') else {x} end", "'V09'")
    if canonical.kind == "json":
        return Cast(f"case when json_valid({x}) then {x} end", "'V09'")
    if canonical.kind == "enum":
        return Cast(_choice(x, column, canonical.allowed), "'V06'")
    if kind in ("text", "enum"):
        allowed = "true" if kind == "text" else f"{x} in ({_listed(column.map or {})})"
        return Cast(f"case when {allowed} then {_mapped(x, column)} end", "'V06'")
    if kind == "boolean":
        return Cast(_boolean(x, column), "'V07'")
    if kind == "timestamp" and canonical.kind == "date":
        instant = _instant(x, kind, "timestamp", column.format or locale.format, zone, locale.ambiguous)
        local = f"timezone({literal(zone)}, timezone('UTC', cast({instant.value} as timestamp)))"
        return Cast(f"cast(cast({local} as date) as varchar)", instant.code)
    if kind in ("date", "timestamp", "epoch_s", "epoch_ms"):
        return _instant(x, kind, canonical.kind, column.format or locale.format, zone, locale.ambiguous)
    return _number(x, kind, canonical.kind, locale, currency, minor_units)


def _listed(values: object) -> str:
    return ", ".join(literal(str(value)) for value in values) or "null"  # type: ignore[attr-defined]


def _mapped(x: str, column: ColumnMapping) -> str:
    if not column.map:
        return x
    branches = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in column.map.items())
    return f"case {x} {branches} else {x} end"


def _choice(x: str, column: ColumnMapping, allowed: tuple[str, ...]) -> str:
    if column.map:
        branches = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in column.map.items())
        return f"case {x} {branches} end"
    return f"case when {x} in ({_listed(allowed)}) then {x} end"


def _boolean(x: str, column: ColumnMapping) -> str:
    if column.map:
        return _choice(x, column, ())
    return (
        f"case when lower({x}) in ('true', '1') then 'true' when lower({x}) in ('false', '0') then "
        f"'false' end"
    )


def _trimmed(decimal: str) -> str:
    return f"rtrim(rtrim(cast({decimal} as varchar), '0'), '.')"


def _number(x: str, kind: str, target: str, locale: Locale, currency: str, minor_units: str) -> Cast:
    point = re.escape(locale.decimal)
    whole = "[0-9]+"
    plain = x
    if locale.thousands:
        separators = _SPACES if not locale.thousands.strip() else locale.thousands
        group = "[" + re.escape(separators) + "]"
        whole = f"([0-9]{{1,3}}({group}[0-9]{{3}})+|[0-9]+)"
        plain = f"regexp_replace({x}, {literal(group)}, '', 'g')"
    shape = f"[+-]?{whole}({point}[0-9]+)?"
    if locale.thousands or locale.decimal == ",":
        plain = f"(case when regexp_full_match({x}, {literal(shape)}) then replace({plain}, ',', '.') end)"
    number = f"regexp_full_match({x}, {literal(shape)})"
    decimals = 4 if target == "money" else 0 if kind == "integer" else 12
    if kind == "money_minor" and target == "money":
        decimals = 0
    if kind == "money_micros":
        decimals = 6
    guard = "[+-]?[0-9]{1,14}([.]" + (f"[0-9]{{0,{decimals}}}" if decimals else "") + "0*)?"
    allowed = f"regexp_full_match({plain}, {literal(guard)})"
    value = _scaled(plain, kind, target, decimals, currency, minor_units)
    too_long = f"regexp_full_match({plain}, '[+-]?[0-9]{{15,}}([.][0-9]*)?')"
    code = f"case when not {number} then 'V03' when {too_long} then 'V02' else 'V04' end"
    fault = "null"
    if kind == "money_major":
        exponent = exponent_sql(currency, minor_units)
        fault = (
            f"case when contains({{v}}, '.') and length(split_part({{v}}, '.', 2)) > {exponent} "
            f"and {currency} is not null then 'V04' end"
        )
    if kind == "money_minor":
        fault = "case when length(split_part({v}, '.', 2)) > 12 then 'V04' end"
    quick = ""
    if plain == x and kind in ("integer", "decimal", "money_major"):
        # Most numbers are canonical as they stand, or but for a zero fraction; a cast costs five times more.
        fraction = f"([.][0-9]{{0,{decimals - 1}}}[1-9])?" if decimals else ""
        quick = f"when regexp_full_match({x}, '(0|[1-9][0-9]{{0,13}}){fraction}') then {x} "
        quick += f"when regexp_full_match({x}, '(0|[1-9][0-9]{{0,13}})[.]0+') then split_part({x}, '.', 1) "
    return Cast(f"case {quick}when {allowed} then {value} end", code, fault)


def _scaled(plain: str, kind: str, target: str, decimals: int, currency: str, minor_units: str) -> str:
    if kind == "integer":
        return f"cast(try_cast(split_part({plain}, '.', 1) as bigint) as varchar)"
    if kind == "money_micros":
        product = f"try_cast({plain} as decimal(20, 6)) * cast('0.000001' as decimal(7, 6))"
        return _trimmed(f"cast({product} as decimal(18, 4))" if target == "money" else product)
    if kind == "money_minor":
        factor = _factor(exponent_sql(currency, minor_units))
        return _trimmed(
            f"try_cast({plain} as decimal({14 + decimals}, {decimals})) * cast({factor} as decimal(5, 4))"
        )
    return _trimmed(f"try_cast({plain} as decimal({14 + decimals}, {decimals}))")


def _factor(exponent: str) -> str:
    """What one minor unit is worth."""
    return f"case {exponent} when 0 then 1.0000 when 2 then 0.0100 when 3 then 0.0010 else 0.0001 end"


def _is_json(x: str, bracket: str) -> str:
    return f"json_valid({x}) and starts_with({x}, {literal(bracket)})"


def _minor_amount(json: str, name: str, exponent: str) -> str:
    """An amount of an object of Stripe's in the major unit: the decimal one where both are there."""
    texts = [f"json_extract_string({json}, '$.{key}')" for key in (f"{name}_decimal", name)]
    minor = f"try_cast(coalesce({', '.join(texts)}) as decimal(26, 12))"
    return _trimmed(f"{minor} * cast({_factor(exponent)} as decimal(5, 4))")


def _tiers(x: str, exponent: str) -> str:
    """Stripe's list of tiers with its amounts in the major unit; `flat_amount` is of the whole tier."""
    amounts = ", ".join(
        f"'{name}', {_minor_amount('t', name, exponent)}" for name in ("unit_amount", "flat_amount")
    )
    tier = f"json_object('up_to', json_extract(t, '$.up_to'), {amounts})"
    return f"cast(to_json(list_transform(json_extract({x}, '$[*]'), lambda t: {tier})) as varchar)"


def _options(x: str, minor_units: str) -> str:
    """Stripe's prices by currency as a list, the amounts of each in its own major unit."""
    exponent = exponent_sql("upper(o.key)", minor_units)
    tiers = _tiers("json_extract(o.value, '$.tiers')", exponent)
    amount = _minor_amount("o.value", "unit_amount", exponent)
    option = (
        f"json_object('currency', upper(o.key), 'unit_amount', {amount}, "
        f"'tiers', case when json_type(o.value, '$.tiers') = 'ARRAY' then cast({tiers} as json) end)"
    )
    options = f"map_entries(cast(cast({x} as json) as map(varchar, json)))"
    unknown = f"list_filter(json_keys({x}), lambda k: not ({known_sql('upper(k)')}))"
    listed = f"cast(to_json(list_transform({options}, lambda o: {option})) as varchar)"
    return f"case when len({unknown}) = 0 then {listed} end"


def _instant(x: str, kind: str, target: str, layout: str, zone: str, ambiguous: str) -> Cast:
    if kind in ("epoch_s", "epoch_ms"):
        return _epoch(x, 1 if kind == "epoch_s" else 1000)
    if layout != "iso":
        return _formatted(x, kind, target, layout, zone, ambiguous)
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
    value = (
        f"case when not {guard} then null when {marked} then cast({naive} as varchar) "
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
    parsed = f"try_strptime({x}, {literal(layout)})"
    dated = f"case when {shape} and year({parsed}) between 1900 and 2199 then {parsed} end"
    code = f"case when {shape} and {parsed} is not null and {dated} is null then 'V02' else 'V01' end"
    if target == "date":
        return Cast(f"cast(cast({dated} as date) as varchar)", code)
    if kind == "date":
        return Cast(_midnight(f"date_trunc('day', {dated})", zone), code)
    if not same_zone(zone, "UTC"):
        code = f"case when {dated} is not null then 'V05' else {code} end"
    return Cast(_local(dated, zone, ambiguous), code)


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
    instant = f"timezone({name}, {local})"
    shifts = [f"interval '{minutes} minutes'" for minutes in (-60, -30, 30, 60)]
    twins = [
        f"case when timezone({name}, {instant} + {shift}) = {local} then {instant} + {shift} end"
        for shift in shifts
    ]
    if ambiguous == "refuse":
        exists = f"timezone({name}, {instant}) = {local}"
        once = f"coalesce({', '.join(twins)}) is null"
        return f"case when {exists} and {once} then cast(timezone('UTC', {instant}) as varchar) end"
    chosen = "least" if ambiguous == "earlier" else "greatest"
    return f"cast(timezone('UTC', {chosen}({instant}, {', '.join(twins)})) as varchar)"
