"""Live playing at its ports: what is sent and still owed, what controllers ask for."""
