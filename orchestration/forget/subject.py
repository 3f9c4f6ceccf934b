"""Whom a forgetting is about: every id of theirs, and every name and address that has to go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.forgotten import Forgotten
from orchestration.machine.duckdb_files import open_landed, open_published
from orchestration.settings import Company, respondent_id

_SHORTEST = 4
"""Shorter names are not searched for in running text: they would be found in other words."""

_NAMES = "select name from raw.customers where {mine} union select name from raw.crm_accounts where {account}"
_PEOPLE = """
    select email from raw.crm_contacts union select email from raw.crm_leads
    union select email from raw.tickets union select email from raw.crm_accounts
    union select respondent from raw.survey_responses
"""
_NUMBERS = """
    select unnest([email, legal_id, vat_id]) from raw.customers where {mine}
    union select unnest([email, legal_id, vat_id]) from raw.crm_accounts where {account}
    union select email from raw.crm_contacts where {account}
    union select email from raw.crm_leads where {account}
    union select email from raw.tickets where {reference}
    union select respondent from raw.survey_responses where {reference}
"""


@dataclass(frozen=True)
class Subject:
    """Customers, with those that were merged with them and the CRM accounts that are nobody else's."""

    named: tuple[str, ...]
    """The customers, `<source>:<native id>`, or the address of a person who is no customer."""
    ids: tuple[str, ...]
    """`<source>:<native id>` of the customers, of what was merged with them, and of their accounts.

    Under every name that the source had: releases from before a renaming are kept."""
    texts: tuple[str, ...] = field(default=(), repr=False)
    """Names, addresses and numbers, as delivered."""
    shared_names: int = 0
    """Names that other customers or accounts bear too, and keep."""

    def listed(self, forgotten: Forgotten) -> Forgotten:
        """The kept list with them on it."""
        values = {forgotten.hash_of(text.strip().lower()) for text in self.texts if "@" in text}
        return replace(
            forgotten,
            ids=forgotten.ids | {forgotten.hash_of(one) for one in self.ids},
            values=forgotten.values | values,
            sources=tuple(sorted({*forgotten.sources, *(one.partition(":")[0] for one in self.ids)})),
        )


def find_subject(company: Company, who: Sequence[str], forgotten: Forgotten) -> Subject:
    """Who is meant by ids `<source>:<native id>` and e-mail addresses.

    Raises ConfigurationError where one of them is nobody, and where somebody who is not named has an address
    or number of theirs: it would be taken from both.
    """
    with open_landed(company) as connection:
        found = [_meant(connection, company, one, forgotten) for one in dict.fromkeys(who)]
        customers = [one for one in found if _is_customer(connection, one)]
        forgotten_before = [one for one in found if one not in customers and forgotten.knows(one)]
        people = {*found} - {*customers, *forgotten_before}
        full = [one for name in customers for one in _merged(connection, name, forgotten)]
        accounts = _own_accounts(company, full)
        # Those that a forgetting which was cut short had already listed.
        accounts += _listed_accounts(connection, forgotten)
        subject = _described(connection, full, _under_all_names(accounts, forgotten))
        _refuse_to_share(connection, subject, full)
        texts = {*subject.texts, *people}
        texts |= {respondent_id(company, text) for text in texts if "@" in text}
        again = [form for one in forgotten_before for form in (one, *forgotten.former_ids(one))]
        return replace(
            subject,
            named=tuple(found),
            ids=(*subject.ids, *again),
            texts=tuple(sorted(texts, key=len, reverse=True)),
        )


def _meant(connection: duckdb.DuckDBPyConnection, company: Company, who: str, forgotten: Forgotten) -> str:
    """The customer's id, or the address of a person who is no customer."""
    if _is_customer(connection, who) or forgotten.knows(who):
        return who
    if "@" in who:
        address = who.strip().lower()
        rows = connection.execute(
            "select distinct _source || ':' || customer_id from raw.customers "
            "where lower(trim(email)) = ? order by 1 limit 1",
            [address],
        ).fetchall()
        if rows:
            return str(rows[0][0])
        people = f"select 1 from ({_PEOPLE}) as people (address) where lower(trim(address)) = ? limit 1"
        if connection.execute(people, [address]).fetchone() or forgotten.knows_address(address):
            return address
        raise ConfigurationError(
            f"nobody of {company.name} has the address {who!r}; nothing was touched. It may be written "
            "another way in the extracts, or be forgotten already under another one."
        )
    raise ConfigurationError(
        f"{who!r} is no customer of {company.name}; nothing was touched. Name it as the column "
        "customer_id of marts.dim_customers does: <source>:<id in the source>; or give an e-mail address."
    )


