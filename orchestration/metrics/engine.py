"""MetricFlow, which makes one query of metrics, labels and conditions; it runs none itself."""

from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.metrics.question import Request

INSTALL = "pip install 'saas-metrics[metrics]'"


def queries(semantic_manifest: str, requests: list[Request]) -> list[str]:
    """The SQL of each request. Raises ConfigurationError where MetricFlow is not installed."""
    try:
        from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
        from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"Metrics are asked through MetricFlow, which is not installed here. Install it: {INSTALL}"
        ) from error
    parsed = parse_manifest_from_dbt_generated_manifest(manifest_json_string=semantic_manifest)
    engine = MetricFlowEngine(SemanticManifestLookup(parsed), _writer_of_sql())
    return [
        engine.explain(
            MetricFlowQueryRequest.create(
                metric_names=request.metrics,
                group_by_names=request.group_by,
                where_constraints=request.where or None,
                order_by_names=request.group_by,
            )
        ).sql_statement.without_descriptions.sql
        for request in requests
    ]


def _writer_of_sql() -> Any:
    """What MetricFlow needs to know of DuckDB to write its SQL, without a connection."""
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

    class WriterOfSql:
        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

    return WriterOfSql()
