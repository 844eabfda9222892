/* What the plugin uses of LV2's public binary interface (lv2plug.in): structures and URIs, in our own words. */
#ifndef MELODYRNN_LV2_ABI_H
#define MELODYRNN_LV2_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef void *LV2_Handle;

typedef struct {
    const char *URI;
    void *data;
} LV2_Feature;

typedef struct LV2_Descriptor {
    const char *URI;
    LV2_Handle (*instantiate)(const struct LV2_Descriptor *, double rate, const char *bundle, const LV2_Feature *const *);
    void (*connect_port)(LV2_Handle, uint32_t port, void *data);
    void (*activate)(LV2_Handle);
    void (*run)(LV2_Handle, uint32_t frames);
    void (*deactivate)(LV2_Handle);
    void (*cleanup)(LV2_Handle);
    const void *(*extension_data)(const char *uri);
} LV2_Descriptor;

/* URIDs: numbers in place of URIs. */
typedef uint32_t LV2_URID;
#define LV2_URID__map "http://lv2plug.in/ns/ext/urid#map"
typedef struct {
    void *handle;
    LV2_URID (*map)(void *handle, const char *uri);
} LV2_URID_Map;

/* Atoms: values of any type, each padded to 8 bytes. */
#define LV2_ATOM_PREFIX "http://lv2plug.in/ns/ext/atom#"
typedef struct {
    uint32_t size; /* of what follows these two */
    uint32_t type;
} LV2_Atom;
typedef struct {
    LV2_Atom atom;
    uint32_t unit, pad;
} LV2_Atom_Sequence; /* events follow */
typedef struct {
    int64_t frames;
    LV2_Atom body;
} LV2_Atom_Event;
typedef struct {
    LV2_Atom atom;
    uint32_t id, otype;
} LV2_Atom_Object; /* properties follow */
typedef struct {
    uint32_t key, context;
    LV2_Atom value;
} LV2_Atom_Property;
static inline uint32_t lv2_padded(uint32_t size) { return (size + 7u) & ~7u; }

#define LV2_MIDI__MidiEvent "http://lv2plug.in/ns/ext/midi#MidiEvent"
#define LV2_TIME_PREFIX "http://lv2plug.in/ns/ext/time#"
#define LV2_PATCH_PREFIX "http://lv2plug.in/ns/ext/patch#"

/* State. */
#define LV2_STATE__interface "http://lv2plug.in/ns/ext/state#interface"
#define LV2_STATE__mapPath "http://lv2plug.in/ns/ext/state#mapPath"
#define LV2_STATE__freePath "http://lv2plug.in/ns/ext/state#freePath"
enum { LV2_STATE_IS_POD = 1, LV2_STATE_IS_PORTABLE = 2 };
typedef enum { LV2_STATE_SUCCESS = 0, LV2_STATE_ERR_UNKNOWN = 1 } LV2_State_Status;
typedef LV2_State_Status (*LV2_State_Store)(void *, uint32_t key, const void *, size_t, uint32_t type, uint32_t flags);
typedef const void *(*LV2_State_Retrieve)(void *, uint32_t key, size_t *, uint32_t *type, uint32_t *flags);
typedef struct {
    LV2_State_Status (*save)(LV2_Handle, LV2_State_Store, void *, uint32_t flags, const LV2_Feature *const *);
    LV2_State_Status (*restore)(LV2_Handle, LV2_State_Retrieve, void *, uint32_t flags, const LV2_Feature *const *);
} LV2_State_Interface;
typedef struct {
    void *handle;
    char *(*abstract_path)(void *handle, const char *absolute);
    char *(*absolute_path)(void *handle, const char *abstract);
} LV2_State_Map_Path;
typedef struct {
    void *handle;
    void (*free_path)(void *handle, char *path);
} LV2_State_Free_Path;

#endif
