/* The memory that the plugin and its engine share: what lies where, and what each record says.

The plugin lives in the host's process, the engine is a Python process of its own, one for each instance. Two rings of
records join them. Each ring has one writer and one reader, who never wait for each other.

    plugin -> engine   where the song is, what is played, what is asked for
    engine -> plugin   bars of music

How the engine is started. The file "engine" in the plugin's folder holds a command, one argument a line, such as

    /home/me/.venv/bin/python
    -m
    melodyrnn.plugin

A thread of the plugin, never the audio thread, starts it with two arguments more: --memory N. On Linux and macOS N is
the number of the file descriptor of this memory, which the process inherits; the memory has no name, so nothing is left
of it. On Windows N is the name of a file mapping. The process has a session of its own, no signal blocked, and stdin is
a pipe: when it is at its end, the plugin is gone, and the engine ends at once. stdout and stderr go nowhere.
  The engine checks `magic`, `version` and `bytes`. Where they are not its own it sets `status` to STATUS_WRONG_VERSION,
which every version has at the same place, and ends. Otherwise it steps over the records that are there, sets
`attached` to `start`, and from then on raises `heartbeat` ten times a second or more. If the heartbeat stands still for
STALL_SECONDS the plugin kills the process and starts another one; before the first beat it waits START_SECONDS.

Records. A ring of RING_RECORDS slots; the record with number n (from 1 on, modulo 2^32) lies in slot
(n - 1) % RING_RECORDS, and says its number and a check of all its words. Where both fit the record is whole, so the
reader needs no index and no memory barrier from the writer, which Python does not have. A writer looks at the reader's
index, lest it write over what was not read. If the ring is full the plugin drops the record and, later, sends all over
again (RECORD_SYNC); the engine waits for room.

Places. `bar` counts from 0 at the start of the song; it may be negative in a count-in, in which nothing is composed.
`pulse` counts 24 to a quarter note from the bar line, and may have a fraction.

Generations. The number of what is asked for; the plugin raises it when music that was composed is not wanted any more.
A record from the plugin says from which bar on its generation is wanted. The engine sends a bar with the latest
generation that is wanted in it, and the plugin plays no bar of an earlier one.

Bars. The engine sends a bar as RECORD_BAR with the number of its notes, and these in order as RECORD_NOTE. The plugin
plays it once it is whole; a bar that comes again takes the place of the earlier one. If it comes after its line, notes
that should have begun a moment ago begin at once, and earlier ones are not played. The plugin keeps the bars of STORED_BARS numbers, bar b in slot b modulo STORED_BARS, so that a song that
goes back finds them at once; those without BAR_KEEP it drops when the song goes anywhere. An empty bar is sent, too:
only so the plugin knows that nothing is to come.
*/
#ifndef MELODYRNN_PROTOCOL_H
#define MELODYRNN_PROTOCOL_H

#include <stdint.h>
#include <string.h>

#define PROTOCOL_MAGIC 0x4e4e524du /* "MRNN" */
#define PROTOCOL_VERSION 1
#define PULSES_PER_QUARTER 24
#define RING_RECORDS 4096
#define STORED_BARS 64
#define MOST_NOTES 256 /* of a bar */
#define MODEL_BYTES 1024
#define STATE_BYTES 65536
#define TEXT_BYTES 256
#define STALL_SECONDS 1
#define START_SECONDS 20

enum kind {
    /* From the plugin. All say generation, and the bar from which on it is wanted (`wanted_from`). */
    RECORD_SYNC = 1,      /* what follows is all that is to be known; the plugin may have no bar */
    RECORD_TRANSPORT = 2, /* bar, pulse, value: bpm, numerator, denominator; flags: ROLLING, OFFLINE, JUMP */
    RECORD_POSITION = 3,  /* the same, at each pulse that the song passes; left out when the ring fills up */
    RECORD_MIDI = 4,      /* bar, pulse, data: status and data bytes of a message that was received */
    RECORD_PARAMETER = 5, /* number: which; value. Those of parameters.py, by their number there */
    RECORD_GIVEN = 6,     /* the model's name or the state was given from outside: read it again */
    /* From the engine. All say generation. */
    RECORD_BAR = 16,  /* bar, numerator, denominator: its time signature; number: of notes; flags: KEEP */
    RECORD_NOTE = 17, /* pulse: onset; value: pulses that it lasts; data: channel 0 to 15, pitch, velocity */
};

