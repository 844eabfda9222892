/* A CLAP host that plays a song and prints each event that comes out: its frame, and the bytes that it is as MIDI.

    clap_host FILE.clap RATE BLOCK FRAMES HOW     HOW: beats, seconds, nothing (what the transport tells), or null */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clap_abi.h"

static uint32_t block_start;
static uint32_t event_count(const clap_input_events *events) {
    (void)events;
    return 0;
}

static const clap_event_header *event_at(const clap_input_events *events, uint32_t index) {
    (void)events, (void)index;
    return NULL;
}

static bool print_event(const clap_output_events *events, const clap_event_header *event) {
    (void)events;
    uint32_t frame = block_start + event->time;
    if (event->type == CLAP_EVENT_MIDI) {
        const clap_event_midi *midi = (const void *)event;
        printf("%u %d %d %d\n", frame, midi->data[0], midi->data[1], midi->data[2]);
    } else {
        const clap_event_note *note = (const void *)event;
        int status = (event->type == CLAP_EVENT_NOTE_ON ? 0x90 : 0x80) | note->channel;
        printf("%u %d %d %d\n", frame, status, note->key, (int)lround(note->velocity * 127));
    }
    return true;
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static const void *no_extension(const clap_host *host, const char *id) {
    (void)host, (void)id;
    return NULL;
}

static void request(const clap_host *host) { (void)host; }

static const clap_plugin *make(const clap_plugin_factory *factory, double rate) {
    static const clap_host host = {{1, 2, 0}, NULL, "host", "", "", "1", no_extension, request, request, request};
    const clap_plugin *plugin = factory->create_plugin(factory, &host, factory->get_plugin_descriptor(factory, 0)->id);
    if (!plugin || !plugin->init(plugin) || !plugin->activate(plugin, rate, 1, 8192)) fail("cannot be made");
    return plugin;
}

int main(int count, char **arguments) {
    if (count != 6) return 2;
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    const clap_plugin_entry *entry = library ? dlsym(library, "clap_entry") : NULL;
    if (!entry || !entry->init(arguments[1])) fail("cannot be loaded");
    const clap_plugin_factory *factory = entry->get_factory(CLAP_PLUGIN_FACTORY_ID);
    double rate = atof(arguments[2]);
    uint32_t block = (uint32_t)atoi(arguments[3]), frames = (uint32_t)atoi(arguments[4]);
    const char *how = arguments[5];
    const clap_plugin *plugin = make(factory, rate);
    const clap_plugin_render *render = plugin->get_extension(plugin, CLAP_EXT_RENDER);
    if (!render->set(plugin, 1) || !plugin->start_processing(plugin)) fail("cannot be started");
    for (block_start = 0; block_start < frames + 1; block_start += block) {
        bool plays = block_start < frames;
        double beats = block_start / rate * 2;
        clap_event_transport transport = {.header = {sizeof transport, 0, 0, CLAP_EVENT_TRANSPORT, 0}, .tempo = 120};
        transport.flags = CLAP_TRANSPORT_HAS_TEMPO | (plays ? CLAP_TRANSPORT_IS_PLAYING : 0u);
        if (!strcmp(how, "beats")) {
            transport.flags |= CLAP_TRANSPORT_HAS_BEATS_TIMELINE | CLAP_TRANSPORT_HAS_TIME_SIGNATURE;
            transport.tsig_num = 3;
            transport.tsig_denom = 4;
            transport.song_pos_beats = llround(beats * CLAP_FIXED_POINT);
            transport.bar_number = (int32_t)(beats / 3);
            transport.bar_start = llround(transport.bar_number * 3 * CLAP_FIXED_POINT);
        } else if (!strcmp(how, "seconds")) {
            transport.flags |= CLAP_TRANSPORT_HAS_SECONDS_TIMELINE;
            transport.song_pos_seconds = llround(block_start / rate * CLAP_FIXED_POINT);
        }
        clap_input_events in = {NULL, event_count, event_at};
        clap_output_events out = {NULL, print_event};
        clap_process process = {.frames_count = block_start + block > frames && plays ? frames - block_start : block};
        process.transport = strcmp(how, "null") ? &transport : NULL;
        process.in_events = &in;
        process.out_events = &out;
        if (plugin->process(plugin, &process) != CLAP_PROCESS_CONTINUE) fail("a block fails");
        if (process.frames_count < block) block_start = frames - block;
    }
    plugin->stop_processing(plugin);
    plugin->deactivate(plugin);
    plugin->destroy(plugin);
    entry->deinit();
    return 0;
}
