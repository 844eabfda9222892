/* The plugin as LV2. */
#include <stdlib.h>

#include "core.h"
#include "keeper.h"
#include "lv2_abi.h"
#include "ring.h"

#define MELODYRNN_URI "urn:melodyrnn:plugin"
#define STATE_URI MELODYRNN_URI "#state"
#define MODEL_URI MELODYRNN_URI "#model"
#define TEXT_URI MELODYRNN_URI "#text"
#define DEFAULT_BEATS_A_BAR 4

#define MOST_BEATS 1024
#define MOST_UNIT 64

/* As in turtle.py. */
enum port { PORT_IN, PORT_OUT, PORT_ENABLED, PORT_FREEWHEELING, PORT_STATUS, PORT_LATE, PORT_PARAMETERS };

#define URIDS(X)                                                                                                       \
    X(chunk, LV2_ATOM_PREFIX "Chunk")                                                                                  \
    X(path, LV2_ATOM_PREFIX "Path")                                                                                    \
    X(sequence, LV2_ATOM_PREFIX "Sequence")                                                                            \
    X(object, LV2_ATOM_PREFIX "Object")                                                                                \
    X(blank, LV2_ATOM_PREFIX "Blank")                                                                                  \
    X(urid, LV2_ATOM_PREFIX "URID")                                                                                    \
    X(is_float, LV2_ATOM_PREFIX "Float")                                                                               \
    X(is_double, LV2_ATOM_PREFIX "Double")                                                                             \
    X(is_int, LV2_ATOM_PREFIX "Int")                                                                                   \
    X(is_long, LV2_ATOM_PREFIX "Long")                                                                                 \
    X(midi, LV2_MIDI__MidiEvent)                                                                                       \
    X(position, LV2_TIME_PREFIX "Position")                                                                            \
    X(frame, LV2_TIME_PREFIX "frame")                                                                                  \
    X(speed, LV2_TIME_PREFIX "speed")                                                                                  \
    X(bar, LV2_TIME_PREFIX "bar")                                                                                      \
    X(bar_beat, LV2_TIME_PREFIX "barBeat")                                                                             \
    X(beat_unit, LV2_TIME_PREFIX "beatUnit")                                                                           \
    X(beats_per_bar, LV2_TIME_PREFIX "beatsPerBar")                                                                    \
    X(beats_per_minute, LV2_TIME_PREFIX "beatsPerMinute")                                                              \
    X(set, LV2_PATCH_PREFIX "Set")                                                                                     \
    X(property, LV2_PATCH_PREFIX "property")                                                                           \
    X(value, LV2_PATCH_PREFIX "value")                                                                                 \
    X(state, STATE_URI)                                                                                                \
    X(model, MODEL_URI)

struct urids {
#define FIELD(name, uri) LV2_URID name;
    URIDS(FIELD)
};

/* What the host has said of time; it says only what has changed. */
struct said {
    double frame, speed, bar, bar_beat, beat_unit, beats_per_bar, beats_per_minute;
    bool has_bars;
};

struct instance {
    struct core core;
    struct keeper *keeper;
    struct urids urids;
    struct said said;
    double rate;
    const LV2_Atom_Sequence *in;
    LV2_Atom_Sequence *out;
    uint32_t room; /* bytes left for events */
    const float *enabled, *freewheeling, *parameters[PARAMETER_COUNT];
    float *status, *late;
};

static const void *feature(const LV2_Feature *const *features, const char *uri) {
    for (; features && *features; features++) {
        if (!strcmp((*features)->URI, uri)) return (*features)->data;
    }
    return NULL;
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate, const char *bundle,
                              const LV2_Feature *const *features) {
    (void)descriptor;
    const LV2_URID_Map *map = feature(features, LV2_URID__map);
    struct instance *instance = map ? calloc(1, sizeof *instance) : NULL;
    if (!instance) return NULL;
    instance->keeper = keeper_new(bundle, NULL, NULL);
    if (!instance->keeper) {
        free(instance);
        return NULL;
    }
#define MAP(name, uri) instance->urids.name = map->map(map->handle, uri);
    URIDS(MAP)
    core_init(&instance->core, keeper_memory(instance->keeper));
    instance->rate = rate;
    instance->said = (struct said){.beats_per_bar = DEFAULT_BEATS_A_BAR, .beat_unit = 4, .beats_per_minute = 120};
    return instance;
}

