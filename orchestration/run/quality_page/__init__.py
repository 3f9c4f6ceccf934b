"""The quality page: what one run read, checked, took and published, as one file that opens anywhere."""
