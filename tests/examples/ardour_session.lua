-- An Ardour session with a track "Lead" whose one MIDI region holds notes; or the notes of such a session, printed.
--
--   ardour7-lua ardour_session.lua make FOLDER NOTES     NOTES: start stop channel pitch velocity, in ticks of 960
--   ardour7-lua ardour_session.lua print FOLDER

local task, folder, path = arg[1], arg[2], arg[3]
local TICKS, RATE, SECONDS = 960, 48000, 17
local backend = AudioEngine:set_backend("None (Dummy)", "", "")
backend:set_driver("20x Speed")

local function region_of(session)
  for route in session:get_tracks():iter() do
    for region in route:to_track():playlist():region_list():iter() do return region:to_midiregion() end
  end
end

local function beats(tick) return Temporal.Beats.from_double(tick / TICKS) end
local function ticks(b)
  local quarters, parts = tostring(b):match("^(%d+):(%d+)$")
  return quarters * TICKS + parts * TICKS // Temporal.ticks_per_beat
end

if task == "make" then
  local session = create_session(folder, "take", RATE)
  local one = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
  local track = session
    :new_midi_track(one, one, true, ARDOUR.PluginInfo(), nil, nil, 1, "Lead", ARDOUR.PresentationInfo.max_order,
      ARDOUR.TrackMode.Normal, false, false)
    :front()
  local _, found = AudioEngine:get_ports(ARDOUR.DataType("midi"), ARDOUR.PortList())
  local keyboard
  for port in found[2]:iter() do
    if port:name() == "x-virtual-keyboard" then keyboard = port:to_asyncmidiport() end
  end
  track:input():nth(0):connect("x-virtual-keyboard")
  local armed = track:rec_enable_control()
  armed:set_value(1, PBD.GroupControlDisposition.NoGroup)
  ARDOUR.LuaAPI.usleep(200000)
  session:goto_start()
  session:maybe_enable_record()
  session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
  while not session:transport_rolling() do ARDOUR.LuaAPI.usleep(10000) end
  local parser = ARDOUR.RawMidiParser()
  for _, byte in ipairs({ 0x90, 60, 90, 0x80, 60, 0 }) do
    if parser:process_byte(byte) then keyboard:write(parser:midi_buffer(), parser:buffer_size(), 0) end
  end
  while session:transport_sample() < RATE * SECONDS do ARDOUR.LuaAPI.usleep(10000) end
  session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
  while not session:transport_stopped() do ARDOUR.LuaAPI.usleep(10000) end
  armed:set_value(0, PBD.GroupControlDisposition.NoGroup)
  ARDOUR.LuaAPI.usleep(300000)
  local model = region_of(session):midi_source(0):model()
  local change = model:new_note_diff_command("notes")
  for note in ARDOUR.LuaAPI.note_list(model):iter() do change:remove(note) end
  for line in io.lines(path) do
    local start, stop, channel, pitch, velocity = line:match("(%d+) (%d+) (%d+) (%d+) (%d+)")
    local note = ARDOUR.LuaAPI.new_noteptr(
      tonumber(channel), beats(start), beats(stop - start), tonumber(pitch), tonumber(velocity)
    )
    change:add(note)
  end
  model:apply_command(session, change)
  session:save_state("")
else
  local session = load_session(folder, "take")
  for note in ARDOUR.LuaAPI.note_list(region_of(session):midi_source(0):model()):iter() do
    local start = ticks(note:time())
    print(string.format("note %d %d %d %d %d", start, start + ticks(note:length()), note:channel(), note:note(), note:velocity()))
  end
end
close_session()
quit()
