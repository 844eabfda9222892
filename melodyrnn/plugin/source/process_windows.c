#ifdef _WIN32
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "process.h"

#define LINE_CHARACTERS 8192
#define NAME_TRIES 100

struct process {
    struct memory *memory;
    HANDLE mapping, pipe, handle; /* pipe: while it is open the engine knows that the plugin is there */
    char name[64];
};

/* A mapping under a name that nobody uses, such as an engine that a host of the same number has left. */
static void map_memory(struct process *process) {
    static volatile LONG count;
    DWORD size = sizeof(struct memory);
    for (int try = 0; try < NAME_TRIES && !process->mapping; try++) {
        snprintf(process->name, sizeof process->name, "melodyrnn-%lu-%ld", (unsigned long)GetCurrentProcessId(),
                 (long)InterlockedIncrement(&count));
        process->mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, size, process->name);
        if (!process->mapping || GetLastError() != ERROR_ALREADY_EXISTS) break;
        CloseHandle(process->mapping);
        process->mapping = NULL;
    }
    if (process->mapping) process->memory = MapViewOfFile(process->mapping, FILE_MAP_ALL_ACCESS, 0, 0, size);
}

struct process *process_new(void) {
    struct process *process = calloc(1, sizeof *process);
    if (!process) return NULL;
    map_memory(process);
    if (process->memory) return process;
    if (process->mapping) CloseHandle(process->mapping);
    free(process);
    return NULL;
}

struct memory *process_memory(const struct process *process) { return process->memory; }

/* Put an argument into a command line, in quotes, as programs on Windows take it apart. False if there is no room. */
static bool append(char *line, const char *argument) {
    size_t at = strlen(line), slashes = 0;
    if (at + 2 * strlen(argument) + 4 > LINE_CHARACTERS) return false;
    if (at) line[at++] = ' ';
    line[at++] = '"';
    for (;; argument++) {
        if (*argument == '\\') {
            slashes++;
            continue;
        }
        bool quotes = *argument == '"' || !*argument; /* a quote, ours at the end too, counts the backslashes before it */
        for (size_t slash = 0; slash < slashes * (quotes ? 2 : 1); slash++) line[at++] = '\\';
        slashes = 0;
        if (!*argument) break;
        if (*argument == '"') line[at++] = '\\';
        line[at++] = *argument;
    }
    line[at++] = '"';
    line[at] = 0;
    return true;
}

/* UTF-8, as the file "engine" is written, in the characters of Windows. */
static bool run(struct process *process, const char *line, HANDLE stdin_end, HANDLE nowhere) {
    wchar_t wide[LINE_CHARACTERS];
    STARTUPINFOW how = {.cb = sizeof how, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION made;
    how.hStdInput = stdin_end;
    how.hStdOutput = how.hStdError = nowhere;
    if (!MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, LINE_CHARACTERS)) return false;
    DWORD flags = CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP;
    if (!CreateProcessW(NULL, wide, NULL, NULL, TRUE, flags, NULL, NULL, &how, &made)) return false;
    CloseHandle(made.hThread);
    process->handle = made.hProcess;
    return true;
}

bool process_start(struct process *process, char **arguments) {
    char line[LINE_CHARACTERS] = "";
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE stdin_end;
    bool fits = true;
    for (int count = 0; arguments[count]; count++) fits = fits && append(line, arguments[count]);
    if (!fits || !append(line, "--memory") || !append(line, process->name)) return false;
    if (!CreatePipe(&stdin_end, &process->pipe, NULL, 0)) return false;
    /* The other end is never one that an engine of another instance could inherit and keep open. */
    SetHandleInformation(stdin_end, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    HANDLE nowhere = CreateFileA("NUL", GENERIC_WRITE, FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
    bool started = run(process, line, stdin_end, nowhere);
    CloseHandle(stdin_end);
    CloseHandle(nowhere);
    if (!started) process_end(process);
    return started;
}

bool process_runs(struct process *process) {
    return process->handle && WaitForSingleObject(process->handle, 0) == WAIT_TIMEOUT;
}

void process_end(struct process *process) {
    if (process->pipe) CloseHandle(process->pipe);
    if (process->handle) {
        TerminateProcess(process->handle, 1);
        WaitForSingleObject(process->handle, INFINITE);
        CloseHandle(process->handle);
    }
    process->pipe = process->handle = NULL;
}

void process_free(struct process *process) {
    process_end(process);
    UnmapViewOfFile(process->memory);
    CloseHandle(process->mapping);
    free(process);
}
#endif
