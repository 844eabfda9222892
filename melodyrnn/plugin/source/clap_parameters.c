/* The plugin as CLAP: its parameters, and what the host is told of it. */
#include <stdio.h>
#include <stdlib.h>

#include "clap.h"
#include "ring.h"

#define MOST_LATE 16777216

static const char *const STATUSES[] = {"starting", "ready",     "model missing", "wrong version",
                                       "failed",   "no engine", "stalled"};
enum { STATUS_COUNT = sizeof STATUSES / sizeof *STATUSES };

float plugin_value(struct plugin *self, uint32_t number) {
    uint32_t bits = LOAD(self->values[number]);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void plugin_set_value(struct plugin *self, uint32_t number, double given) {
    const struct parameter *row = &PARAMETERS[number];
    float value = (float)fmin(fmax(given, row->least), row->most);
    uint32_t bits;
    if (row->is_stepped) value = floorf(value);
    memcpy(&bits, &value, sizeof bits);
    STORE(self->values[number], bits);
}

void plugin_set(struct plugin *self, uint32_t id, double given) {
    if (!isfinite(given)) return;
    if (id < PARAMETER_COUNT) plugin_set_value(self, id, given);
    if (id == ID_BYPASS) STORE(self->bypassed, given > 0.5);
    if (id != ID_MODEL) return;
    uint32_t row = (uint32_t)fmin(fmax(given, 0), models_last(&self->models));
    if (row == LOAD(self->model)) return;
    STORE(self->model, row);
    STORE(self->chosen, true);
    self->host->request_callback(self->host);
}

static const void *of_host(struct plugin *self, const char *id) { return self->host->get_extension(self->host, id); }

/* Tell the host what has changed of the status and its text. */
static void tell(struct plugin *self) {
    const clap_host_params *params = of_host(self, CLAP_EXT_PARAMS);
    const clap_host_log *log = of_host(self, CLAP_EXT_LOG);
    uint32_t status = LOAD(keeper_memory(self->keeper)->status);
    char text[TEXT_BYTES];
    if (params) params->rescan(self->host, CLAP_PARAM_RESCAN_VALUES | CLAP_PARAM_RESCAN_TEXT);
    keeper_text(self->keeper, text);
    bool is_well = status == STATUS_STARTING || status == STATUS_READY;
    if (log && *text) log->log(self->host, is_well ? CLAP_LOG_INFO : CLAP_LOG_WARNING, text);
}

void plugin_on_main_thread(struct plugin *self) {
    const struct memory *memory = keeper_memory(self->keeper);
    uint32_t text = LOAD(memory->text_guard), saved = LOAD(memory->saved_guard);
    if (__atomic_exchange_n(&self->chosen, false, __ATOMIC_ACQ_REL)) {
        char path[MODEL_BYTES];
        models_path(&self->models, LOAD(self->model), path);
        keeper_give_model(self->keeper, path);
        STORE(self->core.given, true);
    }
    if (text != self->told_text) tell(self);
    if (saved != self->told_saved && keeper_saves_other(self->keeper)) {
        const clap_host_state *state = of_host(self, CLAP_EXT_STATE);
        if (state) state->mark_dirty(self->host);
    }
    self->told_text = text;
    self->told_saved = saved;
}

static uint32_t count(const clap_plugin *plugin) {
    (void)plugin;
    return PARAMETER_COUNT + EXTRA_PARAMETERS;
}

static void describe(clap_param_info *info, uint32_t flags, double most, const char *name) {
    info->flags = flags;
    info->max_value = most;
    snprintf(info->name, sizeof info->name, "%s", name);
}

static bool get_info(const clap_plugin *plugin, uint32_t index, clap_param_info *info) {
    if (index >= PARAMETER_COUNT + EXTRA_PARAMETERS) return false;
    uint32_t id = index < PARAMETER_COUNT ? index : ID_BYPASS + index - PARAMETER_COUNT, flags = CLAP_PARAM_IS_STEPPED;
    *info = (clap_param_info){.id = id};
    switch (id) {
        case ID_BYPASS: describe(info, flags | CLAP_PARAM_IS_BYPASS | CLAP_PARAM_IS_AUTOMATABLE, 1, "Bypass"); break;
        case ID_STATUS:
            describe(info, flags | CLAP_PARAM_IS_READONLY | CLAP_PARAM_IS_ENUM, STATUS_COUNT - 1, "Status");
            break;
        case ID_MODEL:
            describe(info, flags | CLAP_PARAM_IS_ENUM, models_last(&plugin_of(plugin)->models), "Model file");
            break;
        case ID_LATE: describe(info, flags | CLAP_PARAM_IS_READONLY, MOST_LATE, "Bars that came late"); break;
        default: {
            const struct parameter *row = &PARAMETERS[id];
            flags = CLAP_PARAM_IS_AUTOMATABLE | CLAP_PARAM_REQUIRES_PROCESS;
            if (row->is_stepped) flags |= CLAP_PARAM_IS_STEPPED;
            if (row->choices) flags |= CLAP_PARAM_IS_ENUM;
            describe(info, flags, row->most, row->name);
            info->min_value = row->least;
            info->default_value = row->initial;
        }
    }
    return true;
}

static bool get_value(const clap_plugin *plugin, uint32_t id, double *value) {
    struct plugin *self = plugin_of(plugin);
    switch (id) {
        case ID_BYPASS: *value = LOAD(self->bypassed); break;
        case ID_STATUS: *value = LOAD(keeper_memory(self->keeper)->status); break;
        case ID_MODEL: *value = LOAD(self->model); break;
        case ID_LATE: *value = LOAD(self->late_bars); break;
        default:
            if (id >= PARAMETER_COUNT) return false;
            *value = plugin_value(self, id);
    }
    return true;
}

/* The name of a value: of a choice, a model, or a status, of which the engine says more while it is the present one. */
static bool name_of(struct plugin *self, uint32_t id, uint32_t value, char *name, uint32_t size) {
    const char *const *choices = id == ID_STATUS ? STATUSES : id < PARAMETER_COUNT ? PARAMETERS[id].choices : NULL;
    uint32_t names = id == ID_STATUS ? STATUS_COUNT : choices ? (uint32_t)PARAMETERS[id].most + 1 : 0;
    char said[TEXT_BYTES] = "";
    if (id == ID_MODEL) return snprintf(name, size, "%s", models_text(&self->models, value)) >= 0;
    if (value >= names) return false;
    if (id == ID_STATUS && value == LOAD(keeper_memory(self->keeper)->status)) keeper_text(self->keeper, said);
    return snprintf(name, size, "%s", *said ? said : choices[value]) >= 0;
}

static bool has_names(uint32_t id) {
    return id == ID_STATUS || id == ID_MODEL || (id < PARAMETER_COUNT && PARAMETERS[id].choices);
}

static bool value_to_text(const clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size) {
    if (!(value > -1 && value <= MOST_LATE) && has_names(id)) return false;
    if (has_names(id)) return name_of(plugin_of(plugin), id, (uint32_t)fmax(value, 0), text, size);
    if (id >= PARAMETER_COUNT && id != ID_BYPASS && id != ID_LATE) return false;
    return snprintf(text, size, id >= PARAMETER_COUNT || PARAMETERS[id].is_stepped ? "%.0f" : "%.2f", value) >= 0;
}

static bool text_to_value(const clap_plugin *plugin, uint32_t id, const char *text, double *value) {
    char name[TEXT_BYTES], *end;
    for (uint32_t choice = 0; has_names(id) && choice <= MOST_MODELS; choice++) {
        if (name_of(plugin_of(plugin), id, choice, name, sizeof name) && !strcmp(name, text)) {
            *value = choice;
            return true;
        }
    }
    double number = strtod(text, &end);
    if (end == text || has_names(id) || (id >= PARAMETER_COUNT && id != ID_BYPASS && id != ID_LATE)) return false;
    *value = number;
    return true;
}

/* Not in a block: the next one finds the values. */
static void flush(const clap_plugin *plugin, const clap_input_events *in, const clap_output_events *out) {
    (void)out;
    for (uint32_t index = 0; index < in->size(in); index++) {
        const clap_event_header *event = in->get(in, index);
        if (event->space_id != 0 || event->type != CLAP_EVENT_PARAM_VALUE) continue;
        const clap_event_param_value *change = (const void *)event;
        plugin_set(plugin_of(plugin), change->param_id, change->value);
    }
}

const clap_plugin_params CLAP_PARAMETERS = {count, get_info, get_value, value_to_text, text_to_value, flush};
