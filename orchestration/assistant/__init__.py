"""Assistants: questions to the published warehouse over the Model Context Protocol, read-only."""
