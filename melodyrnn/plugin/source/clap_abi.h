/* What the plugin uses of CLAP's public binary interface (free-audio/clap, 1.2): structures and numbers, in our own words. */
#ifndef MELODYRNN_CLAP_ABI_H
#define MELODYRNN_CLAP_ABI_H

#include <stdbool.h>
#include <stdint.h>

enum { CLAP_NAME_SIZE = 256, CLAP_PATH_SIZE = 1024 };

typedef struct {
    uint32_t major, minor, revision;
} clap_version;

typedef struct clap_host {
    clap_version version;
    void *host_data;
    const char *name, *vendor, *url, *host_version;
    const void *(*get_extension)(const struct clap_host *, const char *id);
    void (*request_restart)(const struct clap_host *);
    void (*request_process)(const struct clap_host *);
    void (*request_callback)(const struct clap_host *);
} clap_host;

/* Events. */
typedef struct {
    uint32_t size, time;
    uint16_t space_id, type;
    uint32_t flags;
} clap_event_header;

enum {
    CLAP_EVENT_NOTE_ON = 0,
    CLAP_EVENT_NOTE_OFF = 1,
    CLAP_EVENT_NOTE_CHOKE = 2,
    CLAP_EVENT_PARAM_VALUE = 5,
    CLAP_EVENT_TRANSPORT = 9,
    CLAP_EVENT_MIDI = 10,
};

typedef struct {
    clap_event_header header;
    int32_t note_id;
    int16_t port_index, channel, key;
    double velocity; /* 0 to 1 */
} clap_event_note;

typedef struct {
    clap_event_header header;
    uint32_t param_id;
    void *cookie;
    int32_t note_id;
    int16_t port_index, channel, key;
    double value;
} clap_event_param_value;

enum {
    CLAP_TRANSPORT_HAS_TEMPO = 1,
    CLAP_TRANSPORT_HAS_BEATS_TIMELINE = 2,
    CLAP_TRANSPORT_HAS_SECONDS_TIMELINE = 4,
    CLAP_TRANSPORT_HAS_TIME_SIGNATURE = 8,
    CLAP_TRANSPORT_IS_PLAYING = 16,
};
#define CLAP_FIXED_POINT 2147483648.0 /* a beat, or a second */

typedef struct {
    clap_event_header header;
    uint32_t flags;
    int64_t song_pos_beats, song_pos_seconds;
    double tempo, tempo_inc;
    int64_t loop_start_beats, loop_end_beats, loop_start_seconds, loop_end_seconds;
    int64_t bar_start;
    int32_t bar_number;
    uint16_t tsig_num, tsig_denom;
} clap_event_transport;

typedef struct {
    clap_event_header header;
    uint16_t port_index;
    uint8_t data[3];
} clap_event_midi;

typedef struct clap_input_events {
    void *context;
    uint32_t (*size)(const struct clap_input_events *);
    const clap_event_header *(*get)(const struct clap_input_events *, uint32_t index);
} clap_input_events;

typedef struct clap_output_events {
    void *context;
    bool (*try_push)(const struct clap_output_events *, const clap_event_header *);
} clap_output_events;

/* The plugin. */
typedef struct {
    int64_t steady_time;
    uint32_t frames_count;
    const clap_event_transport *transport;
    const void *audio_inputs;
    void *audio_outputs;
    uint32_t audio_inputs_count, audio_outputs_count;
    const clap_input_events *in_events;
    const clap_output_events *out_events;
} clap_process;
enum { CLAP_PROCESS_CONTINUE = 1 };

typedef struct {
    clap_version version;
    const char *id, *name, *vendor, *url, *manual_url, *support_url, *plugin_version, *description;
    const char *const *features;
} clap_plugin_descriptor;

typedef struct clap_plugin {
    const clap_plugin_descriptor *descriptor;
    void *plugin_data;
    bool (*init)(const struct clap_plugin *);
    void (*destroy)(const struct clap_plugin *);
    bool (*activate)(const struct clap_plugin *, double rate, uint32_t least_frames, uint32_t most_frames);
    void (*deactivate)(const struct clap_plugin *);
    bool (*start_processing)(const struct clap_plugin *);
    void (*stop_processing)(const struct clap_plugin *);
    void (*reset)(const struct clap_plugin *);
    int32_t (*process)(const struct clap_plugin *, const clap_process *);
    const void *(*get_extension)(const struct clap_plugin *, const char *id);
    void (*on_main_thread)(const struct clap_plugin *);
} clap_plugin;

