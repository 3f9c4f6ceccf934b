"""Stands in for dbt's `model` while sqlfluff reads one."""

resource_type = "model"
