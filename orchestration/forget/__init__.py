"""Forgetting a customer: out of raw, kept releases, restricted file, audit tables and pages."""
