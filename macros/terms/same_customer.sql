{#- Whether all billing customers of one CRM account are one customer (policy same_customer). -#}
{% macro is_one_account_one_customer() -%}
    {{ 'true' if policy('same_customer') == 'crm_account' else 'false' }}
{%- endmacro %}


{#-
    CTEs of which the last, grouped, has the group of each customer: all that are tied by the names that they
    have in common. In each round everybody takes the first group among those it shares a name with.
-#}
{% macro groups_by_common_names(members, rounds) -%}
groups_0 as (
    select distinct
        customer_id,
        customer_id as group_id
    from {{ members }}
),
{% for round in range(1, rounds + 1) %}
names_{{ round }} as (
    select
        members.common_name,
        min(known.group_id) as group_id
    from {{ members }} as members
    inner join groups_{{ round - 1 }} as known on members.customer_id = known.customer_id
    group by members.common_name
),

groups_{{ round }} as (
    select
        members.customer_id,
        min(names.group_id) as group_id
    from {{ members }} as members
    inner join names_{{ round }} as names on members.common_name = names.common_name
    group by members.customer_id
),
{% endfor %}
grouped as (
    select * from groups_{{ rounds }}
)
{%- endmacro %}
