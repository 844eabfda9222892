/* The plugin in a CLAP host: the main thread reads and sets what it may while blocks run. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clap_abi.h"
#include "harness.h"
#include "nap.h"
#include "ring.h"

enum { MOST_EVENTS = 4, STREAM_BYTES = 200000, STATUS = 1001, MODEL = 1002 };

extern const clap_plugin_entry clap_entry;

union event {
    clap_event_header header;
    clap_event_param_value change;
    clap_event_note note;
    clap_event_midi midi;
    clap_event_transport transport;
};

struct run {
    const clap_plugin *plugin;
    int blocks;
    bool called, done; /* called: the plugin wants the main thread */
    unsigned texts;    /* that the plugin has said */
};

/* ---- what the plugin calls ---- */

static struct run *run_of(const clap_host *host) { return host->host_data; }

static void rescan(const clap_host *host, uint32_t flags) { (void)host, (void)flags; }

static void log_text(const clap_host *host, int32_t severity, const char *text) {
    (void)severity;
    run_of(host)->texts += *text != 0;
}

static void mark_dirty(const clap_host *host) { (void)host; }

static const void *get_extension(const clap_host *host, const char *id) {
    static const clap_host_params params = {rescan, NULL, NULL};
    static const clap_host_log log = {log_text};
    static const clap_host_state state = {mark_dirty};
    (void)host;
    if (!strcmp(id, CLAP_EXT_PARAMS)) return &params;
    if (!strcmp(id, CLAP_EXT_LOG)) return &log;
    return strcmp(id, CLAP_EXT_STATE) ? NULL : &state;
}

static void request(const clap_host *host) { (void)host; }

static void request_callback(const clap_host *host) { STORE(run_of(host)->called, true); }

/* ---- blocks ---- */

struct events {
    union event rows[MOST_EVENTS];
    uint32_t count;
};

static uint32_t event_count(const clap_input_events *in) { return ((const struct events *)in->context)->count; }

static const clap_event_header *event_at(const clap_input_events *in, uint32_t index) {
    return &((const struct events *)in->context)->rows[index].header;
}

static bool take(const clap_output_events *out, const clap_event_header *event) {
    (void)out;
    uint8_t data[3] = {0};
    if (event->type == CLAP_EVENT_MIDI) {
        memcpy(data, ((const clap_event_midi *)(const void *)event)->data, 3);
    } else {
        const clap_event_note *note = (const void *)event;
        data[0] = (uint8_t)((event->type == CLAP_EVENT_NOTE_ON ? 0x90 : 0x80) | note->channel);
        data[1] = (uint8_t)note->key;
    }
    hear(data);
    return true;
}

static clap_event_transport transport_at(double beats, bool plays) {
    clap_event_transport at = {.header = {sizeof at, 0, 0, CLAP_EVENT_TRANSPORT, 0}, .tempo = 240};
    at.flags = CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_BEATS_TIMELINE | CLAP_TRANSPORT_HAS_TIME_SIGNATURE;
    if (plays) at.flags |= CLAP_TRANSPORT_IS_PLAYING;
    at.tsig_num = at.tsig_denom = 4;
    at.bar_number = (int32_t)floor(beats / 4);
    at.bar_start = (int64_t)(at.bar_number * 4 * CLAP_FIXED_POINT);
    at.song_pos_beats = (int64_t)(beats * CLAP_FIXED_POINT);
    return at;
}

static void fill(struct events *events, unsigned *numbers, uint32_t frames) {
    events->count = 0;
    if (!random_to(numbers, 3)) {
        static const uint32_t ids[] = {0, 1, 8, 12, 13, 1000, MODEL, 77};
        clap_event_param_value change = {.header = {sizeof change, 0, 0, CLAP_EVENT_PARAM_VALUE, 0}};
        change.param_id = ids[random_to(numbers, 7)];
        change.value = change.param_id == 1000 ? !random_to(numbers, 9) : random_to(numbers, 3) - 1;
        if (!random_to(numbers, 9)) change.value = NAN;
        events->rows[events->count++].change = change;
    }
    if (!random_to(numbers, 3)) {
        static bool held;
        clap_event_note note = {.header = {sizeof note, frames / 2, 0, CLAP_EVENT_NOTE_ON, 0}, .velocity = 0.5};
        if (held) note.header.type = (uint16_t)(1 + random_to(numbers, 1));
        note.channel = random_to(numbers, 9) ? 5 : 16; /* there is no channel 16; the engine's keys are above 0 */
        if (note.channel == 5) held = !held;
        events->rows[events->count++].note = note;
    }
    if (!random_to(numbers, 9)) {
        double there = random_to(numbers, 40) - 3;
        events->rows[events->count++].transport = transport_at(there, random_to(numbers, 4) > 0);
        events->rows[events->count - 1].header.time = frames * 2; /* beyond the block */
    }
}

