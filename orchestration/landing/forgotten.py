"""Who was forgotten, as salted hashes, and the SQL that keeps them forgotten in whatever is delivered again.

A forgotten customer goes on under an id made from its hash, so that its amounts stay together and a later
delivery finds the same one. Addresses become others of the domain `.invalid`, equal where they were equal.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from orchestration.landing.canonical import canonical_tables
from orchestration.landing.files import Piece
from orchestration.machine.sql import literal, quoted
from orchestration.machine.state import damaged, read_state, write_state

FILE = "forgotten.json"
# Columns that name a customer or an account, in raw and in what is made of it.
_ID_COLUMNS = frozenset(
    {
        *("customer_id", "parent_customer_id", "merged_id", "survivor_id", "customer_reference"),
        *("crm_account_id", "parent_id", "account_reference", "billing_customer_id", "accounting_code"),
        "reseller_id",
    }
)
# Where such a column names a record of another source, often without saying of which.
_REFERRING_TABLES = frozenset({"survey_responses", "tickets", "product_usage", "identity_links"})
_REFERRING_COLUMNS = frozenset(
    {"customer_reference", "account_reference", "billing_customer_id", "accounting_code", "reseller_id"}
)


@dataclass(frozen=True)
class Forgotten:
    """The kept list. `ids` are hashes of `<source>:<native id>`, `values` those of addresses and texts."""

    salt: str
    ids: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    """The sources whose customers or accounts were forgotten."""
    renamed: tuple[tuple[str, str], ...] = ()
    """The old and the new name of each source that was renamed, in order: the hashes are of the old ones."""

    def __bool__(self) -> bool:
        """Whether anybody was forgotten."""
        return bool(self.ids or self.values)

    def hashed(self, value: str) -> str:
        """SQL: the salted hash of an id; `value` is an expression."""
        return f"sha256({literal(self.salt)} || {value})"

    def hashed_text(self, value: str) -> str:
        """SQL: the salted hash of an address or text, whatever its case."""
        return self.hashed(f"lower(trim({value}))")

    def with_renamed(self, old: str, new: str) -> "Forgotten":
        """The list after a source was renamed; a renaming that was cut short is on it once."""
        if self.renamed[-1:] == ((old, new),):
            return self
        return replace(self, renamed=(*self.renamed, (old, new)))

    def former_names(self, source: str) -> tuple[str, ...]:
        """The names that a source had before, the last one first."""
        names = [source]
        for old, new in reversed(self.renamed):
            if new == names[-1]:
                names.append(old)
        return tuple(names[1:])

    def former_ids(self, full_id: str) -> tuple[str, ...]:
        """A `<source>:<native id>` under each name that the source had before."""
        source, _, native = full_id.partition(":")
        return tuple(f"{name}:{native}" for name in self.former_names(source))

    def knows(self, customer_id: str) -> bool:
        """Whether this customer, `<source>:<native id>`, was forgotten, under whatever name of its source."""
        return any(self.hash_of(one) in self.ids for one in (customer_id, *self.former_ids(customer_id)))

    def knows_address(self, address: str) -> bool:
        """Whether this e-mail address was forgotten, in whatever case."""
        return self.hash_of(address.strip().lower()) in self.values

    def anonymous(self, who: str) -> str:
        """What stands for a forgotten customer or address from now on."""
        if self.knows(who):
            return self.anonymous_id(who)
        return f"person@{self.hash_of(who.strip().lower())[:16]}.invalid"

    def hash_of(self, value: str) -> str:
        """The salted hash of an id, or of a text that is stripped and in lower case."""
        return hashlib.sha256((self.salt + value).encode()).hexdigest()

    def anonymous_id(self, full_id: str) -> str:
        """The id under which a forgotten `<source>:<native id>` goes on."""
        hashes = [self.hash_of(one) for one in (full_id, *self.former_ids(full_id))]
        listed = next((one for one in hashes if one in self.ids), hashes[0])
        return f"{full_id.partition(':')[0]}:forgotten-{listed[:16]}"

    def columns(
        self, table: str, names: Collection[str], sensitive: Mapping[str, bool], source: str | None
    ) -> dict[str, str]:
        """SQL for each column that has to change; the others stay as they are.

        `sensitive` says of each sensitive column whether it must stay filled; `source` is the SQL of the
        row's own source where ids are written without it.
        """
        ids = {name: self._id(table, name, source) for name in names if name in _ID_COLUMNS}
        mine = [found for cases in ids.values() for found, _ in cases]
        mine += [
            self._listed(self.hashed_text(quoted(name)), self.values) for name in names if name in sensitive
        ]
        if not mine:
            return {}
        belongs = " or ".join(f"coalesce({condition}, false)" for condition in mine)
        changed = {
            name: "case "
            + " ".join(f"when {found} then {new}" for found, new in cases)
            + f" else {quoted(name)} end"
            for name, cases in ids.items()
        }
        for name in names:
            if name in sensitive:
                erased = self._erased(quoted(name), sensitive[name])
                changed[name] = f"case when {belongs} then {erased} else {quoted(name)} end"
        return changed

    def _id(self, table: str, name: str, source: str | None) -> list[tuple[str, str]]:
        column = quoted(name)
        full = f"split_part({column}, ':', 1) || ':forgotten-' || left({self.hashed(column)}, 16)"
        cases = [(self._listed(self.hashed(column), self.ids), full)]
        for names in self._generations():
            key = self.hashed(_under_former_name(column, names))
            now = f"split_part({column}, ':', 1)"
            cases.append((self._listed(key, self.ids), f"{now} || ':forgotten-' || left({key}, 16)"))
            if source:
                key = self.hashed(f"({_former_name(source, names)} || ':' || {column})")
                cases.append((self._listed(key, self.ids), f"'forgotten-' || left({key}, 16)"))
        of_sources = [source] if source else []
        if (
            table in _REFERRING_TABLES
            or name in _REFERRING_COLUMNS
            or (table, name) == ("customers", "crm_account_id")
        ):
            of_sources += [literal(one) for one in self.sources]
        for one in of_sources:
            key = self.hashed(f"({one} || ':' || {column})")
            cases.append((self._listed(key, self.ids), f"'forgotten-' || left({key}, 16)"))
        return cases

    def _generations(self) -> list[dict[str, str]]:
        """By the name that a renaming gave, the one before it; then the one before that, and so on."""
        former = {new: self.former_names(new) for _, new in self.renamed}
        depth = max((len(names) for names in former.values()), default=0)
        return [{new: one[age] for new, one in former.items() if len(one) > age} for age in range(depth)]

    def _listed(self, hashed: str, hashes: Collection[str]) -> str:
        return f"{hashed} in ({', '.join(literal(one) for one in sorted(hashes)) or 'null'})"

    def _erased(self, column: str, required: bool) -> str:
        token = f"left({self.hashed_text(column)}, 16)"
        kept = f"when {column} is not null then 'forgotten-' || {token}" if required else ""
        done = f"{column} like 'person@%.invalid' or {column} like 'forgotten-%'"
        return (
            f"(case when {done} then {column} when {column} like '%@%' and {column} not like '% %' "
            f"then 'person@' || {token} || '.invalid' {kept} end)"
        )


def _former_name(source: str, names: Mapping[str, str]) -> str:
    """SQL: the name that a source had before; NULL where it had none."""
    cases = " ".join(f"when {literal(now)} then {literal(before)}" for now, before in sorted(names.items()))
    return f"case {source} {cases} end"


def _under_former_name(full_id: str, names: Mapping[str, str]) -> str:
    """SQL: a `<source>:<native id>` under the name that the source had before; NULL where it had none."""
    # Not by split_part: DuckDB can't compare that with a text where every row of the column is empty.
    case = "when starts_with({0}, {1}) then {2} || substr({0}, {3})"
    cases = [case.format(full_id, literal(f"{now}:"), literal(names[now]), len(now) + 1) for now in names]
    return f"case {' '.join(cases)} end"


NOBODY = Forgotten("")


def read_forgotten(warehouse: Path) -> Forgotten:
    """The kept list of a company, or an empty one with a salt of its own.

    Raises DamagedFile where the list can't be read: without it everybody on it would come back.
    """
    path = warehouse / FILE
    content = read_state(path)
    if content is None:
        return Forgotten(secrets.token_hex(16))
    try:
        return Forgotten(
            _text(content["salt"]),
            frozenset(map(_text, content["ids"])),
            frozenset(map(_text, content["values"])),
            tuple(map(_text, content["sources"])),
            tuple((_text(old), _text(new)) for old, new in content.get("renamed", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, f"it is no list of the forgotten ({error})") from error


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"{value!r} is no text")


def write_forgotten(warehouse: Path, forgotten: Forgotten) -> None:
    """Keep the list, whole, for its owner alone."""
    content = {
        "salt": forgotten.salt,
        "ids": sorted(forgotten.ids),
        "values": sorted(forgotten.values),
        "sources": sorted(forgotten.sources),
        "renamed": forgotten.renamed,
    }
    write_state(warehouse / FILE, content)


def raw_columns(forgotten: Forgotten, table: str, names: Collection[str], source: str) -> dict[str, str]:
    """The changed columns of a canonical table; `source` is the SQL of a row's source."""
    canonical = canonical_tables()[table]
    required = {column.name for column in canonical.columns if column.required}
    return forgotten.columns(
        table, names, {name: name in required or name == "respondent" for name in canonical.privacy}, source
    )


