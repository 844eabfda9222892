"""The studio: a page on this machine that shows, plays and steers what the commands do, and the calls behind it.

It needs the libraries of the extra `studio`; this package itself is importable without them.
"""
