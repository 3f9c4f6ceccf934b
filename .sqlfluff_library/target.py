"""Stands in for dbt's `target` while sqlfluff reads a model: no engine that could recompute only a part."""

type = "none"
