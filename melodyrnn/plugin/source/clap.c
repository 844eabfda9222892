/* The plugin as CLAP. */
#include <stdio.h>
#include <stdlib.h>

#include "clap.h"
#include "ring.h"

#define ID "melodyrnn.plugin"
#define CLAP_VERSION {1, 2, 0}
#define MOST_DENOMINATOR 64

static char folder[4096]; /* of the binary */

/* ---- blocks ---- */

static bool push(void *to, uint32_t frame, const uint8_t *data, uint32_t size) {
    struct plugin *self = to;
    uint8_t kind = data[0] & 0xf0;
    if (size == 3 && (kind == 0x80 || kind == 0x90)) {
        bool begins = kind == 0x90 && data[2] > 0;
        clap_event_note note = {
            .header = {sizeof note, frame, 0, begins ? CLAP_EVENT_NOTE_ON : CLAP_EVENT_NOTE_OFF, 0},
            .note_id = -1,
            .channel = data[0] & 15,
            .key = data[1],
            .velocity = data[2] / 127.0,
        };
        return self->out->try_push(self->out, &note.header);
    }
    clap_event_midi midi = {.header = {sizeof midi, frame, 0, CLAP_EVENT_MIDI, 0}};
    memcpy(midi.data, data, size);
    return self->out->try_push(self->out, &midi.header);
}

/* Of a host that tells no beats the song is taken to begin with its seconds, or when it starts, in four quarters. */
static struct transport transport_of(struct plugin *self, const clap_event_transport *said) {
    struct transport transport = {.rolling = said->flags & CLAP_TRANSPORT_IS_PLAYING, .bpm = 120};
    if (said->flags & CLAP_TRANSPORT_HAS_TEMPO) transport.bpm = said->tempo;
    bool has_metre = said->flags & CLAP_TRANSPORT_HAS_TIME_SIGNATURE && said->tsig_num && said->tsig_denom &&
                     said->tsig_denom <= MOST_DENOMINATOR;
    transport.numerator = has_metre ? said->tsig_num : 4;
    transport.denominator = has_metre ? said->tsig_denom : 4;
    if (said->flags & CLAP_TRANSPORT_HAS_BEATS_TIMELINE) {
        transport.bar = said->bar_number;
        transport.pulse = (double)(said->song_pos_beats - said->bar_start) / CLAP_FIXED_POINT * PULSES_PER_QUARTER;
        return transport;
    }
    double seconds = said->flags & CLAP_TRANSPORT_HAS_SECONDS_TIMELINE
                         ? (double)said->song_pos_seconds / CLAP_FIXED_POINT
                         : (double)self->free_frames / self->core.rate;
    transport.pulse = seconds * transport.bpm / 60 * PULSES_PER_QUARTER;
    return transport;
}

static void hear(struct plugin *self, const clap_event_header *event, uint32_t frame) {
    if (event->space_id != 0) return;
    const void *whole = event;
    if (event->type == CLAP_EVENT_PARAM_VALUE) {
        const clap_event_param_value *change = whole;
        uint32_t id = change->param_id;
        plugin_set(self, id, change->value);
        if (id < PARAMETER_COUNT) core_parameter(&self->core, frame, id, plugin_value(self, id));
        if (id == ID_BYPASS) core_enable(&self->core, frame, !LOAD(self->bypassed));
    } else if (event->type == CLAP_EVENT_TRANSPORT) {
        core_transport(&self->core, frame, transport_of(self, whole));
    } else if (event->type == CLAP_EVENT_MIDI) {
        const clap_event_midi *midi = whole;
        core_midi(&self->core, frame, midi->data, core_midi_size(midi->data[0]));
    } else if (event->type <= CLAP_EVENT_NOTE_CHOKE) {
        const clap_event_note *note = whole;
        if (note->channel < 0 || note->channel > 15 || note->key < 0 || note->key > 127) return;
        bool begins = event->type == CLAP_EVENT_NOTE_ON;
        double velocity = begins ? fmin(fmax(note->velocity * 127, 1), 127) : 0;
        uint8_t data[3] = {(uint8_t)((begins ? 0x90 : 0x80) | note->channel), (uint8_t)note->key, (uint8_t)velocity};
        core_midi(&self->core, frame, data, sizeof data);
    }
}

/* What is set in the first frame holds there already, and so where the song starts in it. */
static void take_first(struct plugin *self, const clap_input_events *events) {
    for (uint32_t index = 0; index < events->size(events); index++) {
        const clap_event_header *event = events->get(events, index);
        if (event->time || event->space_id || event->type != CLAP_EVENT_PARAM_VALUE) continue;
        const clap_event_param_value *change = (const void *)event;
        plugin_set(self, change->param_id, change->value);
    }
}

static int32_t process(const clap_plugin *plugin, const clap_process *block) {
    struct plugin *self = plugin_of(plugin);
    struct core *core = &self->core;
    self->out = block->out_events;
    core_begin(core, block->frames_count, LOAD(self->offline), (struct sink){push, self});
    take_first(self, block->in_events);
    core_enable(core, 0, !LOAD(self->bypassed));
    for (uint32_t number = 0; number < PARAMETER_COUNT; number++) {
        core_parameter(core, 0, number, plugin_value(self, number)); /* those that a project has brought */
    }
    struct transport stands = core->timeline.said;
    stands.rolling = false; /* NULL: the host has no song */
    core_transport(core, 0, block->transport ? transport_of(self, block->transport) : stands);
    bool plays = block->transport && block->transport->flags & CLAP_TRANSPORT_IS_PLAYING;
    self->free_frames = plays ? self->free_frames + block->frames_count : 0;
    uint32_t count = block->in_events->size(block->in_events), last = block->frames_count ? block->frames_count - 1 : 0;
    for (uint32_t index = 0; index < count; index++) {
        const clap_event_header *event = block->in_events->get(block->in_events, index);
        hear(self, event, event->time < last ? event->time : last);
    }
    core_end(core);
    STORE(self->late_bars, core->late_bars);
    return CLAP_PROCESS_CONTINUE;
}

