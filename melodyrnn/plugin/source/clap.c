/* The plugin as CLAP. */
#include <stdio.h>
#include <stdlib.h>

#include "clap_abi.h"
#include "core.h"
#include "keeper.h"
#include "ring.h"

#define ID "melodyrnn.plugin"
#define CLAP_VERSION {1, 2, 0}
#define MOST_DENOMINATOR 64

/* Parameters beside those of the table: ids never change. */
enum { ID_BYPASS = 1000, ID_STATUS = 1001, EXTRA_PARAMETERS = 2 };

static const char *const STATUSES[] = {"starting", "ready",     "model missing", "wrong version",
                                       "failed",   "no engine", "stalled"};
enum { STATUS_COUNT = sizeof STATUSES / sizeof *STATUSES };

static char folder[4096]; /* of the binary */

struct plugin {
    clap_plugin plugin;
    struct core core;
    struct keeper *keeper;
    /* What the main thread and the audio thread both know, as the bits of floats. */
    uint32_t values[PARAMETER_COUNT];
    bool bypassed, offline, active;
    int64_t free_frames; /* that a host without places has played since it started */
    const clap_output_events *out;
};

static struct plugin *of(const clap_plugin *plugin) { return plugin->plugin_data; }

static float value_of(struct plugin *self, uint32_t number) {
    uint32_t bits = LOAD(self->values[number]);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void set_value(struct plugin *self, uint32_t number, double given) {
    const struct parameter *row = &PARAMETERS[number];
    float value = (float)fmin(fmax(given, row->least), row->most);
    uint32_t bits;
    if (row->is_stepped) value = floorf(value);
    memcpy(&bits, &value, sizeof bits);
    STORE(self->values[number], bits);
}

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
        if (change->param_id < PARAMETER_COUNT) {
            set_value(self, change->param_id, change->value);
            core_parameter(&self->core, frame, change->param_id, value_of(self, change->param_id));
        } else if (change->param_id == ID_BYPASS) {
            STORE(self->bypassed, change->value > 0.5);
            core_enable(&self->core, frame, !LOAD(self->bypassed));
        }
    } else if (event->type == CLAP_EVENT_TRANSPORT) {
        core_transport(&self->core, frame, transport_of(self, whole));
    } else if (event->type == CLAP_EVENT_MIDI) {
        const clap_event_midi *midi = whole;
        uint8_t kind = midi->data[0] & 0xf0;
        core_midi(&self->core, frame, midi->data, kind == 0xc0 || kind == 0xd0 ? 2 : 3);
    } else if (event->type <= CLAP_EVENT_NOTE_CHOKE) {
        const clap_event_note *note = whole;
        if (note->channel < 0 || note->channel > 15 || note->key < 0 || note->key > 127) return;
        bool begins = event->type == CLAP_EVENT_NOTE_ON;
        double velocity = begins ? fmin(fmax(note->velocity * 127, 1), 127) : 0;
        uint8_t data[3] = {(uint8_t)((begins ? 0x90 : 0x80) | note->channel), (uint8_t)note->key, (uint8_t)velocity};
        core_midi(&self->core, frame, data, sizeof data);
    }
}

