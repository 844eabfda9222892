/* The core alone. */
#include "core.h"

#include <pthread.h>
#include <stdlib.h>

#include "harness.h"
#include "nap.h"
#include "ring.h"

static double odd_number(unsigned *numbers) {
    static const double odd[] = {0, -1, 1e308, -1e308, INFINITY, NAN, 0.5, 3.999999, 120, 1e-9};
    return odd[random_to(numbers, 9)];
}

static bool stopping;

static void *damaging_engine(void *given) {
    struct memory *memory = given;
    unsigned numbers = 5;
    uint64_t sent = 0, taken = 0;
    struct record record;
    int32_t bar = 0;
    uint32_t generation = 0;
    while (!LOAD(stopping)) {
        for (; ring_read(memory->to_engine, taken, &record); taken++) bar = record.bar, generation = record.generation;
        STORE(memory->engine_taken, taken);
        STORE(memory->answered, taken);
        STORE(memory->attached, LOAD(memory->start));
        STORE(memory->heartbeat, memory->heartbeat + 1);
        STORE(memory->status, STATUS_READY);
        for (int32_t next = bar; next < bar + 3; next++) {
            if (sent + 2 * MOST_NOTES > LOAD(memory->taken) + RING_RECORDS) break;
            int count = random_to(&numbers, 40);
            bool damaged = !random_to(&numbers, 3);
            struct record head = {.kind = RECORD_BAR, .generation = generation, .bar = next, .numerator = 4};
            head.denominator = 4;
            head.flags = BAR_KEEP;
            head.number = (uint32_t)(damaged ? random_to(&numbers, 100000) : count);
            ring_write(memory->to_plugin, sent++, head);
            for (int note = 0; note < count; note++) {
                struct record one = {.kind = RECORD_NOTE, .generation = generation, .bar = next};
                one.pulse = damaged ? odd_number(&numbers) : note * 96.0 / count;
                one.value = damaged ? odd_number(&numbers) : 7;
                for (int byte = 0; byte < 3; byte++) one.data[byte] = (uint8_t)random_to(&numbers, damaged ? 255 : 15);
                ring_write(memory->to_plugin, sent++, one);
            }
        }
        nap(0.0002);
    }
    return NULL;
}

static bool write_message(void *to, uint32_t frame, const uint8_t *data, uint32_t size) {
    (void)frame;
    int *room = to;
    if (size > 3 || (*room)-- <= 0) return false;
    hear(data);
    return true;
}

bool run_core(const char *nothing, int blocks) {
    (void)nothing;
    struct memory *memory = calloc(1, sizeof *memory);
    struct core *core = malloc(sizeof *core);
    pthread_t engine;
    unsigned numbers = 1;
    memory->start = 1;
    core_init(core, memory);
    pthread_create(&engine, NULL, damaging_engine, memory);
    for (int block = 0; block <= blocks; block++) {
        bool last = block == blocks;
        int room = last ? 100000 : random_to(&numbers, 200);
        uint32_t frames = (uint32_t)random_to(&numbers, MOST_FRAMES), frame = frames / 2;
        if (!random_to(&numbers, 200)) core_activate(core, 1000 + random_to(&numbers, 200000));
        in_audio = true;
        core_begin(core, frames, false, (struct sink){write_message, &room});
        if (last || !random_to(&numbers, 20)) {
            struct transport there = {!last, random_to(&numbers, 20) - 2, random_to(&numbers, 95), 120, 4, 4};
            if (!last && !random_to(&numbers, 9)) there.bpm = odd_number(&numbers);
            if (!last && !random_to(&numbers, 9)) there.pulse = odd_number(&numbers);
            if (!random_to(&numbers, 9)) there.numerator = (uint16_t)random_to(&numbers, 5);
            core_transport(core, frame, there);
        }
        if (!random_to(&numbers, 30)) core_parameter(core, frame, random_to(&numbers, 20), random_to(&numbers, 1));
        if (!random_to(&numbers, 50)) core_enable(core, frame, random_to(&numbers, 1));
        uint8_t data[3] = {(uint8_t)random_to(&numbers, 255), (uint8_t)random_to(&numbers, 127), 64};
        if ((data[0] & 0xe0) != 0x80) core_midi(core, frame, data, (uint32_t)random_to(&numbers, 3));
        core_end(core);
        in_audio = false;
        if (block % 16 == 0) nap(0.0005);
    }
    STORE(stopping, true);
    pthread_join(engine, NULL);
    free(core);
    free(memory);
    return true;
}
