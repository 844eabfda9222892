"""From folders of MIDI files to encoded pieces: found, read, prepared, kept, and varied. No torch."""
