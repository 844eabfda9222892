/* One record in or out of a ring, word by word, so that another thread or process may touch it at the same time. */
#ifndef MELODYRNN_RING_H
#define MELODYRNN_RING_H

#include <stdbool.h>

#include "protocol.h"

#define LOAD(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)
#define STORE(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELEASE)

enum { RECORD_WORDS = sizeof(struct record) / 4 };

/* The record that `index` others came before; false if it is not there yet, or not whole. */
static inline bool ring_read(struct record *ring, uint64_t index, struct record *record) {
    uint32_t *slot = (uint32_t *)(void *)&ring[index % RING_RECORDS], words[RECORD_WORDS];
    for (int word = 0; word < RECORD_WORDS; word++) words[word] = __atomic_load_n(slot + word, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    memcpy(record, words, sizeof words);
    return record->number_in_ring == (uint32_t)(index + 1) && record->check == record_check(record);
}

/* Put a record where `index` others came before. */
static inline void ring_write(struct record *ring, uint64_t index, struct record record) {
    uint32_t *slot = (uint32_t *)(void *)&ring[index % RING_RECORDS], words[RECORD_WORDS];
    record.number_in_ring = (uint32_t)(index + 1);
    record.check = record_check(&record);
    memcpy(words, &record, sizeof words);
    for (int word = 0; word < RECORD_WORDS; word++) __atomic_store_n(slot + word, words[word], __ATOMIC_RELAXED);
}

#endif
