#include "core.h"

#include "nap.h"
#include "ring.h"

#define JUMP_PULSES 0.5      /* a host that says another place than expected by less has bent the tempo, */
#define ROUNDED_PULSES 0.02  /* or, by less, has rounded: Ardour says places in 1920ths of a quarter */
#define EXACT_FRAMES 0.1     /* nearer to a place nobody rounds */
#define LATE_PULSES 6        /* a note whose bar comes late is played late, by no more */
#define UNTOLD_PULSES 0.75   /* of a loop whose end was inside the block before: Ardour tells it in the next one */
#define NOTICE_PULSES 6      /* a change nearer to the bar line holds from the next one on */
#define MOST_TAKEN 1024      /* records a block */
#define NAP_SECONDS 0.0005   /* between two looks, offline */
#ifndef PATIENCE_SECONDS
#define PATIENCE_SECONDS 30 /* offline, while the engine composes nothing */
#endif
#define NO_BAR INT32_MIN
#define MOST_BPM 1e5
#define MOST_PULSES 1e9
#define MOST_BARS 1e9
#define NOTE_OFF 0x80
#define NOTE_ON 0x90
#define CONTROL 0xb0
#define ALL_SOUND_OFF 120
#define ALL_NOTES_OFF 123

void core_init(struct core *core, struct memory *memory) {
    *core = (struct core){.rate = 48000, .line = {.memory = memory}, .enabled = true, .missing = NO_BAR, .opened = true};
    core->timeline.said = (struct transport){.bpm = 120, .numerator = 4, .denominator = 4};
    for (int number = 0; number < PARAMETER_COUNT; number++) core->parameters[number] = PARAMETERS[number].initial;
}

void core_activate(struct core *core, double rate) {
    core->rate = rate;
    core->timeline.said.rolling = false;
    for (int note = 0; note < core->ledger.count; note++) core->ledger.notes[note].end = -INFINITY;
}

/* ---- to the host ---- */

static bool write_at(struct core *core, uint64_t frame, uint8_t status, uint8_t first, uint8_t second) {
    uint8_t data[3] = {status, first, second};
    return core->sink.write(core->sink.to, (uint32_t)(frame - core->block), data, sizeof data);
}

/* End the notes that are due up to a frame; what does not fit into the block ends in the next one. */
static void release(struct core *core, uint64_t frame) {
    struct sounding *first;
    while ((first = ledger_first(&core->ledger))) {
        double place = first->end - core->timeline.played;
        uint64_t at = first->end == -INFINITY ? core->now : frame_at(&core->timeline, place, core->now);
        if (at > frame || !write_at(core, at, NOTE_OFF | first->channel, first->pitch, 0)) return;
        ledger_remove(&core->ledger, first);
    }
}

static void release_all(struct core *core) {
    for (int note = 0; note < core->ledger.count; note++) core->ledger.notes[note].end = -INFINITY;
    release(core, core->now);
}

static void release_through(struct core *core) {
    for (int channel = 0; channel < 16; channel++) {
        for (int pitch = 0; pitch < 128; pitch++) {
            uint8_t *held = &core->through[channel][pitch / 8], bit = (uint8_t)(1 << pitch % 8);
            if (*held & bit && write_at(core, core->now, (uint8_t)(NOTE_OFF | channel), (uint8_t)pitch, 0)) *held &= ~bit;
        }
    }
}

static void panic(struct core *core) {
    release_all(core);
    release_through(core);
    for (int channel = 0; channel < 16; channel++) {
        write_at(core, core->now, (uint8_t)(CONTROL | channel), ALL_SOUND_OFF, 0);
        write_at(core, core->now, (uint8_t)(CONTROL | channel), ALL_NOTES_OFF, 0);
    }
}

static void sound(struct core *core, const struct note *note, double place, uint64_t frame) {
    struct timeline *line = &core->timeline;
    double least = pulses_at(line, frame + 1), end = fmax(place + note->duration, least) + line->played;
    struct sounding *same = ledger_find(&core->ledger, note->channel, note->pitch);
    if (same) {
        if (!write_at(core, frame, NOTE_OFF | note->channel, note->pitch, 0)) return;
        ledger_remove(&core->ledger, same);
    }
    if (ledger_is_full(&core->ledger)) return;
    if (!write_at(core, frame, NOTE_ON | note->channel, note->pitch, note->velocity)) return;
    ledger_add(&core->ledger, end, note->channel, note->pitch);
}

/* ---- to the engine ---- */

static void send(struct core *core, struct record record) {
    record.generation = core->generation;
    line_send(&core->line, record);
}

