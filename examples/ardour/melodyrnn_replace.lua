-- melodyrnn: make some bars of a MIDI track of an Ardour session anew, without Ardour's window.
--
--   ardour7-lua -- examples/ardour/melodyrnn_replace.lua SESSION_FOLDER SESSION_NAME TRACK BARS [OPTION ...]
--   ardour7-lua -- examples/ardour/melodyrnn_replace.lua ~/sessions/song song Lead 5-8 --temperature 0.9
--
-- BARS are counted from that in which the first region of the track begins; OPTIONs are those of `melodyrnn generate`.
-- The notes that begin in these bars are replaced, and the session is saved. Close it in Ardour first. The environment
-- variable MELODYRNN names the program where it is not found.

local MELODYRNN = os.getenv("MELODYRNN") or "melodyrnn"
local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
local midi_file = dofile(folder .. "../reaper/midi_file.lua")
local TICKS = midi_file.TICKS_PER_QUARTER

local function fail(text)
  io.stderr:write("error: ", text, "\n")
  close_session()
  os.exit(1)
end

--- Quarter notes, which Ardour's Beats show as "quarters:parts", in ticks; and back.
local function ticks(beats)
  local quarters, parts = tostring(beats):match("^(%-?%d+):(%d+)$")
  return quarters * TICKS + parts * TICKS // Temporal.ticks_per_beat
end
local function beats(tick) return Temporal.Beats.from_double(tick / TICKS) end

local function track_named(session, name)
  local names = {}
  for route in session:get_tracks():iter() do
    local track = route:to_track()
    if track:name() == name then return track end
    names[#names + 1] = track:name()
  end
  fail("no track " .. name .. ": there are " .. table.concat(names, ", "))
end

local function first_midi_region(track)
  local found
  for region in track:playlist():region_list():iter() do
    local midi = region:to_midiregion()
    if not midi:isnil() and (not found or ticks(midi:position():beats()) < ticks(found:position():beats())) then
      found = midi
    end
  end
  return found or fail("the track has no MIDI region")
end

--- The metre, tempo and length of a bar in ticks where a region begins.
local function metre_at(position)
  local map = Temporal.TempoMap.read()
  local tempo, meter = map:tempo_at(position), map:meter_at(position)
  local numerator, denominator = meter:divisions_per_bar(), meter:note_value()
  return {
    bpm = tempo:quarter_notes_per_minute(),
    numerator = numerator,
    denominator = denominator,
    bar = numerator * 4 * TICKS // denominator,
  }
end

--- The notes of a region, in ticks after a bar line `shift` ticks before the beginning of its source; and Ardour's own.
local function notes_of(model, shift)
  local notes = {}
  for note in ARDOUR.LuaAPI.note_list(model):iter() do
    local start = ticks(note:time()) + shift
    notes[#notes + 1] = {
      start = start,
      stop = start + ticks(note:length()),
      channel = note:channel(),
      pitch = note:note(),
      velocity = note:velocity(),
      original = note,
    }
  end
  return notes
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- Run melodyrnn on the bytes of a MIDI file -> the notes of its answer.
local function answer(bytes, bars, options)
  local name = os.tmpname()
  local given, made = name .. "-given.mid", name .. "-made.mid"
  local file = assert(io.open(given, "wb"))
  file:write(bytes)
  file:close()
  local words = { quoted(MELODYRNN), "generate", quoted(given), "--replace", quoted(bars), "-o", quoted(made) }
  for _, option in ipairs(options) do words[#words + 1] = quoted(option) end
  os.execute(table.concat(words, " "))
  local result = io.open(made, "rb")
  local notes = result and midi_file.read(result:read("a"))
  if result then result:close() end
  for _, path in ipairs({ name, given, made }) do os.remove(path) end
  return notes or fail("melodyrnn made nothing; what it says is above")
end

local function replace(session, region, bars, options)
  local metre = metre_at(region:position())
  local position, source_start = ticks(region:position():beats()), ticks(region:start():beats())
  local first_line = position - position % metre.bar
  local shift = position - source_start - first_line
  local model = region:midi_source(0):model()
  local given = notes_of(model, shift)
  local stop = position + ticks(region:length():beats()) - first_line
  local length = (stop + metre.bar - 1) // metre.bar * metre.bar
  local first, last = bars:match("^(%d+)-?(%d*)$")
  if not first then fail(bars .. ": bars must be like 5-8") end
  local gap_start = (tonumber(first) - 1) * metre.bar
  local gap_stop = (tonumber(last) or tonumber(first)) * metre.bar
  local metres = { { tick = 0, numerator = metre.numerator, denominator = metre.denominator } }
  local made = answer(midi_file.write(given, metres, metre.bpm, length, "Region"), bars, options)

  local change = model:new_note_diff_command("melodyrnn: bars " .. bars)
  local old = midi_file.between(given, gap_start, gap_stop)
  local new = midi_file.between(made, gap_start, gap_stop)
  for _, note in ipairs(old) do change:remove(note.original) end
  for _, note in ipairs(new) do
    local start, long = beats(note.start - shift), beats(note.stop - note.start)
    change:add(ARDOUR.LuaAPI.new_noteptr(note.channel, start, long, note.pitch, note.velocity))
  end
  model:apply_command(session, change)
  print(string.format("bars %s: %d notes in the place of %d", bars, #new, #old))
end

local session_folder, session_name, track_name, bars = table.unpack(arg)
if not bars then
  io.stderr:write("error: give the session's folder and name, the track, and the bars, such as 5-8\n")
  os.exit(2)
end
AudioEngine:set_backend("None (Dummy)", "", "") -- no sound card is needed
local session = load_session(session_folder, session_name)
if not session then
  io.stderr:write("error: no session " .. session_name .. " in " .. session_folder .. "\n")
  os.exit(1)
end
local options = { table.unpack(arg, 5) }
replace(session, first_midi_region(track_named(session, track_name)), bars, options)
session:save_state("")
close_session()
quit()
