"""Names and texts in SQL: the one place where either enters a statement."""


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal for SQL expressions that can't take a parameter."""
    return "'" + text.replace("'", "''") + "'"