static void connect_port(LV2_Handle handle, uint32_t port, void *data) {
    struct instance *instance = handle;
    switch (port) {
        case PORT_IN: instance->in = data; break;
        case PORT_OUT: instance->out = data; break;
        case PORT_ENABLED: instance->enabled = data; break;
        case PORT_FREEWHEELING: instance->freewheeling = data; break;
        case PORT_STATUS: instance->status = data; break;
        case PORT_LATE: instance->late = data; break;
        default:
            if (port - PORT_PARAMETERS < PARAMETER_COUNT) instance->parameters[port - PORT_PARAMETERS] = data;
    }
}

static void activate(LV2_Handle handle) {
    struct instance *instance = handle;
    core_activate(&instance->core, instance->rate);
}

static bool write_event(void *to, uint32_t frame, const uint8_t *data, uint32_t size) {
    struct instance *instance = to;
    LV2_Atom_Sequence *out = instance->out;
    uint32_t bytes = (uint32_t)sizeof(LV2_Atom_Event) + lv2_padded(size);
    if (bytes > instance->room) return false;
    LV2_Atom_Event *event = (LV2_Atom_Event *)(void *)((char *)(out + 1) + out->atom.size - 8);
    *event = (LV2_Atom_Event){frame, {size, instance->urids.midi}};
    memcpy(event + 1, data, size);
    out->atom.size += bytes;
    instance->room -= bytes;
    return true;
}

static void begin_output(struct instance *instance) {
    LV2_Atom_Sequence *out = instance->out;
    uint32_t capacity = out->atom.size; /* as the host says before each block */
    instance->room = capacity > 8 ? capacity - 8 : 0;
    *out = (LV2_Atom_Sequence){{8, instance->urids.sequence}, 0, 0};
}

/* The number in an atom of any numeric type; `otherwise` if it is none. */
static double number_in(const struct urids *urids, const LV2_Atom *atom, double otherwise) {
    const void *body = atom + 1;
    if (atom->type == urids->is_float && atom->size == 4) return *(const float *)body;
    if (atom->type == urids->is_double && atom->size == 8) return *(const double *)body;
    if (atom->type == urids->is_int && atom->size == 4) return *(const int32_t *)body;
    if (atom->type == urids->is_long && atom->size == 8) return (double)*(const int64_t *)body;
    return otherwise;
}

/* The property after this one, or the first if it is NULL; NULL at the end. */
static const LV2_Atom_Property *next_property(const LV2_Atom_Object *object, const LV2_Atom_Property *property) {
    const char *end = (const char *)object + sizeof(LV2_Atom) + object->atom.size;
    const char *at = property ? (const char *)(property + 1) + lv2_padded(property->value.size) : (const char *)(object + 1);
    bool fits = at + sizeof *property <= end;
    const LV2_Atom_Property *next = (const void *)at;
    return fits && (size_t)(end - at) - sizeof *property >= next->value.size ? next : NULL;
}

/* 3.5 quarters are 7 eighths: a time signature has a whole numerator. */
static void set_metre(struct transport *transport, double beats, double unit) {
    while (beats != floor(beats) && unit < MOST_UNIT) {
        beats *= 2;
        unit *= 2;
    }
    bool legal = beats == floor(beats) && unit == floor(unit) && unit <= MOST_UNIT;
    transport->numerator = legal ? (uint16_t)beats : 0;
    transport->denominator = legal ? (uint16_t)unit : 0;
}

