"""A network as plain data, its one-file format, and the numpy engine that steps it. Knows no music."""
