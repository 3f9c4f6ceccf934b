{#- The steps from contracted MRR to what is invoiced, in their order; `unexplained` is what then remains. -#}
{% macro billing_steps() -%}
    {{ return([
        'monthly_timing',
        'quarterly_timing',
        'yearly_timing',
        'other_timing',
        'not_yet_invoiced',
        'proration',
        'discount_once',
        'one_time',
        'usage',
        'prepaid',
        'rounding',
        'voided_invoices',
    ]) }}
{%- endmacro %}


{#- The steps from what is invoiced to revenue. -#}
{% macro revenue_steps() -%}
    {{ return([
        'fx_rate',
        'deferred',
        'released',
        'accrued',
        'accrued_before',
        'credit_notes',
        'refunds',
        'voids',
        'bad_debt',
        'disputes',
    ]) }}
{%- endmacro %}


{#- The step of what an item is billed at other times than month by month. -#}
{% macro timing_step(unit, count) -%}
    case
        when {{ unit }} = 'month' and {{ count }} = 1 then 'monthly_timing'
        when {{ unit }} = 'quarter' and {{ count }} = 1 then 'quarterly_timing'
        when {{ unit }} = 'month' and {{ count }} = 3 then 'quarterly_timing'
        when {{ unit }} = 'year' and {{ count }} = 1 then 'yearly_timing'
        when {{ unit }} = 'month' and {{ count }} = 12 then 'yearly_timing'
        else 'other_timing'
    end
{%- endmacro %}


{#- What one step of a bridge comes to, 0 where there is none. -#}
{% macro step_sum(step) -%}
    {{ money_sum("case when step = '" ~ step ~ "' then amount else 0 end") }}
{%- endmacro %}
