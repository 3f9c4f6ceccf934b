import csv

import duckdb
import pytest

from orchestration.build import models
from orchestration.machine.project import PROJECT
from orchestration.run.steps import Run
from tests.pipeline import SAMPLE_AS_OF, write_company
from tests.spark.odd_rows import write_extracts


@pytest.mark.slow
def test_what_is_compared_on_spark_has_every_type_of_finding(tmp_path):
    sources = write_extracts(tmp_path / "extracts")
    company = write_company(tmp_path, reporting_currency="EUR", sources=sources)
    Run(company, SAMPLE_AS_OF).land()
    models.build(company, SAMPLE_AS_OF, select=("+fct_mrr_findings",))
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        found = connection.execute("select distinct finding_type from marts.fct_mrr_findings").fetchall()
    with (PROJECT / "seeds" / "mrr_finding_types.csv").open(encoding="utf-8") as file:
        types = {row["finding_type"] for row in csv.DictReader(file)}
    assert {finding_type for (finding_type,) in found} == types