static int32_t here(const struct core *core, double *pulse) {
    return bar_at(&core->timeline, core->timeline.said.rolling ? pulses_at(&core->timeline, core->now) : 0, pulse);
}

static struct record at_here(const struct core *core, uint32_t kind) {
    const struct transport *said = &core->timeline.said;
    struct record record = {.kind = kind, .value = said->bpm, .numerator = said->numerator};
    record.denominator = said->denominator;
    record.bar = here(core, &record.pulse);
    record.wanted_from = NO_BAR;
    record.flags = (said->rolling ? TRANSPORT_ROLLING : 0u) | (core->offline ? TRANSPORT_OFFLINE : 0u);
    return record;
}

static void send_transport(struct core *core, bool jumps) {
    struct record record = at_here(core, RECORD_TRANSPORT);
    if (jumps) record.flags |= TRANSPORT_JUMP;
    send(core, record);
}

static void send_all(struct core *core) {
    line_begin_all(&core->line);
    send(core, (struct record){.kind = RECORD_SYNC, .wanted_from = NO_BAR});
    for (uint32_t number = 0; number < PARAMETER_COUNT; number++) {
        if (PARAMETERS[number].is_button) continue;
        struct record record = at_here(core, RECORD_PARAMETER);
        record.number = number;
        record.value = core->parameters[number];
        send(core, record);
    }
    send_transport(core, false);
}

/* What was composed is not wanted any more -> the bar from which on: the next that is not about to begin. */
static int32_t want_other(struct core *core) {
    double pulse;
    int32_t bar = here(core, &pulse);
    if (core->timeline.said.rolling) bar += pulse <= bar_pulses(&core->timeline.said) - NOTICE_PULSES ? 1 : 2;
    wanted_change(&core->wanted, ++core->generation, bar);
    return bar;
}

/* ---- from the engine ---- */

static bool take(struct core *core) {
    struct memory *memory = core->line.memory;
    struct record record;
    int count = 0;
    while (count < MOST_TAKEN && ring_read(memory->to_plugin, core->taken, &record)) {
        bars_take(&core->bars, &record);
        core->taken++;
        count++;
    }
    if (!count) return false;
    STORE(memory->taken, core->taken);
    core->gave_up = false;
    return true;
}

/* The bar, if it is there as it is wanted. Nothing plays before the song's first one. */
static const struct bar *find(const struct core *core, int32_t bar) {
    if (bar < 0) return NULL;
    const struct transport *said = &core->timeline.said;
    return bars_find(&core->bars, bar, wanted_in(&core->wanted, bar), said->numerator, said->denominator);
}

static bool is_complete(struct core *core, int32_t first, int32_t last, bool answered) {
    if (answered && !line_is_answered(&core->line)) return false;
    for (int32_t bar = first > 0 ? first : 0; bar <= last; bar++) {
        if (!find(core, bar)) return false;
    }
    return true;
}

/* Offline: wait until the bars are there, however long it takes to compose them, or there is no engine that does. */
static void wait_for(struct core *core, int32_t first, int32_t last, bool answered) {
    uint64_t progress = LOAD(core->line.memory->progress);
    for (double waited = 0; !core->gave_up && !is_complete(core, first, last, answered); waited += NAP_SECONDS) {
        uint32_t status = LOAD(core->line.memory->status);
        bool hopeless = status != STATUS_STARTING && status != STATUS_READY && status != STATUS_STALLED;
        core->gave_up = hopeless || waited > PATIENCE_SECONDS;
        nap(NAP_SECONDS);
        if (line_needs_all(&core->line)) send_all(core);
        uint64_t now = LOAD(core->line.memory->progress);
        if (take(core) || now != progress) waited = 0;
        progress = now;
    }
    take(core);
}

/* ---- the song goes on ---- */

/* Whether what comes in decides what is composed, so that an export has to wait for the engine at each pulse. */
static bool listens(const struct core *core) {
    const float *values = core->parameters;
    return values[PARAMETER_RESPOND] > 0 || values[PARAMETER_CHORDS] > 0 || values[PARAMETER_CAPTURE] > 0;
}

static void count_missing(struct core *core, int32_t first, int32_t last) {
    for (int32_t bar = first > 0 ? first : 0; bar <= last; bar++) {
        if (find(core, bar) || bar == core->missing) continue;
        core->late_bars++;
        core->missing = bar;
    }
}

