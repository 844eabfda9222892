/* harness core - BLOCKS, harness lv2 FOLDER BLOCKS, harness clap FOLDER BLOCKS

Prints how many notes sounded; fails if one is without an end. */
#define _GNU_SOURCE
#include "harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__thread bool in_audio;

#ifdef HOOKS
static void check(const char *name) {
    if (!in_audio) return;
    in_audio = false;
    fprintf(stderr, "the audio thread calls %s\n", name);
    _exit(3);
}
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);
void *malloc(size_t size) { return check("malloc"), __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return check("calloc"), __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return check("realloc"), __libc_realloc(old, size); }
void free(void *old) { check("free"), __libc_free(old); }
/* The linker gives the plugin's calls to these: -Wl,--wrap=NAME. */
#define WRAP(type, name, declared, passed)                                                                             \
    type __real_##name declared;                                                                                       \
    type __wrap_##name declared { return check(#name), __real_##name passed; }
WRAP(int, pthread_mutex_lock, (pthread_mutex_t *lock), (lock))
WRAP(int, pthread_cond_signal, (pthread_cond_t *woken), (woken))
WRAP(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
WRAP(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode))
WRAP(int, close, (int descriptor), (descriptor))
WRAP(int, kill, (pid_t pid, int number), (pid, number))
WRAP(int, waitpid, (pid_t pid, int *status, int how), (pid, status, how))
#endif

static bool sounding[16][128];
static unsigned long begun, hanging;

void hear(const uint8_t *data) {
    bool *note = &sounding[data[0] & 15][data[1] & 127];
    if ((data[0] & 0xf0) == 0x90) {
        begun++;
        hanging += *note;
        *note = true;
    } else if ((data[0] & 0xf0) == 0x80) {
        *note = false;
    }
}

int random_to(unsigned *numbers, int most) { return rand_r(numbers) % (most + 1); }

static bool finish(void) {
    for (int channel = 0; channel < 16; channel++) {
        for (int pitch = 0; pitch < 128; pitch++) hanging += sounding[channel][pitch];
    }
    printf("%lu notes, %lu hang\n", begun, hanging);
    return !hanging;
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        bool (*run)(const char *folder, int blocks);
    } ways[] = {{"core", run_core}, {"lv2", run_lv2}, {"clap", run_clap}};
    for (int way = 0; count == 4 && way < 3; way++) {
        if (!strcmp(ways[way].name, arguments[1])) return !(ways[way].run(arguments[2], atoi(arguments[3])) && finish());
    }
    return 2;
}
