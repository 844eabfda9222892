#include "models.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"

static bool is_model(const char *name) {
    size_t length = strlen(name), ending = strlen(MODELS_ENDING);
    return *name != '.' && length > ending && length < MODEL_NAME_BYTES && !strcmp(name + length - ending, MODELS_ENDING);
}

static void add(void *to, const char *name) {
    struct models *models = to;
    bool fits = strlen(models->folder) + strlen(name) + 2 < MODEL_BYTES;
    if (is_model(name) && fits && models->count < MOST_MODELS) strcpy(models->names[models->count++], name);
}

static int in_order(const void *one, const void *other) { return strcmp(one, other); }

void models_read(struct models *models, const char *folder) {
    char file[4096];
    *models = (struct models){.count = 0};
    snprintf(file, sizeof file, "%s/" MODELS_FILE, folder);
    FILE *stream = files_open(file);
    if (!stream) return;
    size_t bytes = fread(models->folder, 1, sizeof models->folder - 1, stream);
    fclose(stream);
    models->folder[bytes] = 0;
    models->folder[strcspn(models->folder, "\r\n")] = 0;
    files_list(models->folder, add, models);
    qsort(models->names, models->count, sizeof *models->names, in_order);
}

uint32_t models_row(struct models *models, const char *path) {
    char known[MODEL_BYTES];
    *models->brought = 0;
    if (!*path) return 0;
    for (uint32_t row = 1; row <= models->count; row++) {
        models_path(models, row, known);
        if (!strcmp(known, path)) return row;
    }
    snprintf(models->brought, sizeof models->brought, "%s", path);
    return models_last(models);
}

void models_path(const struct models *models, uint32_t row, char *path) {
    *path = 0;
    if (row == models_last(models)) strcpy(path, models->brought);
    if (!row || row > models->count) return;
    strcpy(path, models->folder); /* there is room: see add */
    strcat(path, "/");
    strcat(path, models->names[row - 1]);
}

const char *models_text(const struct models *models, uint32_t row) {
    if (row && row <= models->count) return models->names[row - 1];
    if (row != models_last(models) || !*models->brought) return row ? "none" : "included";
    const char *name = models->brought;
    for (const char *at = name; *at; at++) {
        if ((*at == '/' || *at == '\\') && at[1]) name = at + 1;
    }
    return name;
}
