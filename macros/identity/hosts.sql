{#- The host of a web address, a bare domain or an e-mail address, in lower case; NULL where there is none. -#}
{% macro host_of(value) -%}
    {%- set text = 'lower(trim(' ~ value ~ '))' -%}
    {%- set rest = "case when " ~ text ~ " like '%://%' then split_part(" ~ text ~ ", '://', 2) else " ~ text ~ " end" -%}
    {%- set authority = "split_part(split_part(split_part(" ~ rest ~ ", '/', 1), '?', 1), '#', 1)" -%}
    {%- set host = "trim(trailing '.' from split_part(split_part(" ~ authority ~ ", '@', -1), ':', 1))" -%}
    case
        when
            {{ host }} like '_%.__%'
            and {{ host }} not like '%..%'
            and {{ host }} not like '% %'
            and not {{ has_only_digits('split_part(' ~ host ~ ", '.', -1)") }}
            then {{ host }}
    end
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