/* ---- the rest ---- */

static uint32_t note_port_count(const clap_plugin *plugin, bool is_input) {
    (void)plugin, (void)is_input;
    return 1;
}

static bool note_port_info(const clap_plugin *plugin, uint32_t index, bool is_input, clap_note_port_info *info) {
    (void)plugin;
    if (index) return false;
    *info = (clap_note_port_info){
        .supported_dialects = CLAP_NOTE_DIALECT_CLAP | CLAP_NOTE_DIALECT_MIDI,
        .preferred_dialect = CLAP_NOTE_DIALECT_CLAP,
    };
    snprintf(info->name, sizeof info->name, is_input ? "In" : "Out");
    return true;
}

static bool needs_real_time(const clap_plugin *plugin) {
    (void)plugin;
    return false;
}

static bool set_render_mode(const clap_plugin *plugin, int32_t mode) {
    STORE(plugin_of(plugin)->offline, mode == 1);
    return true;
}

static const void *get_extension(const clap_plugin *plugin, const char *id) {
    static const clap_plugin_note_ports note_ports = {note_port_count, note_port_info};
    static const clap_plugin_render render = {needs_real_time, set_render_mode};
    (void)plugin;
    if (!strcmp(id, CLAP_EXT_NOTE_PORTS)) return &note_ports;
    if (!strcmp(id, CLAP_EXT_PARAMS)) return &CLAP_PARAMETERS;
    if (!strcmp(id, CLAP_EXT_STATE)) return &CLAP_STATE;
    return strcmp(id, CLAP_EXT_RENDER) ? NULL : &render;
}

/* The engine has something to say; the keeper's thread knows. */
static void ask_for_main_thread(void *given) {
    struct plugin *self = given;
    self->host->request_callback(self->host);
}

static void on_main_thread(const clap_plugin *plugin) { plugin_on_main_thread(plugin_of(plugin)); }

static bool init(const clap_plugin *plugin) {
    struct plugin *self = plugin_of(plugin);
    models_read(&self->models, folder);
    for (uint32_t number = 0; number < PARAMETER_COUNT; number++) {
        plugin_set_value(self, number, PARAMETERS[number].initial);
    }
    self->keeper = keeper_new(folder, ask_for_main_thread, self);
    if (!self->keeper) return false;
    core_init(&self->core, keeper_memory(self->keeper));
    return true;
}

static void destroy(const clap_plugin *plugin) {
    struct plugin *self = plugin_of(plugin);
    if (self->keeper) keeper_free(self->keeper);
    free(self);
}

static bool activate(const clap_plugin *plugin, double rate, uint32_t least, uint32_t most) {
    (void)least, (void)most;
    if (!(rate > 0)) return false;
    core_activate(&plugin_of(plugin)->core, rate);
    return true;
}

static bool start_processing(const clap_plugin *plugin) {
    (void)plugin;
    return true;
}

static void do_nothing(const clap_plugin *plugin) { (void)plugin; }

static void reset(const clap_plugin *plugin) { core_activate(&plugin_of(plugin)->core, plugin_of(plugin)->core.rate); }

static const clap_plugin_descriptor *descriptor(const clap_plugin_factory *factory, uint32_t index) {
    static const char *const features[] = {"note-effect", "utility", NULL};
    static const clap_plugin_descriptor this = {
        CLAP_VERSION, ID, "melodyrnn", "The melodyrnn authors", "", "", "", "1",
        "Makes music on the host's timeline with a recurrent network, and answers what comes in.", features};
    (void)factory;
    return index ? NULL : &this;
}

static uint32_t count(const clap_plugin_factory *factory) {
    (void)factory;
    return 1;
}

static const clap_plugin *create(const clap_plugin_factory *factory, const clap_host *host, const char *id) {
    struct plugin *self = strcmp(id, ID) ? NULL : calloc(1, sizeof *self);
    if (!self) return NULL;
    self->host = host;
    self->plugin = (clap_plugin){
        descriptor(factory, 0), self,    init,          destroy,    activate, do_nothing, start_processing, do_nothing,
        reset,                  process, get_extension, on_main_thread,
    };
    return &self->plugin;
}

static bool enter(const char *path) {
    size_t length = strlen(path);
    while (length && path[length - 1] != '/' && path[length - 1] != '\\') length--;
    if (length >= sizeof folder) return false;
    snprintf(folder, sizeof folder, "%.*s", (int)length, length ? path : "");
    if (!length) strcpy(folder, ".");
    return true;
}

static void leave(void) {}

static const void *get_factory(const char *id) {
    static const clap_plugin_factory factory = {count, descriptor, create};
    return strcmp(id, CLAP_PLUGIN_FACTORY_ID) ? NULL : &factory;
}

extern const clap_plugin_entry clap_entry;
__attribute__((visibility("default"))) const clap_plugin_entry clap_entry = {CLAP_VERSION, enter, leave, get_factory};
