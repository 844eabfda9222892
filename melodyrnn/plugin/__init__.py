"""The plugin for hosts: the C source of what a host loads, and the engine, a process that composes for it."""
