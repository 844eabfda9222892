"""The music of live playing: music asked for, composed ahead of time, and answers to a player."""