/* Of a host that tells no bars the song is taken to begin at its first frame, in four quarters. */
static struct transport transport_of(const struct said *said, double rate) {
    struct transport transport = {.rolling = said->speed > 0, .bpm = said->beats_per_minute};
    double bar = said->bar, pulse = said->bar_beat * 4 * PULSES_PER_QUARTER / said->beat_unit;
    if (said->has_bars) {
        set_metre(&transport, said->beats_per_bar, said->beat_unit);
    } else {
        set_metre(&transport, DEFAULT_BEATS_A_BAR, 4);
        bar = 0;
        pulse = said->frame / rate * said->beats_per_minute / 60 * PULSES_PER_QUARTER;
    }
    if (said->speed > 0) transport.bpm *= said->speed;
    transport.bar = (int32_t)fmin(fmax(bar, -1e9), 1e9);
    transport.pulse = pulse;
    return transport;
}

static void hear_position(struct instance *instance, uint32_t frame, const LV2_Atom_Object *object) {
    struct said *said = &instance->said;
    const struct urids *urids = &instance->urids;
    bool bar = false, beat = false;
    for (const LV2_Atom_Property *at = next_property(object, NULL); at; at = next_property(object, at)) {
        if (at->key == urids->frame) said->frame = number_in(urids, &at->value, said->frame);
        if (at->key == urids->speed) said->speed = number_in(urids, &at->value, said->speed);
        if (at->key == urids->bar) said->bar = number_in(urids, &at->value, said->bar), bar = true;
        if (at->key == urids->bar_beat) said->bar_beat = number_in(urids, &at->value, said->bar_beat), beat = true;
        if (at->key == urids->beat_unit) {
            double unit = number_in(urids, &at->value, 0);
            if (unit >= 1 && unit <= MOST_UNIT) said->beat_unit = unit;
        }
        if (at->key == urids->beats_per_bar) {
            double beats = number_in(urids, &at->value, 0);
            if (beats > 0 && beats <= MOST_BEATS) said->beats_per_bar = beats;
        }
        if (at->key == urids->beats_per_minute) {
            said->beats_per_minute = number_in(urids, &at->value, said->beats_per_minute);
        }
    }
    said->has_bars |= bar && beat;
    core_transport(&instance->core, frame, transport_of(said, instance->rate));
}

static void hear_patch(struct instance *instance, const LV2_Atom_Object *object) {
    const struct urids *urids = &instance->urids;
    const LV2_Atom *value = NULL;
    LV2_URID property = 0;
    for (const LV2_Atom_Property *at = next_property(object, NULL); at; at = next_property(object, at)) {
        if (at->key == urids->value) value = &at->value;
        bool is_urid = at->key == urids->property && at->value.type == urids->urid && at->value.size == 4;
        if (is_urid) property = *(const LV2_URID *)(const void *)(&at->value + 1);
    }
    if (property != urids->model || !value || value->type != urids->path) return;
    const char *path = (const char *)(value + 1);
    if (!memchr(path, 0, value->size)) return;
    keeper_give_model(instance->keeper, path);
    STORE(instance->core.given, true);
}

static void hear(struct instance *instance, const LV2_Atom_Event *event, uint32_t frame) {
    const struct urids *urids = &instance->urids;
    const LV2_Atom *body = &event->body;
    if (body->type == urids->midi) {
        core_midi(&instance->core, frame, (const uint8_t *)(body + 1), body->size);
    } else if ((body->type == urids->object || body->type == urids->blank) && body->size >= 8) {
        const LV2_Atom_Object *object = (const void *)body;
        if (object->otype == urids->position) hear_position(instance, frame, object);
        if (object->otype == urids->set) hear_patch(instance, object);
    }
}

static void run(LV2_Handle handle, uint32_t frames) {
    struct instance *instance = handle;
    struct core *core = &instance->core;
    if (!instance->in || !instance->out) return;
    begin_output(instance);
    core_begin(core, frames, instance->freewheeling && *instance->freewheeling > 0, (struct sink){write_event, instance});
    if (instance->enabled) core_enable(core, 0, *instance->enabled > 0);
    for (uint32_t number = 0; number < PARAMETER_COUNT; number++) {
        if (instance->parameters[number]) core_parameter(core, 0, number, *instance->parameters[number]);
    }
    const char *at = (const char *)(instance->in + 1), *end = at + instance->in->atom.size - 8;
    while (at + sizeof(LV2_Atom_Event) <= end) {
        const LV2_Atom_Event *event = (const void *)at;
        at += sizeof *event + lv2_padded(event->body.size);
        int64_t last = frames ? frames - 1 : 0, frame = event->frames < 0 ? 0 : event->frames;
        hear(instance, event, (uint32_t)(frame < last ? frame : last));
    }
    core_end(core);
    if (instance->status) *instance->status = (float)LOAD(core->line.memory->status);
    if (instance->late) *instance->late = (float)core->late_bars;
}

