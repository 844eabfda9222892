"""The calls of the studio, by what they are about: each file ends with the table of its calls."""
