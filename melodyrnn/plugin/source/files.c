#include "files.h"

#ifdef _WIN32
#include <dirent.h>
#include <windows.h>

#define PATH_CHARACTERS 4096
#define NAME_BYTES 1024

static const wchar_t *wide(const char *path, wchar_t *to) {
    return MultiByteToWideChar(CP_UTF8, 0, path, -1, to, PATH_CHARACTERS) ? to : NULL;
}

FILE *files_open(const char *path) {
    wchar_t to[PATH_CHARACTERS];
    return wide(path, to) ? _wfopen(to, L"rb") : NULL;
}

void files_list(const char *folder, void (*each)(void *to, const char *name), void *to) {
    wchar_t path[PATH_CHARACTERS];
    char name[NAME_BYTES];
    _WDIR *stream = wide(folder, path) ? _wopendir(path) : NULL;
    for (struct _wdirent *entry; stream && (entry = _wreaddir(stream));) {
        if (WideCharToMultiByte(CP_UTF8, 0, entry->d_name, -1, name, NAME_BYTES, NULL, NULL)) each(to, name);
    }
    if (stream) _wclosedir(stream);
}
#else
#include <dirent.h>

FILE *files_open(const char *path) { return fopen(path, "rb"); }

void files_list(const char *folder, void (*each)(void *to, const char *name), void *to) {
    DIR *stream = opendir(folder);
    for (struct dirent *entry; stream && (entry = readdir(stream));) each(to, entry->d_name);
    if (stream) closedir(stream);
}
#endif
