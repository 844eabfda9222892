"""Time in live playing: the clock, where the song is, what is due when."""