static void *run_audio(void *given) {
    struct run *run = given;
    struct events events = {.count = 0};
    unsigned numbers = 3;
    double beats = 0;
    for (int block = 0; block <= run->blocks; block++) {
        bool last = block == run->blocks;
        uint32_t frames = 1 + (uint32_t)random_to(&numbers, MOST_FRAMES - 1);
        if (!random_to(&numbers, 100)) beats = random_to(&numbers, 30) - 2;
        clap_event_transport transport = transport_at(beats, !last);
        clap_input_events in = {&events, event_count, event_at};
        clap_output_events out = {NULL, take};
        clap_process process = {.frames_count = frames, .in_events = &in, .out_events = &out};
        process.transport = last || random_to(&numbers, 50) ? &transport : NULL;
        events.count = 0;
        if (!last) fill(&events, &numbers, frames);
        if (last) { /* what came in and went out is let go, too */
            clap_event_param_value panic = {.header = {sizeof panic, 0, 0, CLAP_EVENT_PARAM_VALUE, 0}, .param_id = 13};
            events.rows[events.count++].change = panic;
            panic.value = 1;
            events.rows[events.count++].change = panic;
        }
        in_audio = true;
        run->plugin->process(run->plugin, &process);
        in_audio = false;
        beats += frames / 12000.0;
        nap(0.0005);
    }
    STORE(run->done, true);
    return NULL;
}

/* ---- the main thread ---- */

struct stream {
    char content[STREAM_BYTES];
    size_t size, at;
};

static int64_t write_some(const clap_ostream *to, const void *from, uint64_t size) {
    struct stream *stream = to->context;
    if (size > 1000) size = 1000; /* a host may take less than it is given */
    if (stream->size + size > STREAM_BYTES) return -1;
    memcpy(stream->content + stream->size, from, size);
    stream->size += size;
    return (int64_t)size;
}

static int64_t read_some(const clap_istream *from, void *to, uint64_t size) {
    struct stream *stream = from->context;
    if (size > 700) size = 700;
    if (size > stream->size - stream->at) size = stream->size - stream->at;
    memcpy(to, stream->content + stream->at, size);
    stream->at += size;
    return (int64_t)size;
}

static bool fail(const char *what, uint32_t id) {
    fprintf(stderr, "%s, parameter %u\n", what, id);
    return false;
}

/* Every parameter says its name, its values are legal, and each value has a text that means it. */
static bool check_parameters(const clap_plugin *plugin) {
    const clap_plugin_params *params = plugin->get_extension(plugin, CLAP_EXT_PARAMS);
    for (uint32_t index = 0; index < params->count(plugin); index++) {
        clap_param_info info;
        char text[256];
        double value;
        if (!params->get_info(plugin, index, &info) || !*info.name) return fail("says nothing", index);
        if (!params->get_value(plugin, info.id, &value)) return fail("has no value", info.id);
        if (value < info.min_value || value > info.max_value || info.min_value >= info.max_value) {
            return fail("is out of its range", info.id);
        }
        double step = fmax(1, (info.max_value - info.min_value) / 30);
        for (double at = info.min_value; at <= info.max_value; at += step) {
            if (!params->value_to_text(plugin, info.id, at, text, sizeof text) || !*text) return fail("no text", info.id);
            if (info.id == STATUS) continue; /* which another process changes */
            if (!params->text_to_value(plugin, info.id, text, &value)) return fail("a text without a value", info.id);
            double most = info.flags & CLAP_PARAM_IS_STEPPED ? 0.5 : 0.006;
            if (fabs(value - at) > most) return fail("a text of another value", info.id);
        }
    }
    return true;
}

static bool save_and_load(const clap_plugin *plugin, bool damaged) {
    static struct stream stream;
    const clap_plugin_state *state = plugin->get_extension(plugin, CLAP_EXT_STATE);
    stream.size = stream.at = 0;
    if (!state->save(plugin, &(clap_ostream){&stream, write_some})) return false;
    if (damaged) stream.size /= 2;
    return state->load(plugin, &(clap_istream){&stream, read_some}) != damaged;
}

bool run_clap(const char *folder, int blocks) {
    static struct run run;
    char path[4096];
    const clap_host host = {{1, 2, 0}, &run, "host", "", "", "1", get_extension, request, request, request_callback};
    snprintf(path, sizeof path, "%s/melodyrnn.clap", folder);
    if (!clap_entry.init(path)) return false;
    const clap_plugin_factory *factory = clap_entry.get_factory(CLAP_PLUGIN_FACTORY_ID);
    const clap_plugin *plugin = factory->create_plugin(factory, &host, factory->get_plugin_descriptor(factory, 0)->id);
    if (!plugin || !plugin->init(plugin) || !plugin->activate(plugin, 48000, 1, MOST_FRAMES)) return false;
    plugin->start_processing(plugin);
    run.plugin = plugin;
    run.blocks = blocks;
    pthread_t audio;
    pthread_create(&audio, NULL, run_audio, &run);
    bool well = true;
    for (int round = 0; !LOAD(run.done); round++) {
        if (__atomic_exchange_n(&run.called, false, __ATOMIC_ACQ_REL)) plugin->on_main_thread(plugin);
        if (round % 20 == 0) well = well && check_parameters(plugin);
        if (round % 50 == 49) well = well && save_and_load(plugin, round % 100 == 99);
        nap(0.002);
    }
    pthread_join(audio, NULL);
    plugin->stop_processing(plugin);
    plugin->deactivate(plugin);
    plugin->destroy(plugin);
    clap_entry.deinit();
    return well && run.texts > 0;
}
