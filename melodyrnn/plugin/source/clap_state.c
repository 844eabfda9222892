/* The plugin as CLAP, what a project saves: magic, version, parameters by symbol, model, what the engine wants saved. */
#include <stdio.h>
#include <stdlib.h>

#include "clap.h"
#include "ring.h"

#define VERSION 1
#define MOST_VALUES 1000
#define BYPASS_SYMBOL "bypass"

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

static bool write_value(const clap_ostream *stream, const char *symbol, float value) {
    struct saved_value row = {.value = value};
    snprintf(row.symbol, sizeof row.symbol, "%s", symbol);
    return write_all(stream, &row, sizeof row);
}

static bool save(const clap_plugin *plugin, const clap_ostream *stream) {
    struct plugin *self = plugin_of(plugin);
    struct saved_head head = {.version = VERSION, .values = PARAMETER_COUNT + 1};
    uint8_t *state = malloc(STATE_BYTES);
    if (!state) return false;
    plugin_on_main_thread(self); /* a model that was chosen a moment ago is saved */
    memcpy(head.magic, MAGIC, sizeof MAGIC);
    head.state_bytes = keeper_saved(self->keeper, head.model, state);
    bool written = write_all(stream, &head, sizeof head);
    for (uint32_t number = 0; written && number < PARAMETER_COUNT; number++) {
        written = write_value(stream, PARAMETERS[number].symbol, plugin_value(self, number));
    }
    written = written && write_value(stream, BYPASS_SYMBOL, LOAD(self->bypassed));
    written = written && write_all(stream, state, head.state_bytes);
    free(state);
    return written;
}

static void set(struct plugin *self, const struct saved_value *row) {
    if (!isfinite(row->value)) return;
    if (!strncmp(row->symbol, BYPASS_SYMBOL, SYMBOL_BYTES)) STORE(self->bypassed, row->value > 0.5f);
    for (uint32_t number = 0; number < PARAMETER_COUNT; number++) {
        if (!strncmp(row->symbol, PARAMETERS[number].symbol, SYMBOL_BYTES)) plugin_set_value(self, number, row->value);
    }
}

static bool load(const clap_plugin *plugin, const clap_istream *stream) {
    struct plugin *self = plugin_of(plugin);
    struct saved_head head;
    if (!read_all(stream, &head, sizeof head) || memcmp(head.magic, MAGIC, sizeof MAGIC)) return false;
    if (head.version != VERSION || head.values > MOST_VALUES || head.state_bytes > STATE_BYTES) return false;
    if (!memchr(head.model, 0, sizeof head.model)) return false;
    struct saved_value *rows = calloc(head.values + 1, sizeof *rows);
    uint8_t *state = malloc(STATE_BYTES);
    bool whole = rows && state && read_all(stream, rows, head.values * sizeof *rows) &&
                 read_all(stream, state, head.state_bytes);
    for (uint32_t row = 0; whole && row < head.values; row++) set(self, &rows[row]);
    whole = whole && keeper_give(self->keeper, head.model, state, head.state_bytes);
    if (whole) {
        STORE(self->chosen, false);
        STORE(self->model, models_row(&self->models, head.model));
        STORE(self->core.given, true);
    }
    free(rows);
    free(state);
    return whole;
}

const clap_plugin_state CLAP_STATE = {save, load};
