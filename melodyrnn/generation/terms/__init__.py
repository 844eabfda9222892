"""The terms of steering, a file each: what follows a stream of events and returns nats for its next fields."""
