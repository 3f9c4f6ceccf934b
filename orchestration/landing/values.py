"""Guarded casts: SQL that turns the text of a value into canonical text, or into the code of what is wrong.

A cast never does more than its guard allows: DuckDB alone would take `1_000`, round `1.999` into a price and
move a time out of a daylight-saving gap without a word.
"""

import re
from dataclasses import replace

from orchestration.landing.canonical import CanonicalColumn
from orchestration.landing.currencies import exponent_sql, known_sql
from orchestration.landing.instants import Cast, instant
from orchestration.landing.language import DURATION_TYPES, ColumnMapping, Locale
from orchestration.machine.sql import literal

_SPACES = " \u00a0\u202f\u2009"
_MANGLED = "[+-]?[0-9]+([.,][0-9]+[eE][+-]?[0-9]+|[eE][+][0-9]+)"


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
        plain = f"regexp_replace({x}, ' *, *', ';', 'g')"
        return Cast(f"case when {_is_json(x, '[')} then nullif({listed}, '') else {plain} end", "'V09'")
    if canonical.kind == "json":
        return Cast(f"case when json_valid({x}) then {x} end", "'V09'")
    if canonical.kind in ("enum", "zone"):
        return Cast(_choice(x, column, canonical.choices), "'V06'")
    if column.map and kind in ("text", "enum"):
        return Cast(_choice(x, column, ()), "'V06'")
    if kind == "text":
        return _identifier(x) if identifies(canonical.name) else Cast(x, "'V06'")
    if kind == "boolean":
        return Cast(_boolean(x, column), "'V07'")
    if kind == "timestamp" and canonical.kind == "date":
        moment = instant(x, kind, "timestamp", column.format or locale.format, zone, locale.ambiguous)
        local = f"timezone({literal(zone)}, timezone('UTC', cast({moment.value} as timestamp)))"
        return Cast(f"cast(cast({local} as date) as varchar)", moment.code)
    if kind in ("date", "timestamp", "epoch_s", "epoch_ms"):
        moment = instant(x, kind, canonical.kind, column.format or locale.format, zone, locale.ambiguous)
        if not column.inclusive:
            return moment
        after = _after_last_day(moment.value, zone) if kind == "date" else _after_last_second(moment.value)
        return replace(moment, value=after)
    if kind in DURATION_TYPES:
        return _duration(x, kind, locale)
    if column.scientific:
        x = _written_out(x, locale)
    return _number(x, kind, canonical.kind, locale, currency, minor_units)


def _after_last_second(value: str) -> str:
    """SQL for the end of what has a last second (`23:59:59`): a second later; others are ends themselves."""
    later = f"cast(date_trunc('second', cast({value} as timestamp)) + interval 1 second as varchar)"
    return f"case when regexp_matches({value}, ':59([.]9+)?$') then {later} else {value} end"


def _after_last_day(value: str, zone: str) -> str:
    """SQL for the end of a last day that begins at an instant in UTC: the next midnight of the zone."""
    local = f"timezone({literal(zone)}, timezone('UTC', cast({value} as timestamp)))"
    return f"cast(timezone('UTC', timezone({literal(zone)}, {local} + interval 1 day)) as varchar)"


def _listed(values: object) -> str:
    return ", ".join(literal(str(value)) for value in values) or "null"  # type: ignore[attr-defined]


def _choice(x: str, column: ColumnMapping, allowed: tuple[str, ...]) -> str:
    """The value of a label; a `*` in a label of the map stands for any text, and exact labels come first."""
    if not column.map:
        return f"case when {x} in ({_listed(allowed)}) then {x} end"
    exact = {old: new for old, new in column.map.items() if "*" not in old}
    tests = [f"when {x} = {literal(old)} then {literal(new)}" for old, new in exact.items()]
    for old, new in column.map.items():
        if old not in exact:
            shape = ".*".join(re.escape(part) for part in old.split("*"))
            tests.append(f"when regexp_full_match({x}, {literal(shape)}) then {literal(new)}")
    return f"case {' '.join(tests)} end"


def identifies(name: str) -> bool:
    """Whether a text column holds identifiers, which no spreadsheet may have read as numbers."""
    return name.endswith("_id") or name in ("accounting_code", "number")


def _identifier(x: str) -> Cast:
    # Most identifiers begin with a letter, which is later than any digit.
    return Cast(
        f"case when {x} < ':' and regexp_full_match({x}, {literal(_MANGLED)}) then null else {x} end", "'V13'"
    )


def _boolean(x: str, column: ColumnMapping) -> str:
    if column.map:
        return _choice(x, column, ())
    return (
        f"case when lower({x}) in ('true', '1') then 'true' when lower({x}) in ('false', '0') then "
        f"'false' end"
    )


def _duration(x: str, kind: str, locale: Locale) -> Cast:
    """An interval, of which the seconds are the smallest part."""
    number = f"regexp_full_match({x}, {literal('[0-9]{1,9}(' + re.escape(locale.decimal) + '[0-9]{1,6})?')})"
    plain = f"try_cast(replace({x}, {literal(locale.decimal)}, '.') as decimal(18, 6))"
    seconds = f"cast({plain} * {60 if kind == 'duration_minutes' else 1} as bigint)"
    return Cast(f"case when {number} then to_seconds({seconds}) end", "'V03'")


def _written_out(x: str, locale: Locale) -> str:
    """A number in scientific notation with all its digits; other texts, and too many digits, as they are."""
    point = re.escape(locale.decimal)
    shape = f"[+-]?[0-9]({point}[0-9]{{1,12}})?[eE][+-]?[0-9]{{1,2}}"
    plain = f"replace({x}, {literal(locale.decimal)}, '.')"
    power = f"try_cast(regexp_extract({x}, '[eE]([+-]?[0-9]+)$', 1) as integer)"
    decimals = f"length(regexp_extract({x}, {literal(point + '([0-9]*)')}, 1)) - {power}"
    digits = f"replace({_trimmed(f'try_cast({plain} as decimal(38, 12))')}, '.', {literal(locale.decimal)})"
    exact = f"regexp_full_match({x}, {literal(shape)}) and {power} < 14 and {decimals} <= 12"
    return f"(case when {exact} then {digits} else {x} end)"


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
