/* A thread that keeps an engine running beside the plugin: it starts it, watches it, and starts it again. */
#ifndef MELODYRNN_KEEPER_H
#define MELODYRNN_KEEPER_H

#include <stdbool.h>

#include "protocol.h"

struct keeper;

/* Make the memory and start the engine whose command stands in the file "engine" of a folder. NULL if the system
refuses. Where there is no such file, the status in the memory says so. A thread of the keeper calls `tell` when the
engine has something new to say, or for the project to save; NULL: nobody is told. */
struct keeper *keeper_new(const char *folder, void (*tell)(void *whom), void *whom);

struct memory *keeper_memory(const struct keeper *keeper);

/* End the engine; the memory is gone then. */
void keeper_free(struct keeper *keeper);

/* The model and the state for the engine to read. Too long ones are refused. */
bool keeper_give(struct keeper *keeper, const char *model, const void *state, uint32_t state_bytes);

/* Another model, with the state as it was. Takes no memory and does not wait. The engine says that one whose name is too
long is missing. */
void keeper_give_model(struct keeper *keeper, const char *model);

/* Copy the model's name (MODEL_BYTES) and what the engine wants saved (STATE_BYTES) -> the number of the state's bytes. */
uint32_t keeper_saved(const struct keeper *keeper, char *model, void *state);

/* Whether that is another state than the one that was given. */
bool keeper_saves_other(const struct keeper *keeper);

/* Copy what the engine says of itself (TEXT_BYTES). */
void keeper_text(const struct keeper *keeper, char *text);

#endif
