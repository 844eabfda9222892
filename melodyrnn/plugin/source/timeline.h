/* Where the song is at a frame: what the host said last, and how it goes on from there. */
#ifndef MELODYRNN_TIMELINE_H
#define MELODYRNN_TIMELINE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

/* What a host says of a frame. */
struct transport {
    bool rolling;
    int32_t bar;
    double pulse; /* in the bar */
    double bpm;   /* quarter notes a minute, of the song as it sounds */
    uint16_t numerator, denominator;
};

static inline double bar_pulses(const struct transport *said) {
    return 4.0 * PULSES_PER_QUARTER * said->numerator / said->denominator;
}

/* Frames count from the first block on. Other places are pulses after the one that the host said last. */
struct timeline {
    struct transport said;
    uint64_t frame; /* of which it was said */
    double pulses_a_frame;
    double played; /* pulses that had been played by then, wherever the song went */
};

static inline double pulses_at(const struct timeline *line, uint64_t frame) {
    return (double)(int64_t)(frame - line->frame) * line->pulses_a_frame;
}

/* The frame nearest to a place, but none before `earliest`. */
static inline uint64_t frame_at(const struct timeline *line, double pulses, uint64_t earliest) {
    double frames = floor(pulses / line->pulses_a_frame + 0.5);
    double least = (double)(int64_t)(earliest - line->frame);
    return frames > least ? line->frame + (uint64_t)(int64_t)frames : earliest;
}

/* Places before this one are nearer to a frame before `frame`. */
static inline double bound_at(const struct timeline *line, uint64_t frame) {
    return pulses_at(line, frame) - 0.5 * line->pulses_a_frame;
}

/* The place of a pulse of a bar, as long as the time signature stays. */
static inline double place_of(const struct timeline *line, int32_t bar, double pulse) {
    return ((double)bar - line->said.bar) * bar_pulses(&line->said) + pulse - line->said.pulse;
}

/* The bar of a place, and the pulse in it. A place just before a bar line is on it: hosts round. */
static inline int32_t bar_at(const struct timeline *line, double place, double *pulse) {
    double length = bar_pulses(&line->said), after = line->said.pulse + place;
    double bars = floor(after / length + 1e-9);
    *pulse = fmax(after - bars * length, 0);
    return line->said.bar + (int32_t)fmin(fmax(bars, -1e9), 1e9);
}

#endif
