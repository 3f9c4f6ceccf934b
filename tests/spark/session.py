"""A Spark of the test's own: its warehouse lies in a folder, its catalog in memory."""

import os
import shutil
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

# Two executors of one core and 1 GiB, as processes of their own: rows come in any order.
CLUSTER = "local-cluster[2,1,1024]"


def start(master: str, folder: Path) -> SparkSession:
    """The session that dbt finds by itself afterwards (method: session)."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise SystemExit("Spark needs Java 17 or later: install one, or set JAVA_HOME to yours.")
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["SPARK_SCALA_VERSION"] = "2.13"
    settings = {
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "tmp"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # A small company's queries would spend their time on being compiled and planned again.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
    }
    builder = SparkSession.builder.master(master).appName("saas-metrics")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def register(session: SparkSession, schema: str, folder: Path) -> None:
    """Each Parquet file of the folder as a table of the schema."""
    session.sql(f"create database if not exists {schema}")
    for file in sorted(folder.glob("*.parquet")):
        session.sql(f"drop table if exists {schema}.{file.stem}")
        session.sql(f"create table {schema}.{file.stem} using parquet location '{file}'")
