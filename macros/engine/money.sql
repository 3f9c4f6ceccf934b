{% macro duckdb__type_instant() -%}timestamp{%- endmacro %}


{% macro duckdb__type_double() -%}double{%- endmacro %}


{#-
    A decimal divided is a double here, so whole numbers are divided instead. An amount below 1e9 of at
    most four decimals, which is nearly all of them, fits 64 bits; the others take the slow path in 128 bits.
-#}
{% macro duckdb__divide_money(numerator, denominator) -%}
    case
        when {{ denominator }} = 1 then cast({{ numerator }} as {{ type_money() }})
        when
            {{ numerator }} < 1000000000
            and {{ numerator }} = cast({{ numerator }} as {{ type_money() }})
            then cast(
                cast(
                    (cast(cast({{ numerator }} as {{ type_money() }}) * 20000 as bigint) + {{ denominator }})
                    // (2 * {{ denominator }})
                    as decimal(18, 0)
                ) * 0.0001
                as {{ type_money() }}
            )
        else {{ divide_in_128_bits(numerator, denominator) }}
    end
{%- endmacro %}


{#-
    1e-14 by 1e-14, giving 1e-4. Units and fraction are scaled apart, because the product of both would
    not fit 38 digits.
-#}
{% macro divide_in_128_bits(numerator, denominator) -%}
    cast(
        cast(
            (
                (
                    cast(floor({{ numerator }}) as hugeint) * 100000000000000
                    + cast(({{ numerator }} - floor({{ numerator }})) * 100000000000000 as hugeint)
                ) * 2
                + cast({{ denominator }} as hugeint) * 10000000000
            ) // (cast({{ denominator }} as hugeint) * 20000000000)
            as decimal(38, 0)
        ) * 0.0001
        as {{ type_money() }}
    )
{%- endmacro %}


{#-
    The same as the product in 128 bits, at a fifth of its cost: below 1e8 a double's error is less than
    0.001 of the last digit, so away from halves it rounds as the exact product does.
-#}
{% macro duckdb__round_product(exact_product, double_product) -%}
    case
        when
            abs({{ double_product }}) < 100000000
            and abs({{ double_product }} * 10000 - floor({{ double_product }} * 10000) - 0.5) > 0.01
            then cast({{ double_product }} as {{ type_money() }})
        else cast({{ exact_product }} as {{ type_money() }})
    end
{%- endmacro %}