def _is_customer(connection: duckdb.DuckDBPyConnection, who: str) -> bool:
    source, _, native = who.partition(":")
    query = "select 1 from raw.customers where _source = ? and customer_id = ? limit 1"
    return bool(connection.execute(query, [source, native]).fetchall())


def _merged(connection: duckdb.DuckDBPyConnection, customer: str, forgotten: Forgotten) -> list[str]:
    """The customer and all that were merged with it, in whatever direction, under all names of the source."""
    source, _, native = customer.partition(":")
    rows = connection.execute(
        """
        with recursive pairs as (
            select merged_id as one, survivor_id as other from raw.crm_merges
            where _source = $source and lower(object) = 'customer'
            union select survivor_id, merged_id from raw.crm_merges
            where _source = $source and lower(object) = 'customer'
        ),
        reached as (
            select $native as id union select pairs.other from reached join pairs on pairs.one = reached.id
        )
        select id from reached order by id
        """,
        {"source": source, "native": native},
    ).fetchall()
    names = (source, *forgotten.former_names(source))
    return [f"{name}:{one}" for name in names for (one,) in rows]


def _refuse_to_share(connection: duckdb.DuckDBPyConnection, subject: Subject, full: Sequence[str]) -> None:
    """Raise ConfigurationError where another customer has an address or number of the subject."""
    rows = connection.execute(
        "select distinct _source || ':' || customer_id as id from raw.customers "
        "where not list_contains($full, id) and list_has_any($numbers, "
        "[lower(trim(email)), lower(trim(legal_id)), lower(trim(vat_id))]) order by 1",
        {"full": list(full), "numbers": [text.lower() for text in subject.texts]},
    ).fetchall()
    others = [one for (one,) in rows]
    if others:
        also = " ".join(f"--also {one}" for one in others)
        raise ConfigurationError(
            f"{', '.join(others)} {'has' if len(others) == 1 else 'have'} an e-mail address or a number in "
            "common with whom you named, and would lose it with them; nothing was touched. Forget them "
            f"together ({also}), or have what is theirs alone delivered first."
        )


def _own_accounts(company: Company, customers: Sequence[str]) -> list[str]:
    """The CRM accounts that are linked with these customers and with no others."""
    if not company.published_file.is_file():
        return []
    with open_published(company.published_file, company.limits) as connection:
        rows = connection.execute(
            "select crm_account_id from marts.fct_identity_links group by crm_account_id "
            "having bool_and(list_contains(?, customer_id)) order by 1",
            [list(customers)],
        ).fetchall()
    return [one for (one,) in rows]


def _under_all_names(ids: list[str], forgotten: Forgotten) -> list[str]:
    """Ids under each name that their source has now or had: what is published may have an old one."""
    found = dict.fromkeys(ids)
    for one in ids:
        source, _, native = one.partition(":")
        later = [new for _, new in forgotten.renamed if source in forgotten.former_names(new)]
        for name in (source, *later):
            found |= dict.fromkeys((f"{name}:{native}", *forgotten.former_ids(f"{name}:{native}")))
    return list(found)


def _listed_accounts(connection: duckdb.DuckDBPyConnection, forgotten: Forgotten) -> list[str]:
    rows = connection.execute(
        "select distinct _source || ':' || crm_account_id from raw.crm_accounts"
    ).fetchall()
    return [one for (one,) in rows if forgotten.knows(one)]


def _described(
    connection: duckdb.DuckDBPyConnection, full: Sequence[str], accounts: Sequence[str]
) -> Subject:
    """The customers of these ids, and of these accounts, with all that tells who they are."""
    conditions = {
        "mine": "list_contains($full, _source || ':' || customer_id)",
        "account": "list_contains($accounts, _source || ':' || crm_account_id)",
        # Other sources name a customer with its source or without.
        "reference": "(list_contains($natives, customer_id) or list_contains($full, customer_id))",
    }
    natives = [one.partition(":")[2] for one in full]
    values = {"full": list(full), "accounts": list(accounts), "natives": natives}

    def asked(query: str, used: Iterable[str]) -> set[str]:
        named = query.format(**conditions)
        rows = connection.execute(named, {name: values[name] for name in used}).fetchall()
        return {text.strip() for (text,) in rows if text and len(text.strip()) >= _SHORTEST}

    own_names = asked(_NAMES, ("full", "accounts"))
    others = asked(
        "select name from raw.customers where not ({mine}) "
        "union select name from raw.crm_accounts where not ({account})",
        ("full", "accounts"),
    )
    numbers = asked(_NUMBERS, ("full", "accounts", "natives"))
    return Subject(
        (),
        (*full, *accounts),
        tuple(sorted((own_names - others) | numbers, key=len, reverse=True)),
        len(own_names & others),
    )
