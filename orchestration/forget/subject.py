"""Whom a forgetting is about: every id of theirs, and every name and address that has to go."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.forgotten import Forgotten
from orchestration.machine.duckdb_files import open_landed, open_published
from orchestration.settings import Company

_SHORTEST = 4
"""Shorter names are not searched for in running text: they would be found in other words."""

_NAMES = "select name from raw.customers where {mine} union select name from raw.crm_accounts where {account}"
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
    """A customer with the merged ones and the CRM account that are nobody else's."""

    customer_id: str
    ids: tuple[str, ...]
    """`<source>:<native id>` of the customer, of what was merged with it, and of its account.

    Under every name that the source had: releases from before a renaming are kept."""
    texts: tuple[str, ...] = field(default=(), repr=False)
    """Names, addresses and numbers, as delivered."""
    shared_names: int = 0
    """Names that other customers or accounts bear too, and keep."""

    def listed(self, forgotten: Forgotten) -> Forgotten:
        """The kept list with this customer on it."""
        values = {forgotten.hash_of(text.strip().lower()) for text in self.texts if "@" in text}
        return replace(
            forgotten,
            ids=forgotten.ids | {forgotten.hash_of(one) for one in self.ids},
            values=forgotten.values | values,
            sources=tuple(sorted({*forgotten.sources, *(one.partition(":")[0] for one in self.ids)})),
        )


def find_subject(company: Company, customer: str, forgotten: Forgotten) -> Subject:
    """Who is meant by `<source>:<native id>`. Raises ConfigurationError when nobody is."""
    source, _, native = customer.partition(":")
    with open_landed(company) as connection:
        found = connection.execute(
            "select 1 from raw.customers where _source = ? and customer_id = ? limit 1", [source, native]
        ).fetchone()
        if not found:
            if forgotten.knows(customer):
                return Subject(customer, (customer, *forgotten.former_ids(customer)))
            raise ConfigurationError(
                f"{customer!r} is no customer of {company.name}; nothing was touched. Name it as the column "
                "customer_id of marts.dim_customers does: <source>:<id in the source>."
            )
        customers = _merged(connection, source, native)
        names = (source, *forgotten.former_names(source))
        accounts = _own_accounts(company, [f"{name}:{one}" for name in names for one in customers])
        # Those that a forgetting which was cut short had already listed.
        accounts += _listed_accounts(connection, forgotten)
        accounts = _under_all_names(accounts, forgotten)
        return _described(connection, customer, names, customers, accounts)


def _merged(connection: duckdb.DuckDBPyConnection, source: str, native: str) -> list[str]:
    """The customer and all that were merged with it, in whatever direction."""
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
    return [one for (one,) in rows]


def _own_accounts(company: Company, customers: list[str]) -> list[str]:
    """The CRM accounts that are linked with these customers and with no others."""
    if not company.published_file.is_file():
        return []
    with open_published(company.published_file, company.limits) as connection:
        rows = connection.execute(
            "select crm_account_id from marts.fct_identity_links group by crm_account_id "
            "having bool_and(list_contains(?, customer_id)) order by 1",
            [customers],
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
    connection: duckdb.DuckDBPyConnection,
    customer: str,
    names: tuple[str, ...],
    customers: list[str],
    accounts: list[str],
) -> Subject:
    """All of the subject; `names` are those that the customer's source has and had before."""
    conditions = {
        "mine": "_source = $source and list_contains($customers, customer_id)",
        "account": "list_contains($accounts, _source || ':' || crm_account_id)",
        "reference": "(list_contains($customers, customer_id) or list_contains($full, customer_id))",
    }
    full = [f"{name}:{one}" for name in names for one in customers]
    values = {"source": names[0], "customers": customers, "accounts": accounts, "full": full}

    def asked(query: str, used: Iterable[str]) -> set[str]:
        named = query.format(**conditions)
        rows = connection.execute(named, {name: values[name] for name in used}).fetchall()
        return {text.strip() for (text,) in rows if text and len(text.strip()) >= _SHORTEST}

    own_names = asked(_NAMES, ("source", "customers", "accounts"))
    others = asked(
        "select name from raw.customers where not ({mine}) "
        "union select name from raw.crm_accounts where not ({account})",
        ("source", "customers", "accounts"),
    )
    numbers = asked(_NUMBERS, ("source", "customers", "accounts", "full"))
    return Subject(
        customer,
        (*full, *accounts),
        tuple(sorted((own_names - others) | numbers, key=len, reverse=True)),
        len(own_names & others),
    )