static void cleanup(LV2_Handle handle) {
    struct instance *instance = handle;
    keeper_free(instance->keeper);
    free(instance);
}

/* ---- state ---- */

static LV2_State_Status save(LV2_Handle handle, LV2_State_Store store, void *to, uint32_t flags,
                             const LV2_Feature *const *features) {
    (void)flags;
    struct instance *instance = handle;
    const struct urids *urids = &instance->urids;
    const LV2_State_Map_Path *paths = feature(features, LV2_STATE__mapPath);
    const LV2_State_Free_Path *free_path = feature(features, LV2_STATE__freePath);
    char model[MODEL_BYTES];
    uint8_t *state = malloc(STATE_BYTES);
    if (!state) return LV2_STATE_ERR_UNKNOWN;
    uint32_t bytes = keeper_saved(instance->keeper, model, state);
    LV2_State_Status status = LV2_STATE_SUCCESS;
    if (bytes) status = store(to, urids->state, state, bytes, urids->chunk, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
    free(state);
    if (status || !*model) return status;
    char *path = paths ? paths->abstract_path(paths->handle, model) : NULL;
    const char *kept = path ? path : model;
    status = store(to, urids->model, kept, strlen(kept) + 1, urids->path, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
    if (path && free_path) {
        free_path->free_path(free_path->handle, path);
    } else {
        free(path);
    }
    return status;
}

static LV2_State_Status restore(LV2_Handle handle, LV2_State_Retrieve retrieve, void *from, uint32_t flags,
                                const LV2_Feature *const *features) {
    struct instance *instance = handle;
    const struct urids *urids = &instance->urids;
    const LV2_State_Map_Path *paths = feature(features, LV2_STATE__mapPath);
    const LV2_State_Free_Path *free_path = feature(features, LV2_STATE__freePath);
    size_t state_bytes = 0, model_bytes = 0;
    uint32_t type = 0;
    const void *state = retrieve(from, urids->state, &state_bytes, &type, &flags);
    const char *model = retrieve(from, urids->model, &model_bytes, &type, &flags);
    if (!state || state_bytes > STATE_BYTES) state_bytes = 0;
    if (!model || !memchr(model, 0, model_bytes)) model = "";
    char *path = paths && *model ? paths->absolute_path(paths->handle, model) : NULL;
    bool given = keeper_give(instance->keeper, path ? path : model, state, (uint32_t)state_bytes);
    if (path && free_path) {
        free_path->free_path(free_path->handle, path);
    } else {
        free(path);
    }
    if (given) STORE(instance->core.given, true);
    return given ? LV2_STATE_SUCCESS : LV2_STATE_ERR_UNKNOWN;
}

/* ---- text: our own extension, for hosts that know us ---- */

static void text(LV2_Handle handle, char *to) {
    struct instance *instance = handle;
    keeper_text(instance->keeper, to);
}

static const void *extension_data(const char *uri) {
    static const LV2_State_Interface state = {save, restore};
    static const struct {
        void (*text)(LV2_Handle, char *to); /* TEXT_BYTES */
    } texts = {text};
    if (!strcmp(uri, LV2_STATE__interface)) return &state;
    return strcmp(uri, TEXT_URI) ? NULL : &texts;
}

__attribute__((visibility("default"))) const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    static const LV2_Descriptor descriptor = {MELODYRNN_URI, instantiate, connect_port, activate,
                                              run,           NULL,        cleanup,      extension_data};
    return index ? NULL : &descriptor;
}
