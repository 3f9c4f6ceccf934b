"""The SQL of one file entry over one loaded file: its rows, their values, and what is wrong with them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property

from orchestration.landing.canonical import CanonicalColumn
from orchestration.landing.conditions import condition_sql, first_filled
from orchestration.landing.fields import all_fields
from orchestration.landing.language import (
    DURATION_TYPES,
    LABEL_TYPES,
    Alternatives,
    ColumnMapping,
    Conditions,
    FileMapping,
    Locale,
    Lookup,
    SourceMapping,
    When,
    limits_of,
)
from orchestration.landing.lists import minus_sql
from orchestration.landing.paths import alternatives
from orchestration.landing.records import Loaded
from orchestration.landing.rows_sql import RowsSql
from orchestration.landing.sentences import sentence
from orchestration.landing.texts_sql import NO_TEXT, column_text, written_text
from orchestration.landing.values import Cast, cast_sql
from orchestration.machine.sql import literal, quoted

CODES_OF_VALUES = ("V01", "V02", "V03", "V04", "V05", "V06", "V07", "V08", "V09", "V10", "V11", "V12", "V13")


class EntrySql:
    """The SQL of one file entry over one loaded file, built layer by layer."""

    def __init__(
        self,
        loaded: Loaded,
        mapping: SourceMapping,
        file: FileMapping,
        zone: str,
        looked_up: Mapping[Lookup, str] | None = None,
    ) -> None:
        """`looked_up`: the tables that hold the values of lookups; None where nobody can know them."""
        self.loaded, self.mapping, self.file = loaded, mapping, file
        self.looked_up = looked_up
        self.locale = mapping.locale_of(file)
        self.zone = self.locale.tz or zone
        self.fields = {name: f"f{index}" for index, name in enumerate(sorted(all_fields(file)))}
        self.columns = file.columns
        self.rows = RowsSql(loaded, file, self.fields)

    @cached_property
    def shaped(self) -> str:
        """Rows with v_ (value) and e_ (fault) of every column, and whether the row is bad."""
        faults = [f"e_{name}" for name in self.columns] + [name for name, _ in self._row_faults()]
        texts = ", ".join(
            f"{column_text(self.file, name, self.fields)} as {quoted('x_' + name)}" for name in self.columns
        )
        values = ", ".join(f"{self._value(name)} as {quoted('v_' + name)}" for name in self.columns)
        errors = ", ".join(
            [f"{self._refusal(name)} as {quoted('e_' + name)}" for name in self.columns]
            + [f"{self._waiver(name)} as {quoted('n_' + name)}" for name in self.waived()]
            + [f"{sql} as {quoted(name)}" for name, sql in self._row_faults()]
        )
        bad = "coalesce(" + ", ".join(quoted(name) for name in faults) + ") is not null"
        where = self._condition(self.file.where)
        deleted = self._any(self.file.deleted_when)
        complete = self._condition(self.file.assert_complete)
        return (
            f"select *, {bad} as _bad from (select *, {errors} from (select *, {values} from ("
            + self._with_lookups(
                f"select *, {texts} from (select *, {deleted} as _deleted, {complete} as _complete "
                f"from ({self.rows.rows()}) where {where})"
            )
            + ")))"
        )

    def _with_lookups(self, rows: str) -> str:
        """The rows with l_ (looked-up value) of every column that has a lookup."""
        columns, joins, replaced = list[str](), list[str](), list[str]()
        tables = self.looked_up or {}

        def joined(one: Lookup) -> str:
            if not tables:
                return NO_TEXT
            table = f"_looked_up{len(joins)}"
            joins.append(f" left join {quoted(tables[one])} as {table} on {self._same(table, one)}")
            return f"{table}.{quoted(one.gives)}"

        for name, column in self.columns.items():
            text = quoted("x_" + name)
            if column.minus_lookups:
                subtracted = [
                    first_filled([self.fields[one] if isinstance(one, str) else joined(one) for one in part])
                    for part in column.minus_lookups
                ]
                replaced.append(f"{minus_sql(text, subtracted)} as {text}")
            if not column.lookup:
                continue
            value = first_filled([joined(one) for one in column.lookup])
            is_read = any(one.is_text for one in column.lookup)
            columns.append(f", {NO_TEXT if is_read else value} as {quoted('l_' + name)}")
            if is_read:
                # A list, or a sum, is read by the type of the column, as if the file had it.
                replaced.append(f"coalesce({text}, {value}) as {text}")
            elif self._canonical(name).kind == "currency":
                # A currency is known before the amounts beside it are read.
                default = "null" if column.default is None else literal(column.default)
                replaced.append(f"coalesce({text}, {value}, {default}) as {text}")
        instead = f" replace ({', '.join(replaced)})" if replaced else ""
        return f"select _row.*{instead}{''.join(columns)} from ({rows}) as _row{''.join(joins)}"

    def _same(self, table: str, lookup: Lookup) -> str:
        """SQL: whether a row of a looked-up table has the key of this row."""
        values = [self.fields[field] for field in lookup.of] or [self._value(key) for key in lookup.by]
        return " and ".join(
            f"{table}.{quoted(key)} = {value}" for key, value in zip(lookup.by, values, strict=True)
        )

    def parents(self) -> str:
        """The values of the `parent` column of all records in the file, those without elements included."""
        parent = str(self.file.parent)
        return (
            f"select distinct {written_text(self.columns[parent], self.fields)} as {quoted(parent)} "
            f"from ({self.rows.records()}) where {self._condition(self._of_record(self.file.where))}"
        )

    def asked_records(self) -> str:
        """The records that the entry wants rows of, as far as fields of the record tell."""
        deleted = [told for one in self.file.deleted_when if (told := self._of_record(one))]
        return (
            f"select 1 from ({self.rows.records()}) "
            f"where {self._condition(self._of_record(self.file.where))} and not ({self._any(deleted)})"
        )

    def undecided(self, absent: Collection[str]) -> str:
        """The records of the rows that the rest of `where` takes, without those `absent` fields of it."""
        rest = {name: values for name, values in self.file.where.items() if name not in absent}
        deleted = self._any(self.file.deleted_when)
        return f"select _record from ({self.rows.rows()}) where {self._condition(rest)} and not ({deleted})"

    def _any(self, alternatives: Alternatives) -> str:
        return " or ".join(f"({self._condition(one)})" for one in alternatives) or "false"

    def _of_record(self, conditions: Conditions) -> Conditions:
        return {
            name: values
            for name, values in conditions.items()
            if all(self.rows.of_record(field) for field in alternatives(name))
        }

    def _condition(self, conditions: Conditions) -> str:
        return condition_sql(conditions, self.fields)

    def _only_if(self, column: ColumnMapping, value: Callable[[str], str]) -> list[str]:
        """The condition on other columns of the row, if there is one; `value` is SQL for a column's value."""
        others = {other: value(other) for other in column.only_if}
        return [condition_sql(column.only_if, others)] if others else []

    def _canonical(self, name: str) -> CanonicalColumn:
        found = self.file.canonical.column(name)
        assert found is not None
        return found

    def _cast(self, name: str) -> Cast:
        column = self.columns[name]
        locale = Locale() if column.const is not None else self.locale
        currency = quoted("x_currency") if "currency" in self.columns else NO_TEXT
        return cast_sql(
            quoted("x_" + name),
            self.file.type_of(name),
            self._canonical(name),
            column,
            locale,
            self.zone,
            currency,
            self.mapping.source.minor_units,
        )

    def _value(self, name: str) -> str:
        column, text = self.columns[name], quoted("x_" + name)
        branches = [f"when not ({condition}) then null" for condition in self._only_if(column, self._value)]
        branches += [f"when {self._condition(when.if_)} then {_set(when)}" for when in column.when]
        if column.lookup and self._canonical(name).kind != "currency":
            branches.append(
                f"when {text} is null and {self._looked(name)} is not null then {self._looked(name)}"
            )
        if column.default is not None:
            branches.append(f"when {text} is null then {literal(column.default)}")
        value = self._cast(name).value
        if self.file.type_of(name) in DURATION_TYPES:
            value = f"cast(cast({self._value(str(column.since))} as timestamp) + {value} as varchar)"
        return f"case {' '.join(branches)} else {value} end" if branches else value

    def _looked(self, name: str) -> str:
        """The looked-up value, where the column may have it."""
        value, canonical = quoted("l_" + name), self._canonical(name)
        if canonical.kind != "enum":
            return value
        return f"(case when {value} in ({', '.join(map(literal, canonical.allowed))}) then {value} end)"

    def _fault(self, name: str) -> str:
        column, text, value = self.columns[name], quoted("x_" + name), quoted("v_" + name)
        cast = self._cast(name)
        required = self.file.requires(name)
        unknown = self.looked_up is None and column.lookup
        missing = "'V10'" if required and not unknown else "null"
        limits = [
            f"when cast({value} as decimal(38, 12)) {sign} {limit} then 'V11'"
            for sign, limit in zip("<>", limits_of(column, self._canonical(name)), strict=True)
            if limit is not None
        ]
        absent = f"when {value} is null and {text} is null then {missing}"
        if column.lookup:
            other_word = f"{text} is null and {quoted('l_' + name)} is not null"
            absent = f"when {value} is null and {other_word} then 'V06' {absent}"
        unread = f"when {value} is null then {cast.code}"
        forgiven = (
            "" if name in self.file.row_key or not self.file.deleted_when else "when _deleted then null"
        )
        emptied = " ".join(
            [
                f"when not ({condition}) then {missing}"
                for condition in self._only_if(column, lambda other: quoted("v_" + other))
            ]
            + [f"when {self._condition(when.if_)} then {missing}" for when in column.when if not when.set]
        )
        # A minor-unit amount without a currency means nothing; a required currency is listed by itself.
        lone = self.file.type_of(name) == "money_minor" and not self.file.requires("currency")
        unread += f" when {quoted('x_currency')} is null then 'V08'" if lone else ""
        rest = cast.fault.replace("{v}", value)
        return f"case {forgiven} {emptied} {absent} {unread} {' '.join(limits)} else {rest} end"

    def waived(self) -> list[str]:
        """The columns of which a bad value may be left out with a warning, the row kept."""
        return [name for name, column in self.columns.items() if column.on_bad or self._has_labels(name)]

    def _has_labels(self, name: str) -> bool:
        """Whether a label that the map does not know leaves the column empty."""
        column = self.columns[name]
        labels = self.file.type_of(name) in LABEL_TYPES
        currency = self._canonical(name).kind == "currency"
        return bool(column.map) and labels and not currency and not self.file.requires(name)

    def _refusal(self, name: str) -> str:
        """The code that refuses a row for a column, or NULL."""
        if self.columns[name].on_bad:
            return NO_TEXT
        fault = self._fault(name)
        return f"nullif(nullif({fault}, 'V06'), 'V07')" if self._has_labels(name) else fault

    def _waiver(self, name: str) -> str:
        """The code of the warning that a value was left out with, or NULL."""
        fault = self._fault(name)
        others = f"when {fault} is not null then 'W10'" if self.columns[name].on_bad else ""
        labels = f"when {fault} in ('V06', 'V07') then 'unknown_label'" if self._has_labels(name) else ""
        return f"case {labels} {others} end"

    def _row_faults(self) -> list[tuple[str, str]]:
        faults = []
        if self.file.assert_complete:
            faults.append(("r_complete", "case when not _complete then 'R01' end"))
        for index, (left, sign, right) in enumerate(self.file.parsed_checks()):
            one, other = (self._comparable(name) for name in (left, right))
            faults.append((f"r_check{index}", f"case when not ({one} {sign} {other}) then 'R03' end"))
        return faults

    def _comparable(self, name: str) -> str:
        value = quoted("v_" + name)
        numeric = self._canonical(name).kind in ("integer", "decimal", "money", "price")
        return f"try_cast({value} as decimal(38, 12))" if numeric else value

    def _blamed(self, name: str, code: str) -> str:
        """The value that a finding shows: of a lookup that found nothing the key."""
        lookup = self.columns[name].lookup
        if not lookup:
            return quoted("x_" + name)
        if code == "V10":
            keys = [self.fields[field] for field in lookup[-1].of]
            return f"concat_ws(', ', {', '.join(keys or [quoted('v_' + key) for key in lookup[-1].by])})"
        return f"coalesce({quoted('x_' + name)}, {quoted('l_' + name)})"

    def listed(self) -> Iterator[tuple[str, str, str, str, str]]:
        """(fault column, column name, value SQL, code, message) of all that can be found in a row."""
        for name, column in self.columns.items():
            kind, canonical = self.file.type_of(name), self._canonical(name)
            for code in CODES_OF_VALUES:
                text = sentence(code, name, canonical, column, kind, self.locale)
                yield f"e_{name}", name, self._blamed(name, code), code, text
        if self.file.assert_complete:
            fields = ", ".join(self.file.assert_complete)
            text = (
                f"the nested list is incomplete ({fields}): export with every page of it followed."
                if self.file.explode
                else f"by {fields} the row is not whole, or of more than its key: export a row for each key."
            )
            yield "r_complete", fields, NO_TEXT, "R01", text
        for index, (left, sign, right) in enumerate(self.file.parsed_checks()):
            text = f"check `{left} {sign} {right}` fails ({{value}}). Mend the export."
            value = (
                f"concat(coalesce({quoted('v_' + left)}, ''), ' and ', coalesce({quoted('v_' + right)}, ''))"
            )
            yield f"r_check{index}", left, value, "R03", text


def _set(when: When) -> str:
    return literal(when.set) if when.set else NO_TEXT
