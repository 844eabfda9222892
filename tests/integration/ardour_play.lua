-- Ardour without a window, on JACK: plays the session, goes elsewhere, and loops.
--   SESSION=/tmp/x/song READY=/tmp/x/ready GO=/tmp/x/go ardour7-lua ardour_play.lua
-- Writes READY when the session is loaded, and plays once there is GO. Waits for places, not for time: a busy machine is slow.
local BAR = 96000 -- frames at 120 bpm and 48 kHz
assert (not AudioEngine:set_backend ("JACK", "ardour", ""):isnil (), "no backend")
local session = assert (load_session (os.getenv ("SESSION"), "song"), "no session")
local UI = ARDOUR.TransportRequestSource.TRS_UI

local function wait (what, happens)
	for _ = 1, 12000 do
		if happens () then return end
		ARDOUR.LuaAPI.usleep (10000)
	end
	error (what .. " does not happen")
end
local function play_to (frame)
	wait ("frame " .. frame, function () return session:transport_sample () >= frame end)
end

ARDOUR.LuaAPI.usleep (1000000)
assert (AudioEngine:running (), "JACK HALTED") -- as in one start of four
io.open (os.getenv ("READY"), "w"):close ()
wait ("GO", function () return io.open (os.getenv ("GO")) end)
session:goto_start ()
ARDOUR.LuaAPI.usleep (1000000)
session:request_roll (UI)
play_to (1.5 * BAR)
session:request_locate (6 * BAR, false, ARDOUR.LocateTransportDisposition.MustRoll, UI)
play_to (6.75 * BAR)
session:request_play_loop (true, false)
wait ("the loop", function () return session:transport_sample () < 4.5 * BAR end)
play_to (5.5 * BAR)
wait ("the loop again", function () return session:transport_sample () < 4.5 * BAR end)
play_to (5 * BAR)
session:request_stop (false, false, UI)
wait ("the stop", function () return session:transport_stopped () end)
ARDOUR.LuaAPI.usleep (300000)
close_session ()
quit ()
