"""Coverage-guided fuzzing of what reads files of any origin, with atheris (libFuzzer for Python).

    python fuzz/coverage.py midi|model NEW_FOLDER [SEED_FOLDER ...] [-max_total_time=SECONDS] [-runs=N] ...

Inputs that reach new code are kept in NEW_FOLDER; tests/fuzz/midi and tests/fuzz/model are seeds to begin with. What
begins with a dash is libFuzzer's: `-help=1` lists it. An input that ends in an exception, takes more than 5 seconds or
500 MB is written to the current folder, and the exit code is not 0.
"""

import sys

import atheris

with atheris.instrument_imports(include=["melodyrnn", "mido", "safetensors"]):
    from targets import read_midi_bytes, read_model_bytes

TARGETS = {"midi": read_midi_bytes, "model": read_model_bytes}
DEFAULTS = ["-timeout=5", "-rss_limit_mb=500", "-max_len=4096", "-verbosity=0", "-print_final_stats=1"]


def main() -> None:
    if len(sys.argv) < 3 or sys.argv[1] not in TARGETS:
        sys.exit(f"{__doc__}")
    target = TARGETS[sys.argv[1]]

    def one_input(data: bytes) -> None:
        target(data)

    atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[2:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
