#include "line.h"

#include "ring.h"

static uint64_t unread(const struct line *line) { return line->sent - LOAD(line->memory->engine_taken); }

bool line_needs_all(struct line *line) {
    uint32_t attached = LOAD(line->memory->attached);
    if (!attached || attached != LOAD(line->memory->start)) return false;
    return attached != line->synced || (line->lost && unread(line) < RING_RECORDS / 2);
}

void line_begin_all(struct line *line) {
    line->synced = LOAD(line->memory->attached);
    line->lost = false;
}

void line_send(struct line *line, struct record record) {
    if (!line->synced || line->lost) return;
    uint64_t waiting = unread(line);
    if (record.kind == RECORD_POSITION && waiting > RING_RECORDS / 2) return;
    if (waiting >= RING_RECORDS) {
        line->lost = true;
        return;
    }
    ring_write(line->memory->to_engine, line->sent++, record);
    STORE(line->memory->sent, line->sent);
}

bool line_is_answered(const struct line *line) { return LOAD(line->memory->answered) >= line->sent; }
