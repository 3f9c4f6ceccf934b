{#-
    What the next event of each part takes: a select statement over the states before it. Of a credit note the part
    that was recognised comes out of revenue and the rest out of what is deferred; a refund and a lost dispute take
    revenue first; a void invoice and one that is given up lose both; where the subscription ended, what is
    deferred becomes revenue, so revenue loses less than nothing.
-#}
{% macro taken_by_events(states, events) -%}
select
            reached.*,
            case event_kind
                when 'credit_note' then {{ round_to_exponent(
                    'credited * coalesce(recognised / nullif(recognised + deferred, 0), 0)', 'exponent'
                ) }}
                when 'accelerated' then -{{ _left('exponent') }}
                when 'void' then {{ round_to_exponent('recognised', 'exponent') }}
                when 'bad_debt' then {{ round_to_exponent('recognised', 'exponent') }}
                else {{ round_to_exponent('least(credited, recognised)', 'exponent') }}
            end as taken_revenue,
            case event_kind
                when 'credit_note'
                    then {{ round_to_exponent('credited', 'exponent') }} - {{ round_to_exponent(
                        'credited * coalesce(recognised / nullif(recognised + deferred, 0), 0)', 'exponent'
                    ) }}
                when 'refund' then {{ _credited_beyond_revenue() }}
                when 'dispute' then {{ _credited_beyond_revenue() }}
                else {{ _left('exponent') }}
            end as taken_deferred
        from (
            select
                advanced.*,
                least(amount, recognised + deferred) as credited
            from (
                select
                    events.invoice_id,
                    events.line_id,
                    events.carrier_line_id,
                    events.part_event_number,
                    events.event_kind,
                    events.month_index,
                    events.exponent,
                    events.planned_share,
                    cast(events.amount as {{ type_double() }}) as amount,
                    states.amount_per_share,
                    states.recognised + least(
                        states.amount_per_share * (events.planned_share - states.from_share),
                        states.deferred
                    ) as recognised,
                    states.deferred - least(
                        states.amount_per_share * (events.planned_share - states.from_share),
                        states.deferred
                    ) as deferred
                from {{ states }} as states
                inner join {{ events }} as events
                    on
                        states.invoice_id = events.invoice_id
                        and states.line_id = events.line_id
                        and states.carrier_line_id = events.carrier_line_id
                        and states.part_event_number + 1 = events.part_event_number
            ) as advanced
        ) as reached
{%- endmacro %}


{#- What is deferred, as all that was billed and is left, less what is recognised in whole cents. -#}
{% macro _left(exponent) -%}
    (
        {{ round_to_exponent('recognised + deferred', exponent) }}
        - {{ round_to_exponent('recognised', exponent) }}
    )
{%- endmacro %}


{% macro _credited_beyond_revenue() -%}
    {{ round_to_exponent('credited', 'exponent') }}
    - {{ round_to_exponent('least(credited, recognised)', 'exponent') }}
{%- endmacro %}
