"""Reads billing and CRM systems through their APIs into files for landing; needs the extra `[api]`."""
