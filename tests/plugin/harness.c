/* A host in C for the sanitizers: an audio thread runs blocks in which anything happens, while another thread saves the
project, and a process or thread composes. With -DHOOKS what an audio thread must not call ends the program.

    harness BUNDLE BLOCKS    the plugin as a host loads it, with the engine of a bundle
    harness - BLOCKS         the core alone; what comes from the engine is often damaged

Prints how many notes sounded; fails if one is without an end. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core.h"
#include "lv2_abi.h"
#include "nap.h"
#include "ring.h"

#define MOST_FRAMES 2048
#define BUFFER_BYTES 65536

static __thread bool in_audio;

#ifdef HOOKS
static void check(const char *name) {
    if (!in_audio) return;
    in_audio = false;
    fprintf(stderr, "the audio thread calls %s\n", name);
    _exit(3);
}
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);
void *malloc(size_t size) { return check("malloc"), __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return check("calloc"), __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return check("realloc"), __libc_realloc(old, size); }
void free(void *old) { check("free"), __libc_free(old); }
/* The linker gives the plugin's calls to these: -Wl,--wrap=NAME. */
#define WRAP(type, name, declared, passed)                                                                             \
    type __real_##name declared;                                                                                       \
    type __wrap_##name declared { return check(#name), __real_##name passed; }
WRAP(int, pthread_mutex_lock, (pthread_mutex_t *lock), (lock))
WRAP(int, pthread_cond_signal, (pthread_cond_t *woken), (woken))
WRAP(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
WRAP(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode))
WRAP(int, close, (int descriptor), (descriptor))
WRAP(int, kill, (pid_t pid, int number), (pid, number))
WRAP(int, waitpid, (pid_t pid, int *status, int how), (pid, status, how))
#endif

static bool sounding[16][128];
static unsigned long begun, hanging;

static void hear(const uint8_t *data) {
    bool *note = &sounding[data[0] & 15][data[1] & 127];
    if ((data[0] & 0xf0) == 0x90) {
        begun++;
        hanging += *note;
        *note = true;
    } else if ((data[0] & 0xf0) == 0x80) {
        *note = false;
    }
}

static int random_to(unsigned *numbers, int most) { return rand_r(numbers) % (most + 1); }

static double odd_number(unsigned *numbers) {
    static const double odd[] = {0, -1, 1e308, -1e308, INFINITY, NAN, 0.5, 3.999999, 120, 1e-9};
    return odd[random_to(numbers, 9)];
}

static bool finish(void) {
    for (int channel = 0; channel < 16; channel++) {
        for (int pitch = 0; pitch < 128; pitch++) hanging += sounding[channel][pitch];
    }
    printf("%lu notes, %lu hang\n", begun, hanging);
    return !hanging;
}

/* ---- the core alone ---- */

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

static bool run_core(int blocks) {
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
    return finish();
}

/* ---- the plugin ---- */

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

static bool run_plugin(const char *bundle, int blocks) {
    static struct run run;
    LV2_URID_Map map = {NULL, map_uri};
    LV2_Feature feature = {LV2_URID__map, &map};
    const LV2_Feature *features[] = {&feature, NULL};
    pthread_t audio;
    run.plugin = lv2_descriptor(0);
    run.blocks = blocks;
    run.handle = run.plugin->instantiate(run.plugin, 48000, bundle, features);
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
    return finish();
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    int blocks = atoi(arguments[2]);
    return !(strcmp(arguments[1], "-") ? run_plugin(arguments[1], blocks) : run_core(blocks));
}
