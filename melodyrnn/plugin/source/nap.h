/* A short rest, for threads that may wait. */
#ifndef MELODYRNN_NAP_H
#define MELODYRNN_NAP_H

#include <time.h>

static inline void nap(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, 0);
}

#endif
