{#-
    The Luhn check (ISO/IEC 7812) of a text of so many digits: every second digit from the right is
    doubled, digits are summed, the sum is a multiple of ten. Zeros alone pass it and are no number.
    The place of a digit in 0516273849 is its doubled value with the digits added up, so nothing has
    to be cast.
-#}
{% macro luhn_holds(digits, length) -%}
    (
        {{ digits }} <> '{{ "0" * length }}'
        and (
            {%- for place in range(1, length + 1) %}
            {%- set is_doubled = (length - place) % 2 == 1 %}
            {%- set values = "'0516273849'" if is_doubled else "'0123456789'" %}
            {{ '+ ' if not loop.first }}{{ dbt.position('substr(' ~ digits ~ ', ' ~ place ~ ', 1)', values) }} - 1
            {%- endfor %}
        ) % 10 = 0
    )
{%- endmacro %}


{#- The number that a text of digits of known length writes; no cast, which would fail on other text. -#}
{% macro number_written(digits, length) -%}
    (
        {%- for place in range(1, length + 1) %}
        {{ '+ ' if not loop.first }}({{ dbt.position('substr(' ~ digits ~ ', ' ~ place ~ ', 1)', "'0123456789'") }} - 1) * {{ 10 ** (length - place) }}
        {%- endfor %}
    )
{%- endmacro %}


{#-
    A SIRET of fourteen digits: the Luhn check, of its SIREN too. La Poste (SIREN 356000000) has more establishments than
    the check leaves numbers for: there the plain sum of digits is a multiple of five.
-#}
{% macro siret_holds(digits) -%}
    (
        {{ luhn_holds('substr(' ~ digits ~ ', 1, 9)', 9) }}
        and (
            {{ luhn_holds(digits, 14) }}
            or (
                substr({{ digits }}, 1, 9) = '356000000'
                and (
                    {%- for place in range(1, 15) %}
                    {{ '+ ' if not loop.first }}{{ dbt.position('substr(' ~ digits ~ ', ' ~ place ~ ', 1)', "'0123456789'") }} - 1
                    {%- endfor %}
                ) % 5 = 0
            )
        )
    )
{%- endmacro %}


{#-
    A French VAT number: after FR a key of two digits and the SIREN; key = (12 + 3 x (SIREN mod 97)) mod 97.
    Monaco's numbers begin with 000 in the SIREN's place, which is then no SIREN. Keys with letters
    exist too; they are not computed here, and the SIREN alone is checked.
-#}
{% macro french_vat_holds(vat) -%}
    {%- set key = number_written('substr(' ~ vat ~ ', 3, 2)', 2) -%}
    {%- set siren = number_written('substr(' ~ vat ~ ', 5, 9)', 9) -%}
    (
        length({{ vat }}) = 13
        and {{ has_only_digits('substr(' ~ vat ~ ', 5, 9)') }}
        and (
            not {{ has_only_digits('substr(' ~ vat ~ ', 3, 2)') }}
            or {{ key }} = (12 + 3 * ({{ siren }} % 97)) % 97
        )
        and (
            substr({{ vat }}, 5, 3) = '000'
            or {{ luhn_holds('substr(' ~ vat ~ ', 5, 9)', 9) }}
        )
    )
{%- endmacro %}


{#- France, with the overseas departments and collectivities that are in its company register. -#}
{% macro french_countries() -%}
    ('FR', 'FRA', 'FRANCE', 'BL', 'GF', 'GP', 'MF', 'MQ', 'PM', 'RE', 'YT')
{%- endmacro %}
