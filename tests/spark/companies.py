"""A company whose models Spark builds, beside the one that it is a copy of."""

import shutil
from pathlib import Path

import yaml

# A small company's queries would spend their time on being compiled and planned again.
OPTIONS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
}


def copy_on_spark(company: Path, master: str, storage: Path) -> Path:
    """The same company in a folder of its own, with a copy of its warehouse, whose models Spark builds."""
    content = yaml.safe_load(company.read_text(encoding="utf-8"))
    before = company.parent / content["warehouse"]
    home = company.parent.resolve() / "on_spark"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(before, home / "warehouse", symlinks=True)
    spark = {
        "master": master,
        "storage": str(storage),
        "memory": "1g",
        "driver_memory": "3g",
        "wait_seconds": 60,
    }
    content |= {"extracts": str((company.parent / content["extracts"]).resolve()), "warehouse": "warehouse"}
    content |= {"engine": "spark", "spark": {**spark, "options": OPTIONS}}
    # A cause that is a setting names the file, so both have one name.
    path = home / company.name
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
