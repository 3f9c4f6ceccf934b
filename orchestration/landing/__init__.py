"""Landing: files of any system, checked byte by byte and value by value, into `raw`."""
