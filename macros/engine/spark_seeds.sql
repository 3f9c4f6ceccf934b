{#- The adapter puts text into its statement as it is, and an apostrophe would end it there. -#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set given_types = model['config'].get('column_types', {}) -%}
    {%- set statements = [] -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set sql -%}
            insert into {{ this.render() }} values
            {%- for row in rows %}
            (
                {%- for name in agate_table.column_names -%}
                    cast(
                        {{- spark_literal(row[loop.index0]) }} as
                        {{- ' ' ~ given_types.get(name, adapter.convert_type(agate_table, loop.index0)) -}}
                    )
                    {%- if not loop.last %}, {% endif -%}
                {%- endfor -%}
            )
            {%- if not loop.last %},{% endif -%}
            {%- endfor -%}
        {%- endset -%}
        {%- do adapter.add_query(sql, abridge_sql_log=true) -%}
        {%- do statements.append(sql) -%}
    {%- endfor -%}
    {{ return(statements[0]) }}
{%- endmacro %}


{% macro spark_literal(value) -%}
    {%- if value is none -%}
        null
    {%- else -%}
        '{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}
