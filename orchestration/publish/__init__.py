"""Write, audit, publish: the marts as a new file, checked and swapped in whole."""
