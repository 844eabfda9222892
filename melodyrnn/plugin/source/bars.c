#include "bars.h"

#include <math.h>
#include <stddef.h>

static uint32_t slot_of(int32_t number) { return (uint32_t)number % STORED_BARS; }

static void put_in_place(struct bars *bars) {
    const struct bar *coming = &bars->coming;
    struct bar *slot = &bars->slots[slot_of(coming->number)];
    if (slot->there && slot->number == coming->number && !is_as_new(coming->generation, slot->generation)) return;
    memcpy(slot, coming, offsetof(struct bar, notes) + coming->count * sizeof *coming->notes);
    slot->there = true;
}

static void begin(struct bars *bars, const struct record *record) {
    bars->coming = (struct bar){
        .keep = record->flags & BAR_KEEP,
        .number = record->bar,
        .generation = record->generation,
        .numerator = record->numerator,
        .denominator = record->denominator,
    };
    bars->awaited = record->number < MOST_NOTES ? record->number : MOST_NOTES;
    if (!bars->awaited) put_in_place(bars);
}

static void add(struct bars *bars, const struct record *record) {
    struct bar *coming = &bars->coming;
    const uint8_t *data = record->data;
    if (!bars->awaited || record->bar != coming->number || record->generation != coming->generation) return;
    bars->awaited--;
    bool is_note = isfinite(record->pulse) && record->pulse >= 0 && isfinite(record->value) && record->value > 0 &&
                   data[0] < 16 && data[1] < 128 && data[2] > 0 && data[2] < 128;
    if (is_note) {
        uint32_t at = coming->count++;
        for (; at > 0 && coming->notes[at - 1].onset > record->pulse; at--) coming->notes[at] = coming->notes[at - 1];
        coming->notes[at] = (struct note){record->pulse, record->value, data[0], data[1], data[2]};
    }
    if (!bars->awaited) put_in_place(bars);
}

void bars_take(struct bars *bars, const struct record *record) {
    if (record->kind == RECORD_BAR) begin(bars, record);
    if (record->kind == RECORD_NOTE) add(bars, record);
}

const struct bar *bars_find(const struct bars *bars, int32_t number, uint32_t wanted, uint16_t numerator,
                            uint16_t denominator) {
    const struct bar *slot = &bars->slots[slot_of(number)];
    bool fits = slot->there && slot->number == number && is_as_new(slot->generation, wanted) &&
                slot->numerator == numerator && slot->denominator == denominator;
    return fits ? slot : NULL;
}

void bars_go_elsewhere(struct bars *bars) {
    for (int slot = 0; slot < STORED_BARS; slot++) bars->slots[slot].there &= bars->slots[slot].keep;
}
