/* The model files of the user's own, in rows that a parameter counts: for hosts in which nobody can name a file. */
#ifndef MELODYRNN_MODELS_H
#define MELODYRNN_MODELS_H

#include <stdint.h>

#include "protocol.h"

#define MODELS_FILE "models" /* in the plugin's folder: the path of the folder of models */
#define MODELS_ENDING ".safetensors"

enum { MOST_MODELS = 64, MODEL_NAME_BYTES = 256 };

/* Row 0 is the included model of the style, the last one what a project has brought, unless that is in the folder. */
struct models {
    char folder[MODEL_BYTES];
    uint32_t count; /* of the files in the folder */
    char names[MOST_MODELS][MODEL_NAME_BYTES]; /* in order */
    char brought[MODEL_BYTES];
};

/* Read which models there are, as the plugin's folder says. */
void models_read(struct models *models, const char *folder);

static inline uint32_t models_last(const struct models *models) { return models->count + 1; }

/* The row of a model's path, "" for the included one. Any other path is kept in the last row. */
uint32_t models_row(struct models *models, const char *path);

/* The path of the model in a row (MODEL_BYTES). */
void models_path(const struct models *models, uint32_t row, char *path);

/* What the user reads of a row. */
const char *models_text(const struct models *models, uint32_t row);

#endif
