"""A library: source files and what is wrong with them; it does not know the gate."""
