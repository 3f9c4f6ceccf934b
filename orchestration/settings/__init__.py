"""What a company says of itself, and what the environment says: read here and nowhere else."""

from orchestration.settings.accepting import accepting
from orchestration.settings.as_of import parse_as_of
from orchestration.settings.bearing import SETTINGS, bearing_settings
from orchestration.settings.company import Company
from orchestration.settings.dbt_vars import dbt_environment, dbt_vars
from orchestration.settings.engine import SparkSettings
from orchestration.settings.environment import (
    LOG_FORMATS,
    default_company_path,
    java_home,
    limits,
    log_format,
)
from orchestration.settings.first_file import FirstSource, first_company_file, first_sources
from orchestration.settings.plan import TARGET_METRICS, TARGETS, Note, Target
from orchestration.settings.policies import PRESETS, Policies
from orchestration.settings.reading import SAMPLE_COMPANY, load_company, read_company
from orchestration.settings.reference import SCHEMA_FILE, company_schema
from orchestration.settings.salt import respondent_id, respondent_salt
from orchestration.settings.sources import DELIVERIES, MRR_BASES, SOURCE_NAME, SourceConfig, mrr_basis
from orchestration.settings.values import OWN_FOLDERS

__all__ = [
    "DELIVERIES",
    "LOG_FORMATS",
    "MRR_BASES",
    "OWN_FOLDERS",
    "PRESETS",
    "SAMPLE_COMPANY",
    "SCHEMA_FILE",
    "SETTINGS",
    "SOURCE_NAME",
    "TARGETS",
    "TARGET_METRICS",
    "Company",
    "FirstSource",
    "Note",
    "Policies",
    "SourceConfig",
    "SparkSettings",
    "Target",
    "accepting",
    "bearing_settings",
    "company_schema",
    "dbt_environment",
    "dbt_vars",
    "default_company_path",
    "first_company_file",
    "first_sources",
    "java_home",
    "limits",
    "load_company",
    "log_format",
    "mrr_basis",
    "parse_as_of",
    "read_company",
    "respondent_id",
    "respondent_salt",
]
