/* The shared memory and the engine's process, as the system gives them. */
#ifndef MELODYRNN_PROCESS_H
#define MELODYRNN_PROCESS_H

#include <stdbool.h>

#include "protocol.h"

enum { MOST_ARGUMENTS = 16, COMMAND_BYTES = 4096 };

struct process;

/* A memory of zeros for plugin and engine, and no process yet. NULL if the system refuses. */
struct process *process_new(void);

struct memory *process_memory(const struct process *process);

/* Start a command (arguments, then NULL), to which "--memory N" is added. False if it cannot be run. */
bool process_start(struct process *process, char **arguments);

/* Whether the process that was started runs. */
bool process_runs(struct process *process);

/* Tell the process that the plugin is gone, end it, and see that it is gone. */
void process_end(struct process *process);

/* The same, and give the memory back. */
void process_free(struct process *process);

#endif
