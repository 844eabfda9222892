#include "keeper.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "files.h"
#include "nap.h"
#include "process.h"
#include "ring.h"

#define LOOK_SECONDS 0.05 /* between two looks at the engine */
#define LOOKS_A_SECOND 20
#define HEALTHY_LOOKS (10 * LOOKS_A_SECOND) /* after so many, earlier failures do not count any more */
#define MOST_FAILURES 6                     /* waiting doubles with each up to so many */
#define GUARD_TRIES 1000

struct keeper {
    struct process *process;
    struct memory *memory;
    char engine_file[4096];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool ending;
    void (*tell)(void *whom);
    void *whom;
    uint32_t told_text, told_saved; /* guards of what was told last */
};

static void say(struct memory *memory, uint32_t status, const char *text) {
    uint32_t guard = LOAD(memory->text_guard) / 2 * 2;
    STORE(memory->text_guard, guard + 1);
    snprintf(memory->text, sizeof memory->text, "%s", text);
    STORE(memory->text_guard, guard + 2);
    STORE(memory->status, status);
}

/* Read the command of the engine, one argument a line, into `text` -> whether there is one. */
static bool read_command(const char *file, char *text, char **arguments) {
    FILE *stream = files_open(file);
    if (!stream) return false;
    size_t bytes = fread(text, 1, COMMAND_BYTES - 1, stream);
    fclose(stream);
    text[bytes] = 0;
    int count = 0;
    for (char *at = text; count < MOST_ARGUMENTS && *at;) {
        size_t length = strcspn(at, "\r\n");
        char *next = at + length + strspn(at + length, "\r\n");
        at[length] = 0;
        if (length) arguments[count++] = at;
        at = next;
    }
    arguments[count] = NULL;
    return count > 0;
}

static bool start(struct keeper *keeper) {
    char text[COMMAND_BYTES], *arguments[MOST_ARGUMENTS + 1];
    struct memory *memory = keeper->memory;
    if (!read_command(keeper->engine_file, text, arguments)) {
        say(memory, STATUS_NO_ENGINE, "no engine is installed: run melodyrnn plugin install");
        return false;
    }
    if (LOAD(memory->status) != STATUS_NO_ENGINE) say(memory, STATUS_STARTING, "starting");
    STORE(memory->start, memory->start + 1);
    if (process_start(keeper->process, arguments)) {
        uint32_t none = STATUS_NO_ENGINE; /* unless the engine has said more by now */
        __atomic_compare_exchange_n(&memory->status, &none, STATUS_STARTING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
        return true;
    }
    say(memory, STATUS_NO_ENGINE, "the engine cannot be run: run melodyrnn plugin install");
    return false;
}

static void tell_news(struct keeper *keeper) {
    uint32_t text = LOAD(keeper->memory->text_guard), saved = LOAD(keeper->memory->saved_guard);
    bool is_news = text != keeper->told_text || saved != keeper->told_saved;
    keeper->told_text = text;
    keeper->told_saved = saved;
    if (is_news && keeper->tell) keeper->tell(keeper->whom);
}

/* Rest until the next look -> whether to go on. */
static bool rest(struct keeper *keeper, int looks) {
    tell_news(keeper);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    long nanoseconds = until.tv_nsec + (long)(1e9 * LOOK_SECONDS) * (looks % LOOKS_A_SECOND);
    until.tv_sec += looks / LOOKS_A_SECOND + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_mutex_lock(&keeper->lock);
    int waited = 0;
    while (!keeper->ending && !waited) waited = pthread_cond_timedwait(&keeper->woken, &keeper->lock, &until);
    bool goes_on = !keeper->ending;
    pthread_mutex_unlock(&keeper->lock);
    return goes_on;
}

/* Watch an engine until it ends or stands still -> for how many looks it was well. Looks are counted, not seconds: while
the whole machine sleeps, nobody looks. */
static int watch(struct keeper *keeper, int patience) {
    struct memory *memory = keeper->memory;
    uint64_t beat = LOAD(memory->heartbeat);
    int well = 0, still = 0, limit = START_SECONDS * LOOKS_A_SECOND;
    while (rest(keeper, 1)) {
        if (!process_runs(keeper->process)) return well;
        uint64_t now = LOAD(memory->heartbeat);
        if (now != beat) {
            beat = now;
            still = 0;
            limit = patience * STALL_SECONDS * LOOKS_A_SECOND;
            well++;
        } else if (++still >= limit) {
            say(memory, STATUS_STALLED, "the engine stood still and is started again");
            return well;
        }
    }
    return well;
}

static void *keep(void *given) {
    struct keeper *keeper = given;
    int failures = 0;
    do {
        int well = 0;
        if (start(keeper)) well = watch(keeper, 1 << (failures < 3 ? failures : 3));
        process_end(keeper->process);
        if (LOAD(keeper->memory->status) == STATUS_WRONG_VERSION) break;
        if (well > HEALTHY_LOOKS) failures = 0;
        failures += failures < MOST_FAILURES;
    } while (rest(keeper, failures < 2 ? 0 : 1 << (failures + 2)));
    return NULL;
}

struct keeper *keeper_new(const char *folder, void (*tell)(void *whom), void *whom) {
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper) return NULL;
    keeper->process = process_new();
    if (!keeper->process) {
        free(keeper);
        return NULL;
    }
    keeper->tell = tell;
    keeper->whom = whom;
    keeper->memory = process_memory(keeper->process);
    keeper->memory->magic = PROTOCOL_MAGIC;
    keeper->memory->version = PROTOCOL_VERSION;
    keeper->memory->bytes = sizeof(struct memory);
    snprintf(keeper->engine_file, sizeof keeper->engine_file, "%s/engine", folder);
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->woken, NULL);
    if (pthread_create(&keeper->thread, NULL, keep, keeper)) {
        process_free(keeper->process);
        free(keeper);
        return NULL;
    }
    return keeper;
}

