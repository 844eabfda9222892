"""A network as plain data, its one-file format, and in numpy the engine that steps it and the gradients by which it
learns. Knows no music.
"""
