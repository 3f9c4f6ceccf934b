"""The sentence a person reads for a refused value: what it is, why it is refused, and how to mend it."""

from orchestration.landing.canonical import CanonicalColumn
from orchestration.landing.language import ColumnMapping, Locale, limits_of


def sentence(
    code: str, name: str, canonical: CanonicalColumn, column: ColumnMapping, kind: str, locale: Locale
) -> str:
    """The message for one code on one column; `{value}` stands for the value."""
    # Where there are several lookups, the last one is what is left to find the value in.
    lookup = column.lookup[-1] if column.lookup else None
    field = (
        " / ".join(column.from_)
        or column.template
        or (f"{lookup.table}.{', '.join(lookup.read)}" if lookup else "a constant")
    )
    where = f"{name} (from {field})"
    layouts = column.format or locale.format
    if code == "V01":
        shown = " or ".join("ISO 8601" if layout == "iso" else layout for layout in layouts)
        what = "epoch seconds or milliseconds" if kind.startswith("epoch") else shown
        return f"{where}: '{{value}}' is not a {kind} written as {what}. Set `format`, or mend the export."
    if code == "V02":
        return (
            f"{where}: '{{value}}' is out of range (years 1900 to 2199, numbers below 10^14). Name "
            f"it in `nulls` if it means none."
        )
    if code == "V03":
        marks = f"decimal '{locale.decimal}'" + (
            f", thousands '{locale.thousands}'" if locale.thousands else ""
        )
        return f"{where}: '{{value}}' is not a number written with {marks}. Set `locale`, or mend the export."
    if code == "V04":
        return (
            f"{where}: '{{value}}' has more decimals than its currency or column may have. Nothing "
            f"is rounded: mend the export."
        )
    if code == "V05":
        return (
            f"{where}: the local time '{{value}}' is skipped or comes twice on a clock change. "
            f"Export UTC, or set `locale.ambiguous`."
        )
    if code == "V06" and canonical.kind == "zone":
        return f"{where}: '{{value}}' is no name of the zone database (Europe/Paris). Give its name in `map`."
    if code == "V06":
        known = ", ".join(column.map or canonical.allowed)
        return (
            f"{where}: '{{value}}' is none of {known}. Add it to `map`, or to `labels` of the source in "
            f"company.yml, once you know what it means."
        )
    if code == "V07":
        return f"{where}: '{{value}}' is not true, false, 1 or 0. Give its words in `map`."
    if code == "V08":
        return (
            f"{where}: '{{value}}' is not an ISO 4217 currency code in capitals, or the amount has "
            f"none. Use `upper: true` or `map`."
        )
    if code == "V09":
        return f"{where}: '{{value}}' is not valid JSON. Mend the export."
    if code == "V10" and lookup is not None:
        return (
            f"{name}: table {lookup.table} has no {', '.join(lookup.read)} for "
            f"{', '.join(lookup.by)} '{{value}}'. "
            f"Deliver {lookup.table} with this row, or give a `default`."
        )
    if code == "V10":
        return f"{where} is missing, but required. Mend the export, or give a `default`."
    if code == "V11":
        least, most = limits_of(column, canonical)
        limits = [f"at least {least}"] * (least is not None) + [f"at most {most}"] * (most is not None)
        return f"{where}: '{{value}}' must be {' and '.join(limits)}."
    if code == "V12":
        shown = " and ".join(layouts)
        return f"{where}: '{{value}}' is one time as {shown}, another as the other. Keep one `format`."
    if code == "V13":
        return (
            f"{where}: the identifier '{{value}}' was mangled by a spreadsheet, its last digits are lost. "
            f"Export it again and don't save it from a spreadsheet."
        )
    raise ValueError(code)


def waived_sentence(code: str, name: str, column: ColumnMapping) -> str:
    """The message for a value that was left out, the row kept; `{value}` and `{count}` say which."""
    where = f"{name} (from {' / '.join(column.from_) or column.template or 'a constant'})"
    if code == "unknown_label":
        return (
            f"{where}: nobody said what '{{value}}' means ({{count}} rows); {name} is left empty there. "
            f"Add it to `labels` of the source in company.yml, or to `map`."
        )
    return f"{where}: '{{value}}' can't be read and is left out; the row is kept (`on_bad: null`)."