/* Play the notes of a bar from a place up to another. Those that should have begun before now begin now. */
static void play_bar(struct core *core, const struct bar *bar, double from, double bound) {
    struct timeline *line = &core->timeline;
    double present = pulses_at(line, core->now);
    for (uint32_t index = 0; index < bar->count; index++) {
        const struct note *note = &bar->notes[index];
        double place = place_of(line, bar->number, note->onset);
        if (place < from || place + note->duration <= present || note->onset >= bar_pulses(&line->said)) continue;
        if (place >= bound) return;
        uint64_t frame = frame_at(line, place, core->now);
        release(core, frame);
        sound(core, note, place, frame);
    }
}

/* Play what is due from `now` up to a frame, and what could not be played a moment ago: its bar was not there. */
static void play(struct core *core, uint64_t frame) {
    struct timeline *line = &core->timeline;
    double pulse, bound = bound_at(line, frame), from = fmax(core->cursor, pulses_at(line, core->now) - LATE_PULSES);
    int32_t first = here(core, &pulse), last = bar_at(line, bound, &pulse);
    wanted_pass(&core->wanted, first);
    if (core->offline && core->enabled) wait_for(core, first, last, false);
    if (core->enabled) count_missing(core, first, last);
    core->cursor = bound;
    for (int32_t number = bar_at(line, from, &pulse); core->enabled && number <= last; number++) {
        const struct bar *bar = find(core, number);
        if (bar) {
            play_bar(core, bar, from, bound);
        } else if (number >= first && number >= 0) {
            core->cursor = fmax(from, place_of(line, number, 0));
            break;
        }
    }
    release(core, frame - 1);
}

/* Tell the engine the pulses that the song has passed at a frame. */
static void tell(struct core *core, uint64_t frame) {
    struct timeline *line = &core->timeline;
    struct record record = at_here(core, RECORD_POSITION);
    double length = bar_pulses(&line->said), reached = floor(line->said.pulse + pulses_at(line, frame) + 1e-6);
    while (core->told < reached) {
        double bars = floor(++core->told / length);
        record.bar = line->said.bar + (int32_t)bars;
        record.pulse = core->told - bars * length;
        send(core, record);
    }
}

static void advance(struct core *core, uint64_t end) {
    struct timeline *line = &core->timeline;
    while (core->now < end) {
        uint64_t frame = end;
        if (line->said.rolling) {
            bool step = core->offline && core->enabled && listens(core);
            if (step) {
                double next = floor(line->said.pulse + pulses_at(line, core->now) + 1e-6) + 1 - line->said.pulse;
                uint64_t at = frame_at(line, next, core->now + 1);
                if (at < end) frame = at;
            }
            play(core, frame);
            core->now = frame;
            tell(core, frame);
            if (step) wait_for(core, 0, -1, true);
        } else {
            release(core, frame - 1);
            core->now = frame;
        }
    }
}

/* ---- what the host calls ---- */

void core_begin(struct core *core, uint32_t frames, bool offline, struct sink sink) {
    core->sink = sink;
    core->last_frames = (uint32_t)(core->end - core->block);
    core->block = core->now = core->end;
    core->end += frames;
    bool changed = core->offline != offline;
    core->offline = offline;
    if (line_needs_all(&core->line)) {
        send_all(core);
    } else if (changed) {
        send_transport(core, false);
    }
    take(core);
    if (__atomic_exchange_n(&core->given, false, __ATOMIC_ACQ_REL)) {
        struct record record = {.kind = RECORD_GIVEN, .wanted_from = want_other(core)};
        send(core, record);
        core->opened = true;
    }
}

/* What no song can be is as it was, and the song stands. */
static struct transport legal(struct transport to, const struct transport *was) {
    if (!(to.bpm > 0 && to.bpm < MOST_BPM)) {
        to.bpm = was->bpm;
        to.rolling = false;
    }
    if (!to.numerator || !to.denominator) {
        to.numerator = was->numerator;
        to.denominator = was->denominator;
    }
    if (!(fabs(to.pulse) < MOST_PULSES)) to.pulse = 0;
    double bars = floor(to.pulse / bar_pulses(&to));
    to.pulse -= bars * bar_pulses(&to);
    to.bar = (int32_t)fmin(fmax(to.bar + bars, -MOST_BARS), MOST_BARS);
    return to;
}

/* The host says a place that is `off` the expected one, by so little that one of them is rounded. Errors of rounding lie
around the truth: the song is in the middle between the least and the most that was said of it. */
static void learn_rounding(struct core *core, double off) {
    struct timeline *line = &core->timeline;
    core->least_off = fmin(core->least_off, off);
    core->most_off = fmax(core->most_off, off);
    double shift = (core->least_off + core->most_off) / 2;
    if (fabs(shift) < EXACT_FRAMES * line->pulses_a_frame) return;
    line->said.pulse += shift;
    line->played += shift;
    core->cursor -= shift;
    core->least_off -= shift;
    core->most_off -= shift;
}

