/* What the plugin tells its engine. The audio thread alone writes; it never waits, and drops nothing unseen: where the
ring is full, all that is to be known is sent again later. */
#ifndef MELODYRNN_LINE_H
#define MELODYRNN_LINE_H

#include <stdbool.h>

#include "protocol.h"

struct line {
    struct memory *memory;
    uint64_t sent;
    uint32_t synced; /* the start of the engine that has been told all; 0: none */
    bool lost;       /* a record did not fit */
};

/* Whether an engine reads that has to be told all. */
bool line_needs_all(struct line *line);

/* What is sent from now on tells all. */
void line_begin_all(struct line *line);

void line_send(struct line *line, struct record record);

/* Whether the engine has answered all that was sent. */
bool line_is_answered(const struct line *line);

#endif
