{#-
    What the next event of each part takes: a select statement over the states before it. Of a credit note or
    write-off the part that was recognised comes out of revenue and the rest out of what is deferred; a refund and a
    lost dispute take revenue first; a void invoice and one that is given up lose all that is left; where the subscription ended,
    or credits were used or expired, nothing is taken, and what is deferred becomes revenue.
-#}
{% macro taken_by_events(states, events) -%}
select
            priced.*,
            case when {{ earns_at_once('event_kind') }} then 0 else {{ round_to_exponent('credited', 'exponent') }} end
            - taken_revenue as taken_deferred
        from (
            select
                reached.*,
                case
                    when {{ takes_of_every_day('reached') }} then {{ round_to_exponent(
                        'credited * coalesce(recognised / nullif(recognised + deferred, 0), 0)', 'exponent'
                    ) }}
                    when {{ earns_at_once('event_kind') }}
                        then {{ round_to_exponent('recognised', 'exponent') }}
                            - {{ round_to_exponent('credited', 'exponent') }}
                    else {{ round_to_exponent('least(credited, recognised)', 'exponent') }}
                end as taken_revenue
            from (
                select
                    advanced.*,
                    case
                        when {{ earns_at_once('event_kind') }}
                            then recognised + least(coalesce(amount, deferred), deferred)
                        else least(coalesce(amount, recognised + deferred), recognised + deferred)
                    end as credited
                from (
                    select
                        events.part_number,
                        events.line_number,
                        events.part_event_number,
                        events.event_kind,
                        events.month_index,
                        events.exponent,
                        events.planned_share,
                        cast(events.amount as {{ type_double() }}) as amount,
                        states.amount_per_share,
                        states.recognised + {{ earned_since('states', 'events') }} as recognised,
                        states.deferred - {{ earned_since('states', 'events') }} as deferred
                    from {{ states }} as states
                    inner join {{ events }} as events
                        on
                            states.part_number = events.part_number
                            and states.part_event_number + 1 = events.part_event_number
                ) as advanced
            ) as reached
        ) as priced
{%- endmacro %}


{#-
    When an event takes something off an invoice: as it happens, and of one from before the invoice's own day on that
    day. `invoices` has the invoice's booked_at; an instant that nobody told is the invoice's too.
    DECISIONS.md#events-of-an-invoice
-#}
{% macro acts_at(happened_at, invoices) -%}
    greatest({{ happened_at }}, {{ invoices }}.booked_at)
{%- endmacro %}


{#- Whether an event makes revenue of what is deferred, and takes nothing back. -#}
{% macro earns_at_once(event_kind) -%}
    {{ event_kind }} in ('accelerated', 'drawn_down', 'breakage')
{%- endmacro %}


{#- What a part has earned from its last state to an event, never more than was deferred. -#}
{% macro earned_since(states, events) -%}
    least(
        {{ states }}.amount_per_share * ({{ events }}.planned_share - {{ states }}.from_share),
        {{ states }}.deferred
    )
{%- endmacro %}


{#- Whether an event takes the same share of every day: a credit note, and a write-off of an amount. -#}
{% macro takes_of_every_day(event) -%}
    (
        {{ event }}.event_kind = 'credit_note'
        or ({{ event }}.event_kind = 'bad_debt' and {{ event }}.amount is not null)
    )
{%- endmacro %}
