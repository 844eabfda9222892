/* The bars of music that came from the engine, each at hand when the song comes to it, or back to it. */
#ifndef MELODYRNN_BARS_H
#define MELODYRNN_BARS_H

#include <stdbool.h>

#include "protocol.h"

struct note {
    double onset, duration; /* in pulses, the onset from the bar line */
    uint8_t channel, pitch, velocity;
};

struct bar {
    bool there, keep;
    int32_t number;
    uint32_t generation;
    uint16_t numerator, denominator; /* of the time signature that it was composed in */
    uint32_t count;
    struct note notes[MOST_NOTES]; /* in order of onset */
};

struct bars {
    struct bar slots[STORED_BARS];
    struct bar coming; /* of which not all notes have come */
    uint32_t awaited;
};

/* Whether generation a is that of b or a later one. They count modulo 2^32. */
static inline bool is_as_new(uint32_t a, uint32_t b) { return (int32_t)(a - b) >= 0; }

/* Take a record from the engine. What is no music is left out: nothing it says is trusted. */
void bars_take(struct bars *bars, const struct record *record);

/* The bar of that number in a time signature, if it is there and its generation as new as `wanted`; else NULL. */
const struct bar *bars_find(const struct bars *bars, int32_t number, uint32_t wanted, uint16_t numerator,
                            uint16_t denominator);

/* Drop the bars that are not the same when the song comes back to them. */
void bars_go_elsewhere(struct bars *bars);

#endif
