-- melodyrnn: make the bars of the time selection anew, in the selected MIDI item.
--
-- In REAPER: Actions > Show action list > New action > Load ReaScript, and choose this file. Then select a MIDI item,
-- select some of its bars as the time selection, and run the action. The notes that begin in these bars are replaced;
-- every other event of the item stays. Undo takes it back.

-- The program, with its folder where REAPER does not find it (Windows: "C:/music/.venv/Scripts/melodyrnn.exe").
local MELODYRNN = os.getenv("MELODYRNN") or "melodyrnn"
local TIMEOUT_MILLISECONDS = 120000

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
local midi_file = dofile(folder .. "midi_file.lua")

local function tell(text)
  reaper.ShowMessageBox(text, "melodyrnn", 0)
end

--- The measure that holds a time of the project, counted from 0.
local function measure_at(seconds)
  local _, measure = reaper.TimeMap2_timeToBeats(0, seconds)
  return measure
end

local function ticks(quarters)
  return math.floor(quarters * midi_file.TICKS_PER_QUARTER + 0.5)
end

--- The notes of a take, with their number in it, in ticks after a quarter note of the project.
local function notes_of(take, origin)
  local notes, _, count = {}, reaper.MIDI_CountEvts(take)
  for index = 0, count - 1 do
    local _, _, _, start, stop, channel, pitch, velocity = reaper.MIDI_GetNote(take, index)
    notes[#notes + 1] = {
      index = index,
      start = ticks(reaper.MIDI_GetProjQNFromPPQPos(take, start) - origin),
      stop = ticks(reaper.MIDI_GetProjQNFromPPQPos(take, stop) - origin),
      channel = channel,
      pitch = pitch,
      velocity = velocity,
    }
  end
  return notes
end

--- The metres from one measure to another, where each begins, and the tempo of the first.
local function metres_of(first, last, origin)
  local metres, bpm = {}, nil
  for measure = first, last do
    local _, start, _, numerator, denominator, tempo = reaper.TimeMap_GetMeasureInfo(0, measure)
    local before = metres[#metres]
    bpm = bpm or tempo
    if not before or before.numerator ~= numerator or before.denominator ~= denominator then
      metres[#metres + 1] = { tick = ticks(start - origin), numerator = numerator, denominator = denominator }
    end
  end
  return metres, bpm
end

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

local function read(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read("a")
  if file then file:close() end
  return bytes
end

--- Run melodyrnn -> the notes of its answer, or nil and what it says.
local function answer(bytes, bars)
  local name = os.tmpname()
  local given, made = name .. "-given.mid", name .. "-made.mid"
  write(given, bytes)
  local command = string.format('"%s" generate "%s" --replace %s -o "%s"', MELODYRNN, given, bars, made)
  local said = reaper.ExecProcess(command, TIMEOUT_MILLISECONDS)
  local result = read(made)
  for _, path in ipairs({ name, given, made }) do os.remove(path) end
  if not result then return nil, said and said:gsub("^%-?%d+\n", "") or (MELODYRNN .. " cannot be run") end
  return midi_file.read(result)
end

local function replace(item)
  local take = item and reaper.GetActiveTake(item)
  if not take or not reaper.TakeIsMIDI(take) then return tell("Select a MIDI item.") end
  local from, to = reaper.GetSet_LoopTimeRange(false, false, 0, 0, false)
  if to <= from then return tell("Select the bars to make anew as the time selection.") end

  local begins = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
  local ends = begins + reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
  local hair = 0.001 -- a selection that ends on a bar line ends with the bar before
  local first, last = measure_at(begins + hair), measure_at(ends - hair)
  local gap_first, gap_last = math.max(first, measure_at(from + hair)), math.min(last, measure_at(to - hair))
  if gap_first > gap_last then return tell("The time selection lies outside the item.") end

  local _, origin = reaper.TimeMap_GetMeasureInfo(0, first)
  local _, gap_start = reaper.TimeMap_GetMeasureInfo(0, gap_first)
  local _, _, gap_stop = reaper.TimeMap_GetMeasureInfo(0, gap_last)
  local _, _, stop = reaper.TimeMap_GetMeasureInfo(0, last)
  local metres, bpm = metres_of(first, last, origin)
  local given = notes_of(take, origin)
  local bars = string.format("%d-%d", gap_first - first + 1, gap_last - first + 1)
  local made, said = answer(midi_file.write(given, metres, bpm, ticks(stop - origin), "Item"), bars)
  if not made then return tell(said) end

  local gap = { ticks(gap_start - origin), ticks(gap_stop - origin) }
  local old = midi_file.between(given, gap[1], gap[2])
  reaper.Undo_BeginBlock()
  for place = #old, 1, -1 do reaper.MIDI_DeleteNote(take, old[place].index) end
  local function ppq(tick)
    return reaper.MIDI_GetPPQPosFromProjQN(take, origin + tick / midi_file.TICKS_PER_QUARTER)
  end
  for _, note in ipairs(midi_file.between(made, gap[1], gap[2])) do
    reaper.MIDI_InsertNote(
      take, false, false, ppq(note.start), ppq(note.stop), note.channel, note.pitch, note.velocity, true
    )
  end
  reaper.MIDI_Sort(take)
  reaper.Undo_EndBlock("melodyrnn: bars " .. bars .. " of the item made anew", -1)
  reaper.UpdateArrange()
end

replace(reaper.GetSelectedMediaItem(0, 0))