void core_transport(struct core *core, uint32_t frame, struct transport to) {
    struct timeline *line = &core->timeline;
    struct transport was = line->said;
    to = legal(to, &was);
    advance(core, core->block + frame);
    double past = was.rolling ? pulses_at(line, core->now) : 0;
    double off = place_of(line, to.bar, to.pulse) - past;
    bool jumps = fabs(off) >= JUMP_PULSES || (to.rolling && !was.rolling);
    bool same = to.rolling == was.rolling && to.bpm == was.bpm && to.numerator == was.numerator &&
                to.denominator == was.denominator;
    if (!jumps && same && fabs(off) < ROUNDED_PULSES) {
        learn_rounding(core, off);
        return;
    }
    core->least_off = core->most_off = 0;
    line->played += jumps ? past : past + off;
    core->cursor -= past + off;
    line->said = to;
    line->frame = core->now;
    line->pulses_a_frame = to.bpm * PULSES_PER_QUARTER / (60 * core->rate);
    core->told = ceil(to.pulse - 1e-6) - 1;
    if (jumps || !to.rolling) {
        release_all(core);
        core->cursor = -0.5 * line->pulses_a_frame;
        if (jumps && was.rolling && !frame) core->cursor = -fmin(core->last_frames * line->pulses_a_frame, UNTOLD_PULSES);
    }
    if (jumps) {
        bars_go_elsewhere(&core->bars);
        wanted_everywhere(&core->wanted, core->generation);
        core->missing = NO_BAR;
        core->gave_up = false;
    }
    if (jumps || !same) send_transport(core, jumps);
}

uint32_t core_midi_size(uint8_t status) {
    static const uint8_t CHANNEL[] = {3, 3, 3, 3, 2, 2, 3}, SYSTEM[] = {0, 2, 3, 2, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    if (status < NOTE_OFF) return 0;
    return status < 0xf0 ? CHANNEL[(status >> 4) - 8] : SYSTEM[status & 15];
}

/* Whether a message is one that may go on: hosts send what their devices do. */
static bool is_whole(const uint8_t *data, uint32_t size) {
    bool whole = size && size == core_midi_size(data[0]);
    for (uint32_t byte = 1; whole && byte < size; byte++) whole = data[byte] < 128;
    return whole;
}

void core_midi(struct core *core, uint32_t frame, const uint8_t *data, uint32_t size) {
    advance(core, core->block + frame);
    if (!is_whole(data, size)) return;
    struct record record = at_here(core, RECORD_MIDI);
    memcpy(record.data, data, size);
    send(core, record);
    uint8_t kind = data[0] & 0xf0, channel = data[0] & 0x0f, second = size > 2 ? data[2] : 0;
    bool passes = !core->enabled || core->parameters[PARAMETER_THROUGH] > 0;
    if ((kind == NOTE_ON || kind == NOTE_OFF) && size == 3) {
        uint8_t *held = &core->through[channel][(data[1] & 127) / 8], bit = (uint8_t)(1 << data[1] % 8);
        bool begins = kind == NOTE_ON && second > 0;
        if (begins ? !passes : !(*held & bit)) return;
        if (core->sink.write(core->sink.to, frame, data, size)) *held = begins ? *held | bit : *held & ~bit;
    } else if (passes) {
        core->sink.write(core->sink.to, frame, data, size);
    }
}

void core_parameter(struct core *core, uint32_t frame, uint32_t number, float value) {
    if (number >= PARAMETER_COUNT || !isfinite(value) || core->parameters[number] == value) return;
    advance(core, core->block + frame);
    const struct parameter *parameter = &PARAMETERS[number];
    bool pressed = parameter->is_button && value > 0 && core->parameters[number] <= 0 && !core->opened;
    core->parameters[number] = value;
    if (parameter->is_button && !pressed) return;
    if (number == PARAMETER_PANIC) panic(core);
    struct record record = at_here(core, RECORD_PARAMETER);
    if (parameter->composes) record.wanted_from = want_other(core);
    record.number = number;
    record.value = value;
    send(core, record);
}

void core_enable(struct core *core, uint32_t frame, bool enabled) {
    if (core->enabled == enabled) return;
    advance(core, core->block + frame);
    core->enabled = enabled;
    if (!enabled) release_all(core);
}

void core_end(struct core *core) {
    advance(core, core->end);
    core->opened = false;
}