#define CLAP_PLUGIN_FACTORY_ID "clap.plugin-factory"
typedef struct clap_plugin_factory {
    uint32_t (*get_plugin_count)(const struct clap_plugin_factory *);
    const clap_plugin_descriptor *(*get_plugin_descriptor)(const struct clap_plugin_factory *, uint32_t index);
    const clap_plugin *(*create_plugin)(const struct clap_plugin_factory *, const clap_host *, const char *id);
} clap_plugin_factory;

typedef struct {
    clap_version version;
    bool (*init)(const char *path);
    void (*deinit)(void);
    const void *(*get_factory)(const char *id);
} clap_plugin_entry;

/* Extensions. */
#define CLAP_EXT_NOTE_PORTS "clap.note-ports"
enum { CLAP_NOTE_DIALECT_CLAP = 1, CLAP_NOTE_DIALECT_MIDI = 2 };
typedef struct {
    uint32_t id, supported_dialects, preferred_dialect;
    char name[CLAP_NAME_SIZE];
} clap_note_port_info;
typedef struct {
    uint32_t (*count)(const clap_plugin *, bool is_input);
    bool (*get)(const clap_plugin *, uint32_t index, bool is_input, clap_note_port_info *);
} clap_plugin_note_ports;

#define CLAP_EXT_PARAMS "clap.params"
enum {
    CLAP_PARAM_IS_STEPPED = 1 << 0,
    CLAP_PARAM_IS_READONLY = 1 << 3,
    CLAP_PARAM_IS_BYPASS = 1 << 4,
    CLAP_PARAM_IS_AUTOMATABLE = 1 << 5,
    CLAP_PARAM_REQUIRES_PROCESS = 1 << 15,
    CLAP_PARAM_IS_ENUM = 1 << 16,
};
typedef struct {
    uint32_t id, flags;
    void *cookie;
    char name[CLAP_NAME_SIZE], module[CLAP_PATH_SIZE];
    double min_value, max_value, default_value;
} clap_param_info;
typedef struct {
    uint32_t (*count)(const clap_plugin *);
    bool (*get_info)(const clap_plugin *, uint32_t index, clap_param_info *);
    bool (*get_value)(const clap_plugin *, uint32_t id, double *value);
    bool (*value_to_text)(const clap_plugin *, uint32_t id, double value, char *text, uint32_t size);
    bool (*text_to_value)(const clap_plugin *, uint32_t id, const char *text, double *value);
    void (*flush)(const clap_plugin *, const clap_input_events *, const clap_output_events *);
} clap_plugin_params;
enum { CLAP_PARAM_RESCAN_VALUES = 1 << 0, CLAP_PARAM_RESCAN_TEXT = 1 << 1 };
typedef struct {
    void (*rescan)(const clap_host *, uint32_t flags);
    void (*clear)(const clap_host *, uint32_t id, uint32_t flags);
    void (*request_flush)(const clap_host *);
} clap_host_params;

#define CLAP_EXT_STATE "clap.state"
typedef struct clap_istream {
    void *context;
    int64_t (*read)(const struct clap_istream *, void *to, uint64_t size);
} clap_istream;
typedef struct clap_ostream {
    void *context;
    int64_t (*write)(const struct clap_ostream *, const void *from, uint64_t size);
} clap_ostream;
typedef struct {
    bool (*save)(const clap_plugin *, const clap_ostream *);
    bool (*load)(const clap_plugin *, const clap_istream *);
} clap_plugin_state;
typedef struct {
    void (*mark_dirty)(const clap_host *);
} clap_host_state;

#define CLAP_EXT_LOG "clap.log"
enum { CLAP_LOG_INFO = 1, CLAP_LOG_WARNING = 2 };
typedef struct {
    void (*log)(const clap_host *, int32_t severity, const char *text);
} clap_host_log;

#define CLAP_EXT_RENDER "clap.render"
typedef struct {
    bool (*has_hard_realtime_requirement)(const clap_plugin *);
    bool (*set)(const clap_plugin *, int32_t mode); /* 1: offline */
} clap_plugin_render;

#endif
