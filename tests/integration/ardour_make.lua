-- Ardour without a window: makes a session with a MIDI track on which the plugin plays an instrument.
--   SESSION=/tmp/x/song ardour7-lua ardour_make.lua
assert (not AudioEngine:set_backend ("None (Dummy)", "", ""):isnil (), "no backend")
local session = assert (create_session (os.getenv ("SESSION"), "song", 48000), "no session")
local midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
local track = session:new_midi_track (midi, midi, true, ARDOUR.PluginInfo (), nil, nil, 1, "track",
	ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false, false):front ()
for place, uri in ipairs ({"urn:melodyrnn:plugin", "urn:melodyrnn:clicks"}) do
	local plugin = ARDOUR.LuaAPI.new_plugin (session, uri, ARDOUR.PluginType.LV2, "")
	assert (not plugin:isnil (), uri)
	track:add_processor_by_index (plugin, place - 1, nil, true)
end
-- A thread of Ardour's connects the track. Saved before that, it is connected to nothing, and its export silent.
for _ = 1, 3000 do
	if track:output ():audio (1):connected () then break end
	ARDOUR.LuaAPI.usleep (10000)
end
assert (track:output ():audio (1):connected (), "the track is not connected")
session:save_state ("")
close_session ()
quit ()
