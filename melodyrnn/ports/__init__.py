"""MIDI devices: the ports of this machine. The one place that knows port libraries."""
