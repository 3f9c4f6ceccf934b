"""Puts the dbt project and the sample into the wheel, from where they lie in the repository."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProjectInWheel(BuildHookInterface):
    """Adds the paths that pyproject.toml lists; an editable install reads the checkout itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; `version` is how the package is built."""
        if version == "standard":
            there = {path: f"orchestration/project/{path}" for path in self.config["paths"]}
            build_data["force_include"] |= there
