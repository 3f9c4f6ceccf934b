"""The one kind of expectation that the suites are made of."""

from typing import Any

import great_expectations as gx


class BreaksNoRow(gx.expectations.UnexpectedRowsExpectation):
    """A query finds no row.

    The expectation it is made from runs its query a second time, for rows that it then leaves out of a
    summary; the gate reads those that it shows itself.
    """

    metric_dependencies = ("unexpected_rows_query.row_count",)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.row_count"]
        return {"success": rows == 0, "result": {"observed_value": rows}}
