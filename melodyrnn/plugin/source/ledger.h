/* The notes that sound, and when each is to end: every note-on is paid by its note-off. */
#ifndef MELODYRNN_LEDGER_H
#define MELODYRNN_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

enum { LEDGER_NOTES = 256 };

struct sounding {
    double end; /* in pulses that have been played */
    uint8_t channel, pitch;
};

struct ledger {
    struct sounding notes[LEDGER_NOTES];
    int count;
};

/* The one that ends first, or NULL. */
static inline struct sounding *ledger_first(struct ledger *ledger) {
    struct sounding *first = ledger->count ? ledger->notes : 0;
    for (int note = 1; note < ledger->count; note++) {
        if (ledger->notes[note].end < first->end) first = &ledger->notes[note];
    }
    return first;
}

/* The one of a channel and pitch, or NULL. */
static inline struct sounding *ledger_find(struct ledger *ledger, uint8_t channel, uint8_t pitch) {
    for (int note = 0; note < ledger->count; note++) {
        struct sounding *sounding = &ledger->notes[note];
        if (sounding->channel == channel && sounding->pitch == pitch) return sounding;
    }
    return 0;
}

static inline bool ledger_is_full(const struct ledger *ledger) { return ledger->count == LEDGER_NOTES; }

static inline void ledger_add(struct ledger *ledger, double end, uint8_t channel, uint8_t pitch) {
    ledger->notes[ledger->count++] = (struct sounding){end, channel, pitch};
}

static inline void ledger_remove(struct ledger *ledger, struct sounding *sounding) {
    *sounding = ledger->notes[--ledger->count];
}

#endif
