{#
    Joins of the keys that can name the customer of a relation's row, in their order: the id delivered with it
    (of its own source, in full, or the only one of that name), the billing e-mail, the CRM contact's account.
#}
{% macro join_customer_keys(relation, reference, email=none) -%}
left join {{ ref('int_voice__customer_keys') }} as own_keys
    on
        own_keys.key_kind = 'customer_id'
        and own_keys.key_value = {{ relation }}.source_name || ':' || {{ reference }}
left join {{ ref('int_voice__customer_keys') }} as full_keys
    on
        full_keys.key_kind = 'customer_id'
        and {{ reference }} = full_keys.key_value
left join {{ ref('int_voice__customer_keys') }} as native_keys
    on
        native_keys.key_kind = 'native_id'
        and {{ reference }} = native_keys.key_value
    {%- if email %}
left join {{ ref('int_voice__customer_keys') }} as email_keys
    on
        email_keys.key_kind = 'email'
        and email_keys.key_value = lower(trim({{ email }}))
left join {{ ref('int_voice__customer_keys') }} as contact_keys
    on
        contact_keys.key_kind = 'contact_email'
        and contact_keys.key_value = lower(trim({{ email }}))
    {%- endif %}
{%- endmacro %}


{# The customer of the first key that is known; a key that several customers share names none of them. #}
{% macro customer_of_keys(by_email=true) -%}
case
    when own_keys.key_value is not null then own_keys.customer_id
    when full_keys.key_value is not null then full_keys.customer_id
    when native_keys.key_value is not null then native_keys.customer_id
    {%- if by_email %}
    when email_keys.key_value is not null then email_keys.customer_id
    when contact_keys.key_value is not null then contact_keys.customer_id
    {%- endif %}
end
{%- endmacro %}


{# What named the customer: customer_id, billing_email or crm_contact; ambiguous or none where nothing did. #}
{% macro customer_evidence() -%}
case
    when
        coalesce(own_keys.key_value, full_keys.key_value, native_keys.key_value) is not null
        then case when {{ customer_of_keys() }} is null then 'ambiguous' else 'customer_id' end
    when email_keys.key_value is not null
        then case when email_keys.customer_id is null then 'ambiguous' else 'billing_email' end
    when contact_keys.key_value is not null
        then case when contact_keys.customer_id is null then 'ambiguous' else 'crm_contact' end
    else 'none'
end
{%- endmacro %}
