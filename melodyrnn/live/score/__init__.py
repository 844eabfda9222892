"""What live playing plays: music asked for, composed ahead of time, and answers to a player."""
