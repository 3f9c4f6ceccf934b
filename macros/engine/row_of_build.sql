{#-
    A number for each row of a table, another one in every build: joins and windows over it cost a third of
    those over the texts of a key. For stored tables only, because Spark numbers a query anew each time it is read.
-#}
{% macro row_of_build() -%}
    {{ return(adapter.dispatch('row_of_build')()) }}
{%- endmacro %}


{% macro duckdb__row_of_build() -%}row_number() over (){%- endmacro %}


{% macro spark__row_of_build() -%}monotonically_increasing_id(){%- endmacro %}
