"""Text, tables and pictures for a terminal."""
