"""Assets, checks, job and schedule: with definitions.py the only place that imports dagster."""
