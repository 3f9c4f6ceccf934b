"""One loaded file into one canonical table: fields, conditions, guarded casts, duplicates, rejects."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb

from orchestration.landing.canonical import CanonicalColumn, literal, quoted
from orchestration.landing.mapping import ColumnMapping, Conditions, FileMapping, Locale, SourceMapping, When
from orchestration.landing.reading import Loaded, json_path
from orchestration.landing.sentences import sentence
from orchestration.landing.values import Cast, cast_sql

REJECT_COLUMNS = "line, column_name, code, value, message"
_CODES = ("V01", "V02", "V03", "V04", "V05", "V06", "V07", "V08", "V09", "V10", "V11")


@dataclass(frozen=True)
class Shaped:
    """A file's rows for one canonical table.

    `table` holds the good rows: the mapped columns, `_record`, `_line`, `_deleted`; `rejects` (line,
    column_name, code, value, message) all that was found in the others; `refused_keys` the keys of rows that
    were refused: their earlier versions stay in force.
    """

    table: str
    columns: tuple[str, ...]
    rejects: str
    refused_keys: str | None
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    warned: int = 0


def root_fields(file: FileMapping) -> set[str]:
    """The fields of a record that an entry reads; with `explode` only those that begin with `$.`."""
    if not file.explode:
        return {name.removeprefix("$.") for name in _all_fields(file)}
    return {name.removeprefix("$.") for name in _all_fields(file) if name.startswith("$.")} | set(
        file.explode
    )


def _all_fields(file: FileMapping) -> set[str]:
    names: set[str] = {*file.where, *file.deleted_when, *file.assert_complete}
    for column in file.columns.values():
        names |= {*column.from_, *column.template_fields, *(key for when in column.when for key in when.if_)}
    return names


class _Entry:
    """The SQL of one file entry over one loaded file, built layer by layer."""

    def __init__(self, loaded: Loaded, mapping: SourceMapping, file: FileMapping, zone: str) -> None:
        self.loaded, self.mapping, self.file = loaded, mapping, file
        self.locale = mapping.locale_of(file)
        self.zone = self.locale.tz or zone
        self.fields = {name: f"f{index}" for index, name in enumerate(sorted(_all_fields(file)))}
        self.columns = file.columns

    def shaped(self) -> str:
        """Rows with v_ (value) and e_ (fault) of every column, and whether the row is bad."""
        faults = [f"e_{name}" for name in self.columns] + [name for name, _ in self._row_faults()]
        texts = ", ".join(f"{sql} as {quoted('x_' + name)}" for name, sql in self._texts())
        values = ", ".join(f"{self._value(name)} as {quoted('v_' + name)}" for name in self.columns)
        errors = ", ".join(
            [f"{self._fault(name)} as {quoted('e_' + name)}" for name in self.columns]
            + [f"{sql} as {quoted(name)}" for name, sql in self._row_faults()]
        )
        bad = "coalesce(" + ", ".join(quoted(name) for name in faults) + ") is not null"
        where = self._condition(self.file.where)
        deleted = self._condition(self.file.deleted_when) if self.file.deleted_when else "false"
        complete = self._condition(self.file.assert_complete)
        return (
            f"select *, {bad} as _bad from (select *, {errors} from (select *, {values} from ("
            f"select *, {texts} from (select *, {deleted} as _deleted, {complete} as _complete "
            f"from ({self._rows()}) where {where}))))"
        )

    def _rows(self) -> str:
        if not self.file.explode:
            chosen = ", ".join(
                f"{self._cleaned(self.loaded.fields.get(name.removeprefix('$.')))} as {alias}"
                for name, alias in self.fields.items()
            )
            return f"select rowid as _record, 0 as _element, {chosen} from {quoted(self.loaded.table)}"
        lists = ", ".join(
            f"nullif({self.loaded.fields[path]}, '')"
            for path in self.file.explode
            if path in self.loaded.fields
        )
        elements = (
            "case when starts_with(_list, '[') then json_extract(_list, '$[*]') "
            "when starts_with(_list, '{') then [cast(_list as json)] else [] end"
        )
        inner = {name: alias for name, alias in self.fields.items() if not name.startswith("$.")}
        outer = {name: alias for name, alias in self.fields.items() if name.startswith("$.")}
        paths = ", ".join(literal(json_path(name)) for name in inner) or "'$'"
        chosen = ", ".join(
            [
                f"{self._cleaned(f'_found[{index + 1}]')} as {alias}"
                for index, alias in enumerate(inner.values())
            ]
            + [
                f"{self._cleaned(self.loaded.fields.get(name.removeprefix('$.')))} as {alias}"
                for name, alias in outer.items()
            ]
        )
        return (
            f"select _record, _element, {chosen} from ("
            f"select *, json_extract_string(_item, [{paths}]) as _found from ("
            "select *, unnest(_items) as _item, generate_subscripts(_items, 1) as _element from ("
            f"select *, {elements} as _items from ("
            f"select *, rowid as _record, coalesce({lists}) as _list from {quoted(self.loaded.table)}))))"
        )

    def _cleaned(self, column: str | None) -> str:
        if column is None:
            return "cast(null as varchar)"
        words = sorted({word.strip().lower() for word in self.file.format.nulls} - {""})
        text = f"trim({column})" if self.loaded.padded else column
        if not words:
            return f"nullif({text}, '')"
        listed = ", ".join(literal(word) for word in ["", *words])
        return f"case when lower({text}) in ({listed}) then null else {text} end"

    def _condition(self, conditions: Conditions) -> str:
        parts = []
        for name, values in conditions.items():
            tests, column = [], self.fields[name]
            for value in values:
                if value.startswith("!"):
                    parts.append(f"({column} is distinct from {literal(value[1:])})")
                    continue
                test = {"null": "is null", "not_null": "is not null"}.get(value, f"= {literal(value)}")
                tests.append(f"coalesce({column} {test}, false)")
            if tests:
                parts.append(f"({' or '.join(tests)})")
        return " and ".join(parts) or "true"

    def _texts(self) -> Iterator[tuple[str, str]]:
        for name, column in self.columns.items():
            text = self._text(column)
            text = f"upper({text})" if column.upper else f"lower({text})" if column.lower else text
            if self._canonical(name).kind == "currency":
                text = self._currency(text, column)
            yield name, text

    def _text(self, column: ColumnMapping) -> str:
        if column.const is not None:
            return literal(column.const)
        if column.template is not None:
            pieces = re.split(r"{([^{}]+)}", column.template)
            return " || ".join(
                self.fields[piece] if index % 2 else literal(piece)
                for index, piece in enumerate(pieces)
                if piece
            )
        found = [self.fields[name] for name in column.from_]
        if not found:
            return "cast(null as varchar)"
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"

    @staticmethod
    def _currency(text: str, column: ColumnMapping) -> str:
        """A currency is known before the amounts beside it are read, so its map and default come first."""
        if column.map:
            branches = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in column.map.items())
            text = f"case {text} {branches} else {text} end"
        return text if column.default is None else f"coalesce({text}, {literal(column.default)})"

    def _canonical(self, name: str) -> CanonicalColumn:
        found = self.file.canonical.column(name)
        assert found is not None
        return found

    def _cast(self, name: str) -> Cast:
        column = self.columns[name]
        locale = Locale() if column.const is not None else self.locale
        currency = quoted("x_currency") if "currency" in self.columns else "cast(null as varchar)"
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
        branches = [f"when {self._condition(when.if_)} then {_set(when)}" for when in column.when]
        if column.default is not None:
            branches.append(f"when {text} is null then {literal(column.default)}")
        value = self._cast(name).value
        return f"case {' '.join(branches)} else {value} end" if branches else value

    def _fault(self, name: str) -> str:
        column, text, value = self.columns[name], quoted("x_" + name), quoted("v_" + name)
        cast = self._cast(name)
        required = self.required(name)
        missing = "'V10'" if required else "null"
        limits = [
            f"when cast({value} as decimal(38, 12)) {sign} {limit} then 'V11'"
            for sign, limit in (("<", column.min), (">", column.max))
            if limit is not None
        ]
        absent = f"when {value} is null and {text} is null then {missing}"
        unread = f"when {value} is null then {cast.code}"
        forgiven = (
            "" if name in self.file.row_key or not self.file.deleted_when else "when _deleted then null"
        )
        emptied = " ".join(
            f"when {self._condition(when.if_)} then {missing}" for when in column.when if not when.set
        )
        # A minor-unit amount without a currency means nothing; a required currency is listed by itself.
        lone = self.file.type_of(name) == "money_minor" and not self.required("currency")
        unread += f" when {quoted('x_currency')} is null then 'V08'" if lone else ""
        rest = cast.fault.replace("{v}", value)
        return f"case {forgiven} {emptied} {absent} {unread} {' '.join(limits)} else {rest} end"

    def required(self, name: str) -> bool:
        """Whether a row without this column is refused."""
        return self.columns[name].required or self._canonical(name).required or name in self.file.row_key

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

    def listed(self) -> Iterator[tuple[str, str, str, str, str]]:
        """(fault column, column name, value SQL, code, message) of all that can be found in a row."""
        for name, column in self.columns.items():
            kind, canonical = self.file.type_of(name), self._canonical(name)
            for code in _CODES:
                text = sentence(code, name, canonical, column, kind, self.locale)
                yield f"e_{name}", name, quoted("x_" + name), code, text
        if self.file.assert_complete:
            fields = ", ".join(self.file.assert_complete)
            text = f"the nested list is incomplete ({fields}): export with every page of it followed."
            yield "r_complete", fields, "cast(null as varchar)", "R01", text
        for index, (left, sign, right) in enumerate(self.file.parsed_checks()):
            text = f"check `{left} {sign} {right}` fails ({{value}}). Mend the export."
            value = (
                f"concat(coalesce({quoted('v_' + left)}, ''), ' and ', coalesce({quoted('v_' + right)}, ''))"
            )
            yield f"r_check{index}", left, value, "R03", text


def _set(when: When) -> str:
    return literal(when.set) if when.set else "cast(null as varchar)"


def shape(
    connection: duckdb.DuckDBPyConnection,
    loaded: Loaded,
    mapping: SourceMapping,
    file: FileMapping,
    zone: str,
    table: str,
    shared: bool = False,
) -> Shaped:
    """Shape a loaded file for one entry of its mapping into the temporary tables `table` and `table_rejects`.

    `shared`: the file feeds other tables too, so that the same row of this one may come many times.
    """
    entry = _Entry(loaded, mapping, file, zone)
    select = entry.shaped()
    values = ", ".join(f"{quoted('v_' + name)} as {quoted(name)}" for name in entry.columns)
    name, rejects = quoted(table), quoted(f"{table}_rejects")
    connection.execute(
        f"create or replace temp table {name} as select _record, _element, _deleted, _bad, {values} "
        f"from ({select})"
    )
    connection.execute(
        f"create or replace temp table {rejects} (line bigint, column_name varchar, code varchar, "
        "value varchar, message varchar)"
    )
    count = _counter(connection)
    rows_read = count(f"select count(*) from {name}")
    refused = count(f"select count(*) from {name} where _bad")
    if refused:
        _list_bad_rows(connection, entry, select, table)
        keys = ", ".join(quoted(key) for key in file.row_key)
        connection.execute(
            f"create or replace temp table {quoted(table + '_kept')} as select distinct {keys} from "
            f"{name} where _bad"
        )
        connection.execute(f"delete from {name} where _bad")
    collided, copies = _resolve_duplicates(connection, entry, table, shared)
    _number_lines(connection, loaded, table)
    return Shaped(
        f"{table}_numbered",
        tuple(entry.columns),
        f"{table}_rejects",
        f"{table}_kept" if refused else None,
        rows_read,
        rows_read - refused - collided - copies,
        refused + collided,
        0 if shared else copies,
    )


def _counter(connection: duckdb.DuckDBPyConnection) -> Callable[[str], int]:
    def count(sql: str) -> int:
        return int(connection.execute(sql).fetchall()[0][0])

    return count


def with_lines(loaded: Loaded, rows: str) -> str:
    """SQL that adds `_line`, the physical line, to rows that have `_record`."""
    if loaded.line_table is None:
        return f"select *, _record + {loaded.first_line} as _line from ({rows})"
    return (
        f"select r.*, r._record + {loaded.first_line} + coalesce(s.shift, 0) as _line from ({rows}) as r "
        f"asof left join {quoted(loaded.line_table)} as s on r._record >= s.record"
    )


def _number_lines(connection: duckdb.DuckDBPyConnection, loaded: Loaded, table: str) -> None:
    """Make `table_numbered`: the good rows with their physical line; a view where the shift is constant."""
    name = quoted(table)
    if loaded.line_table is None:
        line = f"_record + {loaded.first_line}"
        connection.execute(
            f"create or replace temp view {quoted(table + '_numbered')} as select *, {line} as _line "
            f"from {name}"
        )
        return
    rows = with_lines(loaded, f"select * from {name}")
    connection.execute(f"create or replace temp table {quoted(table + '_numbered')} as {rows}")


def _list_bad_rows(connection: duckdb.DuckDBPyConnection, entry: _Entry, select: str, table: str) -> None:
    connection.execute(
        "create or replace temp table _bad_rows as " + with_lines(entry.loaded, f"{select} where _bad")
    )
    for fault, column, value, code, template in entry.listed():
        connection.execute(
            f"insert into {quoted(table + '_rejects')} select _line, ?, ?, {value}, "
            f"replace(?, '{{value}}', coalesce({value}, '')) from _bad_rows where {quoted(fault)} = ?",
            [column, code, template, code],
        )
    connection.execute("drop table _bad_rows")


def _resolve_duplicates(
    connection: duckdb.DuckDBPyConnection, entry: _Entry, table: str, shared: bool
) -> tuple[int, int]:
    """Keep one row of every key, whatever the order of lines: (rows refused, identical rows dropped)."""
    count, name = _counter(connection), quoted(table)
    keys = ", ".join(quoted(key) for key in entry.file.row_key)
    if not count(f"select count(*) from (select {keys} from {name} group by {keys} having count(*) > 1)"):
        return 0, 0
    content = ", ".join(f"{quoted(column)}" for column in entry.columns)
    ordered = ", ".join(f"{quoted(column)} nulls last" for column in entry.columns)
    # The source record decides first, so that every table of a file keeps the same one of two records.
    record = (
        ", ".join(f"coalesce({column}, '')" for column in sorted(set(entry.loaded.fields.values()))) or "''"
    )
    connection.execute(
        f"create or replace temp table _extra_rows as select * from (select _record, _element, {keys}, "
        f"dense_rank() over (partition by {keys} order by _deleted desc, _first, {ordered}) as content, "
        f"row_number() over (partition by {content}, _deleted order by _record, _element) as copy from ("
        f"select *, min(_source_record) over (partition by {content}, _deleted) as _first from (select t.*, "
        f"concat_ws(chr(31), {record}) as _source_record from {name} as t "
        f"join {quoted(entry.loaded.table)} as s on s.rowid = t._record "
        f"semi join (select {keys} from {name} group by {keys} having count(*) > 1) using ({keys})))) "
        "where content > 1 or copy > 1"
    )
    shown = " || ', ' || ".join(quoted(key) for key in entry.file.row_key)
    listed = ", ".join(entry.file.row_key)
    message = (
        f"another row of this file has the same key ({listed} = {{value}}) and a different content; "
        f"one of them "
        "is kept. Make the key longer in the mapping, or mend the export."
    )
    connection.execute(
        f"insert into {quoted(table + '_rejects')} select _line, ?, 'R02', {shown}, replace(?, "
        f"'{{value}}', {shown}) "
        f"from ({with_lines(entry.loaded, 'from _extra_rows where content > 1')})",
        [listed, message],
    )
    if not shared:
        text = "the same row stands in the file more than once; it is taken once."
        connection.execute(
            f"insert into {quoted(table + '_rejects')} select _line, ?, 'W06', {shown}, ? "
            f"from ({with_lines(entry.loaded, 'from _extra_rows where content = 1')})",
            [listed, text],
        )
    collided = count("select count(*) from _extra_rows where content > 1")
    copies = count("select count(*) from _extra_rows where content = 1")
    connection.execute(
        f"delete from {name} where (_record, _element) in (select (_record, _element) from _extra_rows)"
    )
    connection.execute("drop table _extra_rows")
    return collided, copies
