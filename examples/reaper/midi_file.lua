-- Notes to the bytes of a MIDI file, and back. Plain Lua 5.3 or newer; nothing of a DAW.
--
-- A note: { start = tick, stop = tick, channel = 0 to 15, pitch = 0 to 127, velocity = 1 to 127 }.
-- A metre: { tick = tick of a bar line, numerator = 6, denominator = 8 }.

local midi_file = { TICKS_PER_QUARTER = 960 }

local NOTE_OFF, NOTE_ON = 0x80, 0x90
local DATA_BYTES = { [0x8] = 2, [0x9] = 2, [0xA] = 2, [0xB] = 2, [0xC] = 1, [0xD] = 1, [0xE] = 2 }

local function variable_length(number)
  local bytes = string.char(number & 127)
  while number > 127 do
    number = number >> 7
    bytes = string.char(number & 127 | 128) .. bytes
  end
  return bytes
end

local function meta(kind, data)
  return string.char(0xFF, kind) .. variable_length(#data) .. data
end

local function power_of_two(denominator)
  local power = 0
  while 1 << power < denominator do power = power + 1 end
  return power
end

--- The bytes of a MIDI file of one track that is `length` ticks long.
function midi_file.write(notes, metres, bpm, length, name)
  local events = {}
  local function add(tick, order, data) events[#events + 1] = { tick = tick, order = order, place = #events, data = data } end
  add(0, 0, meta(0x03, name or ""))
  add(0, 0, meta(0x51, string.pack(">I3", math.floor(60000000 / bpm + 0.5))))
  for _, metre in ipairs(metres) do
    add(metre.tick, 0, meta(0x58, string.char(metre.numerator, power_of_two(metre.denominator), 24, 8)))
  end
  for _, note in ipairs(notes) do
    add(note.start, 2, string.char(NOTE_ON | note.channel, note.pitch, note.velocity))
    add(math.max(note.stop, note.start + 1), 1, string.char(NOTE_OFF | note.channel, note.pitch, 0))
  end
  table.sort(events, function(a, b)
    if a.tick ~= b.tick then return a.tick < b.tick end
    if a.order ~= b.order then return a.order < b.order end
    return a.place < b.place
  end)
  local body, now = {}, 0
  for _, event in ipairs(events) do
    body[#body + 1] = variable_length(event.tick - now) .. event.data
    now = event.tick
  end
  body[#body + 1] = variable_length(math.max(0, length - now)) .. meta(0x2F, "")
  local track = table.concat(body)
  return "MThd" .. string.pack(">I4I2I2I2", 6, 0, 1, midi_file.TICKS_PER_QUARTER) .. "MTrk" .. string.pack(">s4", track)
end

--- The notes of a MIDI file, in ticks of TICKS_PER_QUARTER, by their start.
function midi_file.read(bytes)
  assert(bytes:sub(1, 4) == "MThd", "not a MIDI file")
  local header = string.unpack(">I4", bytes, 5)
  local scale = midi_file.TICKS_PER_QUARTER / string.unpack(">I2", bytes, 13)
  local notes, place = {}, 9 + header
  while place < #bytes do
    local kind, body
    kind, body, place = string.unpack(">c4s4", bytes, place)
    if kind == "MTrk" then midi_file.read_track(body, scale, notes) end
  end
  table.sort(notes, function(a, b)
    if a.start ~= b.start then return a.start < b.start end
    return a.pitch < b.pitch
  end)
  return notes
end

function midi_file.read_track(body, scale, notes)
  local place, now, running, sounding = 1, 0, 0, {}
  local function number()
    local value, byte = 0, 128
    while byte > 127 do
      byte = body:byte(place)
      value, place = value << 7 | byte & 127, place + 1
    end
    return value
  end
  while place <= #body do
    now = now + number()
    local status = body:byte(place)
    if status < 0x80 then status = running else place = place + 1 end
    if status == 0xFF then
      place = place + 1
      place = number() + place
    elseif status >= 0xF0 then
      place = number() + place
    else
      running = status
      local pitch, velocity = body:byte(place, place + 1)
      place = place + DATA_BYTES[status >> 4]
      local key, kind = (status & 15) << 7 | pitch, status & 0xF0
      if kind == NOTE_ON and velocity > 0 then
        local note = { start = math.floor(now * scale + 0.5), channel = status & 15, pitch = pitch, velocity = velocity }
        sounding[key] = sounding[key] or {}
        table.insert(sounding[key], note)
      elseif kind == NOTE_OFF or kind == NOTE_ON then
        local note = sounding[key] and table.remove(sounding[key], 1)
        if note then
          note.stop = math.floor(now * scale + 0.5)
          notes[#notes + 1] = note
        end
      end
    end
  end
end

--- The notes that begin from tick `first` on and before `stop`.
function midi_file.between(notes, first, stop)
  local found = {}
  for _, note in ipairs(notes) do
    if note.start >= first and note.start < stop then found[#found + 1] = note end
  end
  return found
end

return midi_file