enum transport_flag {
    TRANSPORT_ROLLING = 1, /* the song moves; otherwise it stands at the place */
    TRANSPORT_OFFLINE = 2, /* the plugin waits for bars: the host does not play but writes a file */
    TRANSPORT_JUMP = 4,    /* the song went to the place; the generation is wanted in every bar from now on */
};

enum bar_flag {
    BAR_KEEP = 1, /* the bar is the same whenever the song comes back to it */
};

enum status {
    STATUS_STARTING = 0,
    STATUS_READY = 1,
    STATUS_MODEL_MISSING = 2, /* the model is not there, or another one: silent, and `text` says which */
    STATUS_WRONG_VERSION = 3, /* plugin and engine are of different versions */
    STATUS_FAILED = 4,        /* `text` says why */
    STATUS_NO_ENGINE = 5,     /* set by the plugin: there is no file "engine", or its command cannot be run */
    STATUS_STALLED = 6,       /* set by the plugin: the engine stood still, and is started again */
};

struct record {
    uint32_t number_in_ring; /* from 1 on, modulo 2^32 */
    uint32_t check;          /* record_check of the other words */
    uint32_t kind;
    uint32_t generation;
    int32_t bar;
    uint32_t flags;
    double pulse;
    double value;
    uint32_t number;
    uint16_t numerator;
    uint16_t denominator;
    uint8_t data[4];
    int32_t wanted_from;
    uint32_t unused[2];
};

/* Texts and states are guarded by a number, odd while they are written: who reads one looks at the number before and
after, and reads again if it was odd or has changed. */
struct memory {
    /* As in every version. */
    uint32_t magic;
    uint32_t version;
    uint32_t bytes;  /* of the memory */
    uint32_t status; /* written by the engine, and by the plugin while there is none */
    uint8_t unused_0[48];

    /* Written by the plugin. */
    uint64_t sent;        /* records written to the engine */
    uint64_t taken;       /* records read from the engine */
    uint32_t start;       /* which start of the engine it is, from 1 on */
    uint32_t given_guard; /* guards `model` and `state` */
    uint32_t state_bytes;
    uint8_t unused_1[100];

    /* Written by the engine. */
    uint64_t engine_sent;  /* records written to the plugin */
    uint64_t engine_taken; /* records read from the plugin */
    uint64_t answered;     /* of these, the ones whose music has been sent as far as bar of the last one */
    uint64_t heartbeat;
    uint32_t attached;    /* the `start` that it answers */
    uint32_t text_guard;  /* guards `text` */
    uint32_t saved_guard; /* guards `saved` */
    uint32_t saved_bytes;
    uint64_t progress; /* grows while it composes */
    uint8_t unused_2[72];

    char text[TEXT_BYTES];   /* by the engine: its state in a line for the user, UTF-8, ends with 0 */
    char model[MODEL_BYTES]; /* by the plugin: name or path of the model, empty for that of the style; UTF-8 */
    uint8_t unused_3[2496];
    uint8_t state[STATE_BYTES]; /* by the plugin: what the project had saved */
    uint8_t saved[STATE_BYTES]; /* by the engine: what the project is to save. Only the engine understands it */
    struct record to_engine[RING_RECORDS];
    struct record to_plugin[RING_RECORDS];
};

/* Of each word but the check: FNV-1a over 32-bit words, begun with another number lest zeros fit. */
static inline uint32_t record_check(const struct record *record) {
    uint32_t words[sizeof *record / 4], check = 2166136261u;
    memcpy(words, record, sizeof words);
    for (unsigned word = 0; word < sizeof *record / 4; word++) {
        if (word != 1) check = (check ^ words[word]) * 16777619u;
    }
    return check;
}

#endif
