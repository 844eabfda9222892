/* An LV2 instrument for tests: each note-on and note-off is one sample, so that sound can be compared as notes are. What
comes on the same frame follows sample by sample. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lv2_abi.h"

#define CLICKS_URI "urn:melodyrnn:clicks"
#define SCALE (1.0f / (1 << 20))

enum { WAITING = 1024 };

struct clicks {
    LV2_URID midi;
    const LV2_Atom_Sequence *in;
    float *out[2];
    float waiting[WAITING];
    uint32_t count;
};

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate, const char *bundle,
                              const LV2_Feature *const *features) {
    (void)descriptor, (void)rate, (void)bundle;
    struct clicks *clicks = calloc(1, sizeof *clicks);
    for (; clicks && *features; features++) {
        const LV2_URID_Map *map = (*features)->data;
        if (!strcmp((*features)->URI, LV2_URID__map)) clicks->midi = map->map(map->handle, LV2_MIDI__MidiEvent);
    }
    return clicks;
}

static void connect_port(LV2_Handle handle, uint32_t port, void *data) {
    struct clicks *clicks = handle;
    if (port == 0) clicks->in = data;
    if (port == 1 || port == 2) clicks->out[port - 1] = data;
}

static void play_to(struct clicks *clicks, uint32_t *at, uint32_t frame) {
    for (; *at < frame; ++*at) {
        float sample = clicks->count ? clicks->waiting[0] : 0;
        if (clicks->count) memmove(clicks->waiting, clicks->waiting + 1, --clicks->count * sizeof sample);
        clicks->out[0][*at] = clicks->out[1][*at] = sample;
    }
}

static void run(LV2_Handle handle, uint32_t frames) {
    struct clicks *clicks = handle;
    const char *at = (const char *)(clicks->in + 1), *end = at + clicks->in->atom.size - 8;
    uint32_t frame = 0;
    while (at < end) {
        const LV2_Atom_Event *event = (const void *)at;
        const uint8_t *data = (const uint8_t *)(event + 1);
        at += sizeof *event + lv2_padded(event->body.size);
        if (event->body.type != clicks->midi || event->body.size != 3 || (data[0] & 0xe0) != 0x80) continue;
        play_to(clicks, &frame, (uint32_t)event->frames);
        int word = (data[0] & 0x1f) << 14 | data[1] << 7 | data[2];
        if (clicks->count < WAITING) clicks->waiting[clicks->count++] = (float)word * SCALE;
    }
    play_to(clicks, &frame, frames);
}

static void cleanup(LV2_Handle handle) { free(handle); }

__attribute__((visibility("default"))) const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    static const LV2_Descriptor descriptor = {CLICKS_URI, instantiate, connect_port, NULL, run, NULL, cleanup, NULL};
    return index ? NULL : &descriptor;
}
