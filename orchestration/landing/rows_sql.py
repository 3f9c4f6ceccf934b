"""The SQL of the rows of one loaded file: its records, the elements of their lists, or their columns."""

from collections.abc import Mapping

from orchestration.landing.headers import normalised
from orchestration.landing.language import FileMapping
from orchestration.landing.lists import list_field, list_sql
from orchestration.landing.paths import PIVOTED, Level, json_path, levels, parse_path, pointer_sql
from orchestration.landing.records import Loaded
from orchestration.machine.sql import literal, quoted

_LONGEST_LIST = 1 << 31
"""More elements than any list has: an element's number is unique in its record."""


class RowsSql:
    """The rows of a file with the fields that an entry names, each under its alias."""

    def __init__(self, loaded: Loaded, file: FileMapping, fields: Mapping[str, str]) -> None:
        self.loaded, self.file, self.fields = loaded, file, fields
        self.levels = levels(file.explode)
        depths = range(1, len(self.levels) + 1)
        self._paths = {level: self._paths_of(level) for level in depths}

    def rows(self) -> str:
        """`_record`, `_element` and the fields of every row."""
        if self.file.unpivot:
            return self._unpivoted()
        if self.file.split is not None:
            return self._split()
        if self.levels:
            return self._exploded()
        return f"select rowid as _record, 0 as _element, {self._chosen()} from {quoted(self.loaded.table)}"

    def records(self) -> str:
        """The fields of the records, whether they have elements or not; fields of elements are NULL."""
        chosen = ", ".join(
            f"{self._field(name) if self._level(name) == 0 else 'cast(null as varchar)'} as {alias}"
            for name, alias in self.fields.items()
        )
        return f"select {chosen} from {quoted(self.loaded.table)}"

    def of_record(self, name: str) -> bool:
        """Whether a field is one of the record."""
        return self._level(name) == 0

    def _chosen(self) -> str:
        return ", ".join(f"{self._field(name)} as {alias}" for name, alias in self.fields.items())

    def _level(self, name: str) -> int:
        return parse_path(name).level(len(self.levels))

    def _field(self, name: str) -> str:
        """SQL for the value of a field; NULL where the file does not have it."""
        path = parse_path(name)
        level = path.level(len(self.levels))
        if level and path.base in PIVOTED:
            return self._of_element(path.base, level)
        text = self.loaded.fields.get(path.base) if not level else self._found(level, path.base)
        if text is None:
            return "cast(null as varchar)"
        if path.keys:
            pointer = pointer_sql(path, [self._field(key) for key in path.keys])
            text = f"case when json_valid({text}) then json_extract_string({text}, {pointer}) end"
        listed = list_field(name)
        return self._cleaned(text) if listed is None else list_sql(f"({text})", listed)

    def _of_element(self, name: str, level: int) -> str:
        if name == "$name":
            return f"_item{level}.key"
        value = f"_item{level}.value"
        return self._cleaned(
            f"case when json_type({value}) not in ('OBJECT', 'ARRAY') "
            f"then json_extract_string({value}, '$') end"
        )

    def _found(self, level: int, path: str) -> str:
        return f"_found{level}[{self._paths[level].index(path) + 1}]"

    def _paths_of(self, level: int) -> list[str]:
        """The paths that are read of an element of a list."""
        names = {*self.fields, *(key for name in self.fields for key in parse_path(name).keys)}
        paths = {parse_path(name).base for name in names if self._level(name) == level}
        if level < len(self.levels):
            paths |= {path for path, _ in self.levels[level].paths()}
        return sorted(paths - set(PIVOTED))

    def _exploded(self) -> str:
        """One row for each element of the innermost list."""
        rows, element = self._opened(len(self.levels))
        return f"select _record, {element} as _element, {self._chosen()} from ({rows})"

    def objects(self, level: int) -> str | None:
        """The JSON of every record (0) or of every element of a list; None where a record has none."""
        if not level:
            return self.loaded.records
        return f"select _item{level}.value as json from ({self._opened(level)[0]})"

    def _opened(self, depth: int) -> tuple[str, str]:
        """The elements of so many lists in lists, and SQL for the number of each in its record."""
        rows = f"select *, rowid as _record from {quoted(self.loaded.table)}"
        element = "cast(0 as hugeint)" if depth > 1 else ""
        for number, level in enumerate(self.levels[:depth], start=1):
            rows = f"select *, {self._items(level, number)} as _items from ({rows})"
            rows = (
                f"select * exclude (_items), unnest(_items) as _item{number}, "
                f"generate_subscripts(_items, 1) as _index{number} from ({rows})"
            )
            paths = ", ".join(literal(json_path(path)) for path in self._paths[number]) or "'$'"
            found = f"json_extract_string(_item{number}.value, [{paths}]) as _found{number}"
            rows = f"select *, {found} from ({rows})"
            element = f"{element} * {_LONGEST_LIST} + _index{number}" if element else f"_index{number}"
        return rows, element

    def _items(self, level: Level, number: int) -> str:
        """SQL for the elements of the first place of a list that is there, as (key, value)."""
        places = []
        for path, by_key in level.paths():
            text = self.loaded.fields.get(path) if number == 1 else self._found(number - 1, path)
            if text is not None:
                places.append(_elements(f"nullif({self._cleaned(text)}, 'null')", by_key))
        return f"coalesce({', '.join(places)})" if places else "cast([] as struct(key varchar, value json)[])"

    def _cleaned(self, column: str) -> str:
        words = sorted({word.strip().lower() for word in self.file.format.nulls} - {""})
        text = f"trim({column})" if self.loaded.padded else column
        if not words:
            return f"nullif({text}, '')"
        listed = ", ".join(literal(word) for word in ["", *words])
        return f"case when lower({text}) in ({listed}) then null else {text} end"

    def _unpivoted(self) -> str:
        """One row for each column that does not stay."""
        stays = {normalised(name) for name in self.file.unpivot}
        pairs = ", ".join(
            f"{{'name': {literal(name)}, 'value': {column}}}"
            for name, column in self.loaded.fields.items()
            if normalised(name) not in stays
        )
        pivoted = {"$name": "_pair.name", "$value": self._cleaned("_pair.value")}
        chosen = ", ".join(
            f"{pivoted.get(name) or self._field(name)} as {alias}" for name, alias in self.fields.items()
        )
        return (
            f"select _record, _element, {chosen} from ("
            f"select *, rowid as _record, unnest([{pairs}]) as _pair, "
            f"generate_subscripts([{pairs}], 1) as _element from {quoted(self.loaded.table)})"
        )

    def _split(self) -> str:
        """One row for each part of a text."""
        columns = [self.loaded.fields.get(path) for path, _ in self.levels[0].paths()]
        text = ", ".join(self._cleaned(column) for column in columns if column)
        chosen = ", ".join(
            f"{self._cleaned('_item') if name in PIVOTED else self._field(name)} as {alias}"
            for name, alias in self.fields.items()
        )
        parts = (
            f"list_filter(list_transform(string_split(coalesce({text or 'cast(null as varchar)'}), "
            f"{literal(str(self.file.split))}), lambda e: trim(e)), lambda e: e <> '')"
        )
        return (
            f"select _record, _element, {chosen} from ("
            "select *, unnest(_items) as _item, generate_subscripts(_items, 1) as _element from ("
            f"select *, {parts} as _items, rowid as _record from {quoted(self.loaded.table)}))"
        )


def _elements(text: str, by_key: bool) -> str:
    """SQL for the elements of JSON text: those of a list, the values of an object, else the text as one."""
    wrapped = "lambda e: {'key': cast(null as varchar), 'value': e}"
    listed = f"list_transform(json_extract({text}, '$[*]'), {wrapped})"
    one = f"[{{'key': cast(null as varchar), 'value': cast({text} as json)}}]"
    of_object = f"map_entries(cast(cast({text} as json) as map(varchar, json)))" if by_key else one
    scalar = f"[{{'key': cast(null as varchar), 'value': to_json({text})}}]"
    return (
        f"case when {text} is null then null when not json_valid({text}) then {scalar} "
        f"when starts_with({text}, '[') then {listed} when starts_with({text}, '{{') then {of_object} "
        f"else {scalar} end"
    )
