{#- How many accounts one piece of evidence is compared with: a value shared by more is ambiguous anyway. -#}
{% macro most_accounts_of_a_key() -%}
    {{ return(10) }}
{%- endmacro %}


{#- From this similarity on, a name is proposed to a person. -#}
{% macro proposed_similarity() -%}
    {{ return(0.9) }}
{%- endmacro %}


{#- Merges are followed through 2 to this power: 64 of them; a longer chain is taken for a circle. -#}
{% macro merge_doublings() -%}
    {{ return(6) }}
{%- endmacro %}


{#- What CRMs call the stage of an account that buys. -#}
{% macro customer_lifecycles() -%}
    ('customer', 'client', 'active customer', 'client actif', 'kunde', 'cliente', 'klant', 'evangelist')
{%- endmacro %}


{#- Accounts whose names begin alike are compared one by one up to this many; beyond, only equal names count. -#}
{% macro most_accounts_of_a_beginning() -%}
    {{ return(100) }}
{%- endmacro %}
