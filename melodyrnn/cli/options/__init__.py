"""Options that several commands have, and the values that their text stands for."""
