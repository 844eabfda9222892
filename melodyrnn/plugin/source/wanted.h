/* Which generation of music is wanted in which bar: a change holds from a bar line on, the bars before stay as they are. */
#ifndef MELODYRNN_WANTED_H
#define MELODYRNN_WANTED_H

#include <stdint.h>

enum { MOST_CHANGES = 4 }; /* that lie ahead: a change holds from one of the next two bars on */

struct wanted {
    uint32_t base; /* before all changes */
    int count;
    struct {
        uint32_t generation;
        int32_t from;
    } changes[MOST_CHANGES]; /* in order of bars and of generations */
};

static inline uint32_t wanted_in(const struct wanted *wanted, int32_t bar) {
    uint32_t generation = wanted->base;
    for (int change = 0; change < wanted->count && wanted->changes[change].from <= bar; change++) {
        generation = wanted->changes[change].generation;
    }
    return generation;
}

/* A later generation is wanted from a bar on. */
static inline void wanted_change(struct wanted *wanted, uint32_t generation, int32_t from) {
    while (wanted->count && wanted->changes[wanted->count - 1].from >= from) wanted->count--;
    if (wanted->count == MOST_CHANGES) wanted->count--;
    wanted->changes[wanted->count].generation = generation;
    wanted->changes[wanted->count++].from = from;
}

/* A generation is wanted in every bar. */
static inline void wanted_everywhere(struct wanted *wanted, uint32_t generation) {
    wanted->base = generation;
    wanted->count = 0;
}

/* The song has come to a bar: changes up to there are no changes any more. */
static inline void wanted_pass(struct wanted *wanted, int32_t bar) {
    int passed = 0;
    while (passed < wanted->count && wanted->changes[passed].from <= bar) {
        wanted->base = wanted->changes[passed++].generation;
    }
    wanted->count -= passed;
    for (int change = 0; change < wanted->count; change++) wanted->changes[change] = wanted->changes[change + passed];
}

#endif