static int32_t process(const clap_plugin *plugin, const clap_process *block) {
    struct plugin *self = of(plugin);
    struct core *core = &self->core;
    self->out = block->out_events;
    core_begin(core, block->frames_count, LOAD(self->offline), (struct sink){push, self});
    core_enable(core, 0, !LOAD(self->bypassed));
    for (uint32_t number = 0; number < PARAMETER_COUNT; number++) {
        core_parameter(core, 0, number, value_of(self, number)); /* those that a project has brought */
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
    return CLAP_PROCESS_CONTINUE;
}

/* ---- parameters ---- */

static uint32_t parameter_count(const clap_plugin *plugin) {
    (void)plugin;
    return PARAMETER_COUNT + EXTRA_PARAMETERS;
}

static bool parameter_info(const clap_plugin *plugin, uint32_t index, clap_param_info *info) {
    (void)plugin;
    if (index >= PARAMETER_COUNT + EXTRA_PARAMETERS) return false;
    *info = (clap_param_info){.id = index, .max_value = 1};
    if (index < PARAMETER_COUNT) {
        const struct parameter *row = &PARAMETERS[index];
        info->flags = CLAP_PARAM_IS_AUTOMATABLE | CLAP_PARAM_REQUIRES_PROCESS;
        if (row->is_stepped) info->flags |= CLAP_PARAM_IS_STEPPED;
        if (row->choices) info->flags |= CLAP_PARAM_IS_ENUM;
        info->min_value = row->least;
        info->max_value = row->most;
        info->default_value = row->initial;
        snprintf(info->name, sizeof info->name, "%s", row->name);
    } else if (index == PARAMETER_COUNT) {
        info->id = ID_BYPASS;
        info->flags = CLAP_PARAM_IS_STEPPED | CLAP_PARAM_IS_BYPASS | CLAP_PARAM_IS_AUTOMATABLE;
        snprintf(info->name, sizeof info->name, "Bypass");
    } else {
        info->id = ID_STATUS;
        info->flags = CLAP_PARAM_IS_STEPPED | CLAP_PARAM_IS_READONLY | CLAP_PARAM_IS_ENUM;
        info->max_value = STATUS_COUNT - 1;
        snprintf(info->name, sizeof info->name, "Status");
    }
    return true;
}

static bool parameter_value(const clap_plugin *plugin, uint32_t id, double *value) {
    struct plugin *self = of(plugin);
    if (id < PARAMETER_COUNT) {
        *value = value_of(self, id);
    } else if (id == ID_BYPASS) {
        *value = LOAD(self->bypassed);
    } else if (id == ID_STATUS) {
        *value = LOAD(keeper_memory(self->keeper)->status);
    } else {
        return false;
    }
    return true;
}

static const char *const *choices_of(uint32_t id, uint32_t *count) {
    *count = STATUS_COUNT;
    if (id == ID_STATUS) return STATUSES;
    if (id >= PARAMETER_COUNT || !PARAMETERS[id].choices) return NULL;
    *count = (uint32_t)PARAMETERS[id].most + 1;
    return PARAMETERS[id].choices;
}

static bool value_to_text(const clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size) {
    uint32_t count;
    const char *const *choices = choices_of(id, &count);
    if (id == ID_STATUS) { /* what the engine says of itself tells more than its number */
        char said[TEXT_BYTES];
        keeper_text(of(plugin)->keeper, said);
        double now = LOAD(keeper_memory(of(plugin)->keeper)->status);
        if (*said && value == now) return snprintf(text, size, "%s", said) >= 0;
    }
    if (choices) return value >= 0 && value < count && snprintf(text, size, "%s", choices[(uint32_t)value]) >= 0;
    if (id >= PARAMETER_COUNT && id != ID_BYPASS) return false;
    return snprintf(text, size, id == ID_BYPASS || PARAMETERS[id].is_stepped ? "%.0f" : "%.2f", value) >= 0;
}

static bool text_to_value(const clap_plugin *plugin, uint32_t id, const char *text, double *value) {
    (void)plugin;
    uint32_t count;
    const char *const *choices = choices_of(id, &count);
    for (uint32_t choice = 0; choices && choice < count; choice++) {
        if (!strcmp(choices[choice], text)) {
            *value = choice;
            return true;
        }
    }
    char *end;
    double number = strtod(text, &end);
    if (end == text || choices || (id >= PARAMETER_COUNT && id != ID_BYPASS)) return false;
    *value = number;
    return true;
}

/* Not in a block: the next one finds the values. */
static void flush(const clap_plugin *plugin, const clap_input_events *in, const clap_output_events *out) {
    (void)out;
    struct plugin *self = of(plugin);
    for (uint32_t index = 0; index < in->size(in); index++) {
        const clap_event_header *event = in->get(in, index);
        if (event->space_id != 0 || event->type != CLAP_EVENT_PARAM_VALUE) continue;
        const clap_event_param_value *change = (const void *)event;
        if (change->param_id < PARAMETER_COUNT) set_value(self, change->param_id, change->value);
        if (change->param_id == ID_BYPASS) STORE(self->bypassed, change->value > 0.5);
    }
}

/* ---- state: magic, version, parameters by symbol, model, what the engine wants saved ---- */

static bool write_all(const clap_ostream *stream, const void *from, uint64_t size) {
    for (const char *at = from; size;) {
        int64_t written = stream->write(stream, at, size);
        if (written <= 0) return false;
        at += written;
        size -= (uint64_t)written;
    }
    return true;
}

static bool read_all(const clap_istream *stream, void *to, uint64_t size) {
    for (char *at = to; size;) {
        int64_t read = stream->read(stream, at, size);
        if (read <= 0) return false;
        at += read;
        size -= (uint64_t)read;
    }
    return true;
}

enum { SYMBOL_BYTES = 32 };

struct saved_value {
    char symbol[SYMBOL_BYTES];
    float value;
};

static const char MAGIC[8] = {'M', 'R', 'N', 'N', 'C', 'L', 'A', 'P'};

struct saved_head {
    char magic[8];
    uint32_t version, values, state_bytes;
    char model[MODEL_BYTES];
};

static bool save(const clap_plugin *plugin, const clap_ostream *stream) {
    struct plugin *self = of(plugin);
    struct saved_head head = {.version = 1, .values = PARAMETER_COUNT};
    uint8_t *state = malloc(STATE_BYTES);
    if (!state) return false;
    memcpy(head.magic, MAGIC, sizeof MAGIC);
    head.state_bytes = keeper_saved(self->keeper, head.model, state);
    bool written = write_all(stream, &head, sizeof head);
    for (uint32_t number = 0; written && number < PARAMETER_COUNT; number++) {
        struct saved_value row = {.value = value_of(self, number)};
        snprintf(row.symbol, sizeof row.symbol, "%s", PARAMETERS[number].symbol);
        written = write_all(stream, &row, sizeof row);
    }
    written = written && write_all(stream, state, head.state_bytes);
    free(state);
    return written;
}

static bool load(const clap_plugin *plugin, const clap_istream *stream) {
    struct plugin *self = of(plugin);
    struct saved_head head;
    if (!read_all(stream, &head, sizeof head) || memcmp(head.magic, MAGIC, sizeof MAGIC)) return false;
    if (head.version != 1 || head.values > 1000 || head.state_bytes > STATE_BYTES) return false;
    if (!memchr(head.model, 0, sizeof head.model)) return false;
    struct saved_value *rows = calloc(head.values + 1, sizeof *rows);
    uint8_t *state = malloc(STATE_BYTES);
    bool whole = rows && state && read_all(stream, rows, head.values * sizeof *rows) &&
                 read_all(stream, state, head.state_bytes);
    for (uint32_t row = 0; whole && row < head.values; row++) {
        for (uint32_t number = 0; number < PARAMETER_COUNT; number++) {
            bool same = !strncmp(rows[row].symbol, PARAMETERS[number].symbol, SYMBOL_BYTES);
            if (same && isfinite(rows[row].value)) set_value(self, number, rows[row].value);
        }
    }
    whole = whole && keeper_give(self->keeper, head.model, state, head.state_bytes);
    if (whole) STORE(self->core.given, true);
    free(rows);
    free(state);
    return whole;
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
    STORE(of(plugin)->offline, mode == 1);
    return true;
}

static const void *get_extension(const clap_plugin *plugin, const char *id) {
    static const clap_plugin_note_ports note_ports = {note_port_count, note_port_info};
    static const clap_plugin_params params = {parameter_count, parameter_info, parameter_value,
                                              value_to_text,   text_to_value,  flush};
    static const clap_plugin_state state = {save, load};
    static const clap_plugin_render render = {needs_real_time, set_render_mode};
    (void)plugin;
    if (!strcmp(id, CLAP_EXT_NOTE_PORTS)) return &note_ports;
    if (!strcmp(id, CLAP_EXT_PARAMS)) return &params;
    if (!strcmp(id, CLAP_EXT_STATE)) return &state;
    return strcmp(id, CLAP_EXT_RENDER) ? NULL : &render;
}

static bool init(const clap_plugin *plugin) {
    struct plugin *self = of(plugin);
    self->keeper = keeper_new(folder);
    if (!self->keeper) return false;
    core_init(&self->core, keeper_memory(self->keeper));
    for (uint32_t number = 0; number < PARAMETER_COUNT; number++) set_value(self, number, PARAMETERS[number].initial);
    return true;
}

static void destroy(const clap_plugin *plugin) {
    struct plugin *self = of(plugin);
    if (self->keeper) keeper_free(self->keeper);
    free(self);
}

static bool activate(const clap_plugin *plugin, double rate, uint32_t least, uint32_t most) {
    (void)least, (void)most;
    if (!(rate > 0)) return false;
    core_activate(&of(plugin)->core, rate);
    return true;
}

static bool start_processing(const clap_plugin *plugin) {
    (void)plugin;
    return true;
}

static void do_nothing(const clap_plugin *plugin) { (void)plugin; }

static void reset(const clap_plugin *plugin) { core_activate(&of(plugin)->core, of(plugin)->core.rate); }

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
    (void)host;
    struct plugin *self = strcmp(id, ID) ? NULL : calloc(1, sizeof *self);
    if (!self) return NULL;
    self->plugin = (clap_plugin){
        descriptor(factory, 0), self,    init,          destroy,    activate, do_nothing, start_processing, do_nothing,
        reset,                  process, get_extension, do_nothing,
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