struct memory *keeper_memory(const struct keeper *keeper) { return keeper->memory; }

void keeper_free(struct keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    keeper->ending = true;
    pthread_cond_signal(&keeper->woken);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    process_free(keeper->process);
    pthread_cond_destroy(&keeper->woken);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper);
}

bool keeper_give(struct keeper *keeper, const char *model, const void *state, uint32_t state_bytes) {
    struct memory *memory = keeper->memory;
    if (state_bytes > STATE_BYTES || strlen(model) >= MODEL_BYTES) return false;
    uint32_t guard = LOAD(memory->given_guard);
    STORE(memory->given_guard, guard + 1);
    if (state_bytes) memcpy(memory->state, state, state_bytes);
    STORE(memory->state_bytes, state_bytes);
    STORE(memory->given_guard, guard + 2);
    STORE(memory->saved_bytes, 0); /* what the engine wanted saved is of another state */
    keeper_give_model(keeper, model);
    return true;
}

void keeper_give_model(struct keeper *keeper, const char *model) {
    struct memory *memory = keeper->memory;
    const char *end = memchr(model, 0, MODEL_BYTES - 1);
    size_t length = end ? (size_t)(end - model) : MODEL_BYTES - 1;
    uint32_t guard = LOAD(memory->given_guard);
    STORE(memory->given_guard, guard + 1);
    memcpy(memory->model, model, length);
    memset(memory->model + length, 0, MODEL_BYTES - length);
    STORE(memory->given_guard, guard + 2);
}

uint32_t keeper_saved(const struct keeper *keeper, char *model, void *state) {
    struct memory *memory = keeper->memory;
    uint32_t bytes = 0;
    memcpy(model, memory->model, MODEL_BYTES);
    for (int try = 0; try < GUARD_TRIES; try++) {
        uint32_t guard = LOAD(memory->saved_guard);
        bytes = LOAD(memory->saved_bytes) < STATE_BYTES ? LOAD(memory->saved_bytes) : STATE_BYTES;
        memcpy(state, memory->saved, bytes);
        if (guard % 2 == 0 && guard == LOAD(memory->saved_guard)) break;
        nap(0.001);
    }
    if (!bytes) { /* the engine has not come so far: what was given stays */
        bytes = LOAD(memory->state_bytes);
        memcpy(state, memory->state, bytes);
    }
    return bytes;
}

bool keeper_saves_other(const struct keeper *keeper) {
    const struct memory *memory = keeper->memory;
    uint32_t bytes = LOAD(memory->saved_bytes);
    return bytes && (bytes != LOAD(memory->state_bytes) || memcmp(memory->saved, memory->state, bytes));
}

void keeper_text(const struct keeper *keeper, char *text) {
    struct memory *memory = keeper->memory;
    for (int try = 0; try < GUARD_TRIES; try++) {
        uint32_t guard = LOAD(memory->text_guard);
        memcpy(text, memory->text, TEXT_BYTES);
        if (guard % 2 == 0 && guard == LOAD(memory->text_guard)) break;
        nap(0.001);
    }
    text[TEXT_BYTES - 1] = 0;
}
