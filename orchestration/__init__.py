"""Everything around the dbt models: landing, gates, publishing, the Dagster job and the command line."""
