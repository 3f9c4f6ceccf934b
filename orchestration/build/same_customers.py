"""Who may be one customer in two billing systems, found in `raw`: a superset of what the models decide.

A link by hand names two customers, or a customer and an account; under the policy `same_customer:
crm_account` an account and its customers name each other. What any delivery ever named together has a name in
common, and is recomputed together.
"""

import duckdb

from orchestration.settings import Policies

_NATIVE = "regexp_replace(trim({}), '^[A-Za-z][A-Za-z0-9_]*:', '')"
# Who may be the same customer as whom: everybody that was ever named together, by the name in common. A text
# names the customer of that id, in any source; too many are affected rather than too few.
_SAID_BY_HAND = f"""
    select trim(customer_id) as reference, {_NATIVE.format("crm_account_id")} as common
        from raw.identity_links
    union all select trim(crm_account_id), {_NATIVE.format("crm_account_id")} from raw.identity_links
"""
_SAID_BY_ACCOUNTS = f"""
    union all select _source || ':' || customer_id, {_NATIVE.format("crm_account_id")} from raw.customers
        where crm_account_id is not null
    union all select trim(billing_customer_id), crm_account_id from raw.crm_accounts
        where billing_customer_id is not null
"""
_COMMON_NAMES_THAT_CHANGED = f"""
    select {_NATIVE.format("crm_account_id")} from changed_identity_links
    union all select {_NATIVE.format("crm_account_id")} from raw.identity_links
        where cast(valid_from as timestamp) > $since and cast(valid_from as timestamp) <= $until
    union all select unnest([merged_id, survivor_id]) from changed_crm_merges where object <> 'customer'
    union all select crm_account_id from raw.crm_accounts
        where _delivery_id in (select delivery_id from runs.new_deliveries)
        and crm_account_id in (
            select {_NATIVE.format("links.crm_account_id")} from raw.identity_links as links
        )
"""
_ACCOUNTS_THAT_CHANGED = "    union all select crm_account_id from changed_crm_accounts"


def keys(policies: Policies) -> dict[str, str]:
    """The tables that bear on this beside links by hand and merges, each with what tells its rows apart."""
    return {"crm_accounts": "crm_account_id"} if _is_one_account_one_customer(policies) else {}


def changed_names(policies: Policies) -> str:
    """A query for the names in common that arrivals changed, or that began to count since the last build."""
    return _COMMON_NAMES_THAT_CHANGED + (
        _ACCOUNTS_THAT_CHANGED if _is_one_account_one_customer(policies) else ""
    )


def collect_said(connection: duckdb.DuckDBPyConnection, policies: Policies) -> None:
    """Temporary table `said`: customers by what they may have in common with those that are the same.

    Reads the view `links`.
    """
    named = _SAID_BY_HAND + (_SAID_BY_ACCOUNTS if _is_one_account_one_customer(policies) else "")
    connection.execute(f"""
        create or replace temporary table texts as
        with named as ({named}),

        merged as (
            select reference, common from named
            union all
            select named.reference, merges.survivor_id
            from named
            join raw.crm_merges as merges on named.common = merges.merged_id and merges.object <> 'customer'
        )

        select distinct unnest([reference, source_name || ':' || reference]) as customer_id, common
        from merged, (select distinct source_name from audit.deliveries)
    """)
    connection.execute("""
        create or replace temporary table said as select distinct texts.* from texts semi join (
            select _source || ':' || customer_id as customer_id from raw.customers
            union all select _source || ':' || customer_id from links
        ) as known using (customer_id)
    """)


def _is_one_account_one_customer(policies: Policies) -> bool:
    return policies.same_customer == "crm_account"