def keep_forgotten(connection: duckdb.DuckDBPyConnection, forgotten: Forgotten) -> None:
    """Bring raw in line with the list where it is not yet: a build begun anew, or a forgetting cut short."""
    if not forgotten:
        return
    connection.execute("create table if not exists audit.forgotten (hash varchar)")
    known = {row[0] for row in connection.execute("from audit.forgotten").fetchall()}
    new = sorted((forgotten.ids | forgotten.values) - known)
    if new:
        connection.execute("begin")
        forget_in_raw(connection, forgotten)
        connection.execute("insert into audit.forgotten select unnest(?)", [new])
        # What was built from raw as it was is not to be continued.
        connection.execute("drop schema if exists runs cascade")
        connection.execute("commit")


def forget_in_raw(connection: duckdb.DuckDBPyConnection, forgotten: Forgotten) -> int:
    """Change every row of raw that is about somebody forgotten; the number of rows."""
    rows = 0
    for table in canonical_tables().values():
        changed = raw_columns(forgotten, table.name, table.names, "_source")
        if not changed:
            continue
        differs = " or ".join(f"{quoted(name)} is distinct from ({new})" for name, new in changed.items())
        assigned = ", ".join(f"{quoted(name)} = {new}" for name, new in changed.items())
        found = connection.execute(
            f"update raw.{quoted(table.name)} set {assigned} where {differs}"
        ).fetchone()
        rows += int(found[0]) if found else 0
    return rows


