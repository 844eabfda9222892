/* The plugin as CLAP: one instance, and what its parts share. The host calls on its main thread, but for blocks. */
#ifndef MELODYRNN_CLAP_H
#define MELODYRNN_CLAP_H

#include "clap_abi.h"
#include "core.h"
#include "keeper.h"
#include "models.h"

/* Parameters beside those of the table: ids never change. */
enum { ID_BYPASS = 1000, ID_STATUS, ID_MODEL, ID_LATE, ID_END, EXTRA_PARAMETERS = ID_END - ID_BYPASS };

struct plugin {
    clap_plugin plugin;
    const clap_host *host;
    struct core core;
    struct keeper *keeper;
    /* What the main thread and the audio thread both know, as the bits of floats. */
    uint32_t values[PARAMETER_COUNT];
    bool bypassed, offline;
    uint32_t late_bars, model; /* model: which row of `models` is chosen */
    bool chosen;               /* a model, and the main thread is to give it to the engine */
    struct models models;
    uint32_t told_text, told_saved; /* guards of what the host was told last */
    int64_t free_frames;            /* that a host without places has played since it started */
    const clap_output_events *out;
};

extern const clap_plugin_params CLAP_PARAMETERS;
extern const clap_plugin_state CLAP_STATE;

static inline struct plugin *plugin_of(const clap_plugin *plugin) { return plugin->plugin_data; }

/* The value of a parameter of the table, and another one, as the nearest legal value. */
float plugin_value(struct plugin *self, uint32_t number);
void plugin_set_value(struct plugin *self, uint32_t number, double given);

/* The host has set a parameter, in a block or outside of one. */
void plugin_set(struct plugin *self, uint32_t id, double given);

/* What the host's main thread does when the plugin has asked for it. */
void plugin_on_main_thread(struct plugin *self);

#endif
