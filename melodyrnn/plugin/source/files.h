/* Files, whose paths are UTF-8 on every system. */
#ifndef MELODYRNN_FILES_H
#define MELODYRNN_FILES_H

#include <stdio.h>

/* Open a file to read. NULL if it cannot be. */
FILE *files_open(const char *path);

/* Call `each` with the name of everything in a folder; not at all if it cannot be read. */
void files_list(const char *folder, void (*each)(void *to, const char *name), void *to);

#endif
