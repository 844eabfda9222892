"""MIDI as sound: FluidSynth renders it to a file or plays it, with a sound font that is found or given."""

from melodyrnn.sound.fluidsynth import FluidSynth, find_fluidsynth

__all__ = ["FluidSynth", "find_fluidsynth"]
