{#- What stands between scheme, user, port and path of a web, bare or e-mail address, in lower case. -#}
{% macro host_part(address) -%}
    {%- set after_scheme = "split_part(" ~ address ~ ", '://', case when " ~ address ~ " like '%://%' then 2 else 1 end)" -%}
    {%- set authority = "split_part(split_part(split_part(" ~ after_scheme ~ ", '/', 1), '?', 1), '#', 1)" -%}
    lower(trim(trailing '.' from split_part(split_part({{ authority }}, '@', -1), ':', 1)))
{%- endmacro %}


{#- Two labels or more that are neither an IP address nor a text with blanks. -#}
{% macro is_host(host) -%}
    (
        {{ host }} like '_%.__%'
        and {{ host }} not like '%..%'
        and {{ host }} not like '% %'
        and not {{ has_only_digits('split_part(' ~ host ~ ", '.', -1)") }}
    )
{%- endmacro %}


{#- The last labels of a host: two of mail.acme.co.uk are co.uk; NULL where it has fewer. -#}
{% macro last_labels(host, count) -%}
    case
        when length({{ host }}) - length(replace({{ host }}, '.', '')) >= {{ count - 1 }}
            then
                {% for place in range(count, 0, -1) -%}
                split_part({{ host }}, '.', -{{ place }}){{ " || '.' || " if not loop.last }}
                {%- endfor %}
    end
{%- endmacro %}
