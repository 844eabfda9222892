-- Ardour without a window: makes a session with a MIDI track on which the plugin plays a synthesizer.
--   SESSION=/tmp/x/song ardour7-lua ardour_make.lua
assert (not AudioEngine:set_backend ("None (Dummy)", "", ""):isnil (), "no backend")
local session = assert (create_session (os.getenv ("SESSION"), "song", 48000), "no session")
local midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
local track = session:new_midi_track (midi, midi, true, ARDOUR.PluginInfo (), nil, nil, 1, "track",
	ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false, false):front ()
for place, uri in ipairs ({"urn:melodyrnn:plugin", "https://community.ardour.org/node/7596"}) do
	local plugin = ARDOUR.LuaAPI.new_plugin (session, uri, ARDOUR.PluginType.LV2, "")
	assert (not plugin:isnil (), uri)
	track:add_processor_by_index (plugin, place - 1, nil, true)
end
ARDOUR.LuaAPI.usleep (1500000) -- a thread of Ardour's connects the track
session:save_state ("")
close_session ()
quit ()
