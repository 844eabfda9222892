/* The plugin in an LV2 host. */
#include "lv2_abi.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "nap.h"
#include "parameters.h"
#include "ring.h"

#define BUFFER_BYTES 65536

extern const LV2_Descriptor *lv2_descriptor(uint32_t index);

static LV2_URID map_uri(void *handle, const char *uri) {
    static char known[64][128];
    (void)handle;
    for (uint32_t urid = 0; urid < 64; urid++) {
        if (!*known[urid]) snprintf(known[urid], sizeof known[urid], "%s", uri);
        if (!strcmp(known[urid], uri)) return urid + 1;
    }
    return 0;
}

struct buffer {
    _Alignas(8) LV2_Atom_Sequence sequence;
    char events[BUFFER_BYTES];
};

static void append(struct buffer *buffer, uint32_t frame, const void *atom, uint32_t size) {
    char *at = (char *)&buffer->sequence + sizeof(LV2_Atom) + buffer->sequence.atom.size;
    int64_t frames = frame;
    memcpy(at, &frames, sizeof frames);
    memcpy(at + sizeof frames, atom, size);
    buffer->sequence.atom.size += (uint32_t)sizeof frames + lv2_padded(size);
}

static void append_position(struct buffer *buffer, uint32_t frame, double speed, double bar, double beat) {
    static const char *names[] = {"speed", "bar", "barBeat", "beatsPerMinute"};
    double values[] = {speed, bar, beat, 240};
    struct {
        LV2_Atom_Object object;
        struct {
            LV2_Atom_Property property;
            double value;
        } rows[4];
    } position = {.object = {{0, map_uri(NULL, LV2_ATOM_PREFIX "Object")}, 0, map_uri(NULL, LV2_TIME_PREFIX "Position")}};
    position.object.atom.size = sizeof position - sizeof(LV2_Atom);
    for (int row = 0; row < 4; row++) {
        char uri[128];
        snprintf(uri, sizeof uri, LV2_TIME_PREFIX "%s", names[row]);
        position.rows[row].property.key = map_uri(NULL, uri);
        position.rows[row].property.context = 0;
        position.rows[row].property.value = (LV2_Atom){8, map_uri(NULL, LV2_ATOM_PREFIX "Double")};
        position.rows[row].value = values[row];
    }
    append(buffer, frame, &position, sizeof position);
}

struct run {
    const LV2_Descriptor *plugin;
    LV2_Handle handle;
    int blocks;
    struct buffer in, out;
    float controls[4 + PARAMETER_COUNT];
    bool done;
};

static void *run_audio(void *given) {
    struct run *run = given;
    unsigned numbers = 2;
    for (int block = 0; block <= run->blocks; block++) {
        bool last = block == run->blocks;
        uint32_t frames = 1 + (uint32_t)random_to(&numbers, MOST_FRAMES - 1);
        run->in.sequence = (LV2_Atom_Sequence){{8, map_uri(NULL, LV2_ATOM_PREFIX "Sequence")}, 0, 0};
        run->out.sequence.atom.size = BUFFER_BYTES + 8;
        bool moves = last || !random_to(&numbers, 100);
        double speed = last ? 0 : random_to(&numbers, 5) > 0;
        if (moves) append_position(&run->in, frames / 2, speed, random_to(&numbers, 9), random_to(&numbers, 3));
        run->controls[0] = last || random_to(&numbers, 100) > 0;
        run->controls[4 + PARAMETER_TEMPERATURE] = random_to(&numbers, 300) ? 1 : 0.5f;
        in_audio = true;
        run->plugin->run(run->handle, frames);
        in_audio = false;
        const char *at = (const char *)(&run->out.sequence + 1);
        const char *end = at + run->out.sequence.atom.size - 8;
        while (at < end) {
            const LV2_Atom_Event *event = (const void *)at;
            hear((const uint8_t *)(event + 1));
            at += sizeof *event + lv2_padded(event->body.size);
        }
        nap(0.0005);
    }
    STORE(run->done, true);
    return NULL;
}

static LV2_State_Status store(void *to, uint32_t key, const void *value, size_t size, uint32_t type, uint32_t flags) {
    (void)to, (void)key, (void)value, (void)size, (void)type, (void)flags;
    return LV2_STATE_SUCCESS;
}

bool run_lv2(const char *folder, int blocks) {
    static struct run run;
    LV2_URID_Map map = {NULL, map_uri};
    LV2_Feature feature = {LV2_URID__map, &map};
    const LV2_Feature *features[] = {&feature, NULL};
    pthread_t audio;
    run.plugin = lv2_descriptor(0);
    run.blocks = blocks;
    run.handle = run.plugin->instantiate(run.plugin, 48000, folder, features);
    if (!run.handle) return false;
    run.plugin->connect_port(run.handle, 0, &run.in);
    run.plugin->connect_port(run.handle, 1, &run.out);
    for (uint32_t control = 0; control < 4 + PARAMETER_COUNT; control++) {
        if (control >= 4) run.controls[control] = PARAMETERS[control - 4].initial;
        run.plugin->connect_port(run.handle, 2 + control, &run.controls[control]);
    }
    run.plugin->activate(run.handle);
    const LV2_State_Interface *state = run.plugin->extension_data(LV2_STATE__interface);
    pthread_create(&audio, NULL, run_audio, &run);
    while (!LOAD(run.done)) {
        state->save(run.handle, store, NULL, 0, features);
        nap(0.002);
    }
    pthread_join(audio, NULL);
    run.plugin->cleanup(run.handle);
    return true;
}
