"""The ground floor: files, folders, locks, database files, YAML and SQL as texts; it knows no company."""
