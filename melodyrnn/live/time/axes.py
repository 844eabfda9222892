"""The four time axes of live playing, as types. All count pulses, 1/24 of a quarter note, from different origins.

| axis | pulse 0 | moves |
|---|---|---|
| SongPulse | the start of the song | with the transport; Song Position moves it anywhere |
| MusicPulse | the start of the music that is composed | only forward; a bar that is repeated is the same music again |
| StreamPulse | where one stream of the model begins: a style, or the part of a seed that was read | with its events |
| TakePulse | the start of the take | only forward, wherever the song goes |

At run time each is a plain int. To the type checker they are four types: `song + 3` is a SongPulse and `song - song` a
length in pulses, but to add, compare or pass pulses of two axes is an error. A conversion is explicit:
`SongPulse(int(music) + shift)`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeVar, overload

    Axis = TypeVar("Axis", bound="_Axis")

    class _Axis:
        """A pulse of one axis. It is no int here, so nothing of another axis can be added to or compared with it."""

        def __init__(self, pulse: int, /) -> None: ...
        def __int__(self) -> int: ...
        def __index__(self) -> int: ...
        def __add__(self: Axis, pulses: int, /) -> Axis: ...
        @overload
        def __sub__(self: Axis, other: Axis, /) -> int: ...
        @overload
        def __sub__(self: Axis, other: int, /) -> Axis: ...
        def __sub__(self, other: object, /) -> object: ...
        def __floordiv__(self, pulses: int, /) -> int: ...
        def __mod__(self, pulses: int, /) -> int: ...
        def __lt__(self: Axis, other: Axis, /) -> bool: ...
        def __le__(self: Axis, other: Axis, /) -> bool: ...
        def __gt__(self: Axis, other: Axis, /) -> bool: ...
        def __ge__(self: Axis, other: Axis, /) -> bool: ...

    class SongPulse(_Axis):
        """See above."""

    class MusicPulse(_Axis):
        """See above."""

    class StreamPulse(_Axis):
        """See above."""

    class TakePulse(_Axis):
        """See above."""

else:
    SongPulse = MusicPulse = StreamPulse = TakePulse = int
