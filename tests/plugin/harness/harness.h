/* A host in C for the sanitizers: an audio thread runs blocks in which anything happens, while another thread saves the
project, and a process or thread composes. With -DHOOKS what an audio thread must not call ends the program. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#define MOST_FRAMES 2048

/* Whether this thread is in a block. */
extern __thread bool in_audio;

/* A message has come out. */
void hear(const uint8_t *data);

int random_to(unsigned *numbers, int most);

/* Blocks of the core alone, to which comes what is often damaged; and of the plugin in a folder, in each format. */
bool run_core(const char *nothing, int blocks);
bool run_lv2(const char *folder, int blocks);
bool run_clap(const char *folder, int blocks);

#endif