def forget_in_pieces(
    connection: duckdb.DuckDBPyConnection, forgotten: Forgotten, source: str, pieces: list[Piece]
) -> list[Piece]:
    """The pieces of a delivery without those who were forgotten, before anything compares them with raw."""
    if not forgotten:
        return pieces
    return [_forget_in_piece(connection, forgotten, literal(source), piece) for piece in pieces]


def _forget_in_piece(
    connection: duckdb.DuckDBPyConnection, forgotten: Forgotten, source: str, piece: Piece
) -> Piece:
    shaped = []
    for entry, rows in piece.read.shaped:
        changed = raw_columns(forgotten, entry.table, rows.columns, source)
        if not changed:
            shaped.append((entry, rows))
            continue
        for name in (rows.refused_keys, rows.parents):
            if name:
                _replace(connection, name, changed, f"{name}_known")
        table = f"{rows.table}_known"
        _select(connection, table, rows.table, changed)
        shaped.append((entry, replace(rows, table=table)))
    return replace(piece, read=replace(piece.read, shaped=tuple(shaped)))


def _select(
    connection: duckdb.DuckDBPyConnection, target: str, table: str, changed: Mapping[str, str]
) -> None:
    held = {row[0] for row in connection.execute(f"describe {quoted(table)}").fetchall()}
    replaced = ", ".join(f"{new} as {quoted(name)}" for name, new in changed.items() if name in held)
    columns = f"* replace ({replaced})" if replaced else "*"
    connection.execute(
        f"create or replace temp table {quoted(target)} as select {columns} from {quoted(table)}"
    )


def _replace(
    connection: duckdb.DuckDBPyConnection, table: str, changed: Mapping[str, str], part: str
) -> None:
    """A table of keys has no sensitive columns, so that only its ids change."""
    held = {row[0] for row in connection.execute(f"describe {quoted(table)}").fetchall()}
    _select(
        connection,
        part,
        table,
        {name: new for name, new in changed.items() if name in held and name in _ID_COLUMNS},
    )
    connection.execute(f"drop table {quoted(table)}")
    connection.execute(f"alter table {quoted(part)} rename to {quoted(table)}")
