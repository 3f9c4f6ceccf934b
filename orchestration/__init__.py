"""Everything around the dbt models: landing, quality gates, publishing, the Dagster job and the command line."""
