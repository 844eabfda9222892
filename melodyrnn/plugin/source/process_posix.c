#ifndef _WIN32
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define CHILD_MEMORY 3 /* the number of the memory's file descriptor in the engine */
#define NAME_TRIES 100

extern char **environ;

struct process {
    struct memory *memory;
    int descriptor;
    int pipe;  /* while it is open the engine knows that the plugin is there; -1: no process */
    pid_t pid; /* 0: none */
};

/* A descriptor above the first few, so that none is in the way of those that the engine gets. */
static int moved_up(int descriptor) {
    int moved = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
    if (descriptor >= 0) close(descriptor);
    return moved;
}

/* The name is given up at once: the memory lives as long as somebody has it open. */
static int nameless_memory(void) {
    static atomic_uint count;
    for (int try = 0; try < NAME_TRIES; try++) {
        char name[32];
        snprintf(name, sizeof name, "/melodyrnn-%ld-%u", (long)getpid(), atomic_fetch_add(&count, 1));
        int descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (descriptor < 0 && errno == EEXIST) continue;
        if (descriptor >= 0) shm_unlink(name);
        return moved_up(descriptor);
    }
    return -1;
}

struct process *process_new(void) {
    struct process *process = calloc(1, sizeof *process);
    if (!process) return NULL;
    process->pipe = -1;
    process->descriptor = nameless_memory();
    if (process->descriptor >= 0 && !ftruncate(process->descriptor, sizeof(struct memory))) {
        void *memory = mmap(NULL, sizeof(struct memory), PROT_READ | PROT_WRITE, MAP_SHARED, process->descriptor, 0);
        process->memory = memory == MAP_FAILED ? NULL : memory;
    }
    if (process->memory) return process;
    if (process->descriptor >= 0) close(process->descriptor);
    free(process);
    return NULL;
}

struct memory *process_memory(const struct process *process) { return process->memory; }

static bool spawn(struct process *process, char **arguments, int stdin_end) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, stdin_end, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, process->descriptor, CHILD_MEMORY);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    bool started = !posix_spawnp(&process->pid, arguments[0], &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (!started) process->pid = 0;
    return started;
}

bool process_start(struct process *process, char **arguments) {
    char *given[MOST_ARGUMENTS + 3], number[16];
    int count = 0, ends[2];
    snprintf(number, sizeof number, "%d", CHILD_MEMORY);
    while (count < MOST_ARGUMENTS && arguments[count]) {
        given[count] = arguments[count];
        count++;
    }
    given[count++] = "--memory";
    given[count++] = number;
    given[count] = NULL;
    if (pipe(ends)) return false;
    int stdin_end = moved_up(ends[0]);
    process->pipe = moved_up(ends[1]);
    bool started = stdin_end >= 0 && process->pipe >= 0 && spawn(process, given, stdin_end);
    if (stdin_end >= 0) close(stdin_end);
    if (!started) process_end(process);
    return started;
}

bool process_runs(struct process *process) {
    if (!process->pid) return false;
    pid_t ended = waitpid(process->pid, NULL, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return true;
    process->pid = 0; /* it has ended, or the host has waited for it */
    return false;
}

void process_end(struct process *process) {
    if (process->pipe >= 0) close(process->pipe);
    process->pipe = -1;
    if (process_runs(process)) {
        kill(process->pid, SIGKILL); /* it has nothing to lose, and may stand still */
        while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
    process->pid = 0;
}

void process_free(struct process *process) {
    process_end(process);
    munmap(process->memory, sizeof(struct memory));
    close(process->descriptor);
    free(process);
}
#endif
