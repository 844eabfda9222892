/* What the audio thread does, for any plugin format: it plays what is due in a block, tells the engine where the song
is, and ends what sounds. It takes no memory, no lock and no file, and waits only where the host is offline. */
#ifndef MELODYRNN_CORE_H
#define MELODYRNN_CORE_H

#include "bars.h"
#include "ledger.h"
#include "line.h"
#include "parameters.h"
#include "timeline.h"
#include "wanted.h"

/* Where MIDI messages go. `frame` counts from the start of the block and never falls; false: there is no room. */
struct sink {
    bool (*write)(void *to, uint32_t frame, const uint8_t *data, uint32_t size);
    void *to;
};

struct core {
    double rate; /* frames a second */
    struct line line;
    struct bars bars;
    struct ledger ledger;
    struct wanted wanted;
    struct timeline timeline;
    uint64_t taken; /* records from the engine */
    uint32_t generation;
    float parameters[PARAMETER_COUNT];
    bool enabled;
    bool opened;        /* until the first block after it was made or given a state: no button is pressed by that */
    bool given;         /* set by other threads: a model or a state was given */
    bool gave_up;       /* waiting in vain; no more until the engine sends something */
    uint8_t through[16][16]; /* a bit a pitch: the player's notes that were passed on */

    /* The block. */
    struct sink sink;
    bool offline;
    uint64_t block, now, end; /* its first frame; the one up to which all is done; the one after its last */
    uint32_t last_frames;     /* of the block before */
    double cursor;            /* the place up to which notes have been played */
    double least_off, most_off; /* pulses that the host has said more than expected, while it was thought to round */
    double told;              /* the last whole pulse, counted from the bar line that the host said last, told */
    int32_t missing;          /* the last bar that was not there in time */
    uint32_t late_bars;       /* how many were not */
};

void core_init(struct core *core, struct memory *memory);

/* The host is going to run blocks at this rate. What an earlier run left sounding ends in the first of them. */
void core_activate(struct core *core, double rate);

/* A block of the host: begin it, say in order of frames what happens in it, and end it. */
void core_begin(struct core *core, uint32_t frames, bool offline, struct sink sink);
void core_transport(struct core *core, uint32_t frame, struct transport transport);
void core_midi(struct core *core, uint32_t frame, const uint8_t *data, uint32_t size);
/* How many bytes a message has by its first one; 0 for none that is music, such as a system exclusive one. */
uint32_t core_midi_size(uint8_t status);
void core_parameter(struct core *core, uint32_t frame, uint32_t number, float value);
void core_enable(struct core *core, uint32_t frame, bool enabled);
void core_end(struct core *core);

#endif
