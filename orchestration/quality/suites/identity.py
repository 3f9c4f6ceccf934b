"""Identity: customers show the account that they are linked to, and what could not be decided says why."""

from orchestration.quality.rule import Rule, accepted_values, between, rows, unique


def rules() -> list[Rule]:
    """The rules of links, exceptions and match rates."""
    links, exceptions, rates = "fct_identity_links", "fct_identity_exceptions", "fct_identity_match_rate"
    return [
        unique(links, ["customer_id"]),
        rows(
            links,
            "customers_show_their_account",
            "every customer shows the account that it is linked to, and no other one",
            """
            select customers.customer_id, customers.crm_account_id, links.crm_account_id as linked_account_id
            from marts.dim_customers as customers
            left join (select * from {batch}) as links on customers.customer_id = links.customer_id
            where customers.crm_account_id is distinct from links.crm_account_id
            """,
            needs=("dim_customers",),
        ),
        unique(exceptions, ["exception_id"]),
        accepted_values(exceptions, "severity", ["unlinked", "warning"]),
        rows(
            exceptions,
            "exceptions_say_what_to_do",
            "every exception has a known code, with its meaning and what to do about it",
            """
            select exception_id, code, severity
            from {batch}
            where severity is null or meaning is null or action is null
            """,
        ),
        between(rates, "match_rate", 0, 1),
        between(rates, "mrr_match_rate", 0, 1),
        rows(
            rates,
            "sources_and_routes_make_up_all",
            "the sources, and the routes of each, make up all customers, all linked ones and all MRR",
            """
            with signed as (
                select
                    *,
                    case when source_name = 'all' then 1 else -1 end as of_sources,
                    case when sales_route = 'all' then 1 else -1 end as of_routes
                from {batch}
            )

            select 'sources of the route ' || sales_route as what, sum(of_sources * customers) as missing
            from signed
            group by sales_route
            having sum(of_sources * customers) <> 0 or sum(of_sources * linked_customers) <> 0
                or sum(of_sources * total_mrr) <> 0 or sum(of_sources * linked_mrr) <> 0
            union all
            select 'routes of the source ' || source_name as what, sum(of_routes * customers) as missing
            from signed
            group by source_name
            having sum(of_routes * customers) <> 0 or sum(of_routes * linked_customers) <> 0
                or sum(of_routes * total_mrr) <> 0 or sum(of_routes * linked_mrr) <> 0
            """,
        ),
    ]
