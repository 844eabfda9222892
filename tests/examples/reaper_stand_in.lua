-- A stand-in for REAPER with one MIDI item on one track, so that melodyrnn_replace.lua runs without it.
--
--   lua reaper_stand_in.lua SCRIPT NOTES FROM_QUARTER TO_QUARTER
--
-- NOTES: a file with a line for each note: start stop channel pitch velocity, in ticks of 960 a quarter. The item begins
-- at bar 3 of a project in 4/4 at 120 bpm. Prints the notes afterwards, the commands that were run, and the messages.

local script, path = arg[1], arg[2]
local from, to = tonumber(arg[3]), tonumber(arg[4])
local BAR, PPQ, SECONDS = 4, 960, 0.5 -- quarters of a bar, ticks and seconds of a quarter
local ITEM_QUARTER = 8
local notes, said, undo = {}, {}, 0

for line in io.lines(path) do
  local note = {}
  for number in line:gmatch("%d+") do note[#note + 1] = tonumber(number) end
  notes[#notes + 1] = note
end
local last = 0
for _, note in ipairs(notes) do last = math.max(last, note[2]) end
local length = math.ceil(last / PPQ / BAR) * BAR

local function sort()
  table.sort(notes, function(a, b)
    for field = 1, 5 do
      if a[field] ~= b[field] then return a[field] < b[field] end
    end
    return false
  end)
end

reaper = {
  GetSelectedMediaItem = function() return #notes > 0 and "item" or nil end,
  GetActiveTake = function() return "take" end,
  TakeIsMIDI = function() return true end,
  GetMediaItemInfo_Value = function(_, what)
    return (what == "D_POSITION" and ITEM_QUARTER or length) * SECONDS
  end,
  GetSet_LoopTimeRange = function() return (ITEM_QUARTER + from) * SECONDS, (ITEM_QUARTER + to) * SECONDS end,
  TimeMap2_timeToBeats = function(_, seconds)
    local quarters = seconds / SECONDS
    return quarters % BAR, math.floor(quarters / BAR)
  end,
  TimeMap_GetMeasureInfo = function(_, measure)
    return measure * BAR * SECONDS, measure * BAR, (measure + 1) * BAR, 4, 4, 120
  end,
  MIDI_CountEvts = function() return true, #notes, 0, 0 end,
  MIDI_GetNote = function(_, index) return true, false, false, table.unpack(notes[index + 1]) end,
  MIDI_GetProjQNFromPPQPos = function(_, ppq) return ITEM_QUARTER + ppq / PPQ end,
  MIDI_GetPPQPosFromProjQN = function(_, quarter) return (quarter - ITEM_QUARTER) * PPQ end,
  MIDI_DeleteNote = function(_, index) table.remove(notes, index + 1) end,
  MIDI_InsertNote = function(_, _, _, start, stop, ...) notes[#notes + 1] = { start, stop, ... } end,
  MIDI_Sort = sort,
  ExecProcess = function(command)
    print("ran " .. command)
    local process = io.popen(command .. " 2>&1")
    local output = process:read("a")
    local _, _, code = process:close()
    return code .. "\n" .. output
  end,
  ShowMessageBox = function(text) said[#said + 1] = text end,
  Undo_BeginBlock = function() undo = undo + 1 end,
  Undo_EndBlock = function() undo = undo - 1 end,
  UpdateArrange = function() end,
}
dofile(script)
assert(undo == 0, "an undo block was not ended")
sort()
for _, note in ipairs(notes) do
  print(string.format("note %d %d %d %d %d", note[1] // 1, note[2] // 1, note[3], note[4], note[5]))
end
for _, text in ipairs(said) do print("said " .. text) end
