{#-
    A channel in the one vocabulary of funnel, costs and customers: lower case with `_`, and what advertising and CRM
    systems call the same thing under one name. `all` is the name of the total, so a cost of all channels is of none.
-#}
{% macro channel_name(column) -%}
    case {{ channel_words(column) }}
        {%- for name, words in channel_vocabulary().items() %}
        {%- for word in words %}
        when '{{ word }}' then '{{ name }}'
        {%- endfor %}
        {%- endfor %}
        else {{ channel_words(column) }}
    end
{%- endmacro %}


{% macro channel_words(column) -%}
    nullif(replace(replace(lower(trim({{ column }})), ' ', '_'), '-', '_'), '')
{%- endmacro %}


{#- Name of a channel: what systems call it. -#}
{% macro channel_vocabulary() -%}
    {{ return({
        'paid_search': [
            'google_ads', 'google_adwords', 'adwords', 'bing_ads', 'microsoft_ads', 'microsoft_advertising', 'cpc',
        ],
        'paid_social': [
            'meta_ads', 'facebook_ads', 'instagram_ads', 'linkedin_ads', 'tiktok_ads', 'x_ads', 'twitter_ads',
        ],
        'organic_search': ['organic', 'seo'],
        'referral': ['referrals', 'employee_referral', 'external_referral'],
        'offline': ['offline_sources'],
        'email': ['email_marketing', 'e_mail', 'mail'],
        'direct': ['direct_traffic'],
        'event': ['events', 'trade_show', 'tradeshow', 'conference', 'seminar_internal', 'seminar_partner'],
        'reseller': ['partner', 'partner_referral', 'resellers'],
        'outbound': ['outbound_sales', 'cold_call', 'phone_inquiry'],
        'unallocated': ['all'],
    }) }}
{%- endmacro %}
