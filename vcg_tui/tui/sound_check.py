"""What the settings need to let a person try a sound device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vcg_tui.audio.player import OutputDevice

_TONE_HZ, _TONE_S = 440.0, 0.6


def tone(rate: int) -> NDArray[np.int16]:
    """A tone of mono int16 at ``rate`` Hz that swells and fades."""
    time = np.arange(round(rate * _TONE_S)) / rate
    swell = np.minimum(1.0, np.minimum(time, _TONE_S - time) / 0.05)
    return (0.25 * 32767 * swell * np.sin(2 * np.pi * _TONE_HZ * time)).astype(np.int16)


def device_choices(devices: Sequence[OutputDevice]) -> list[tuple[str, str]]:
    """Each device as it is read, and a name for the settings that says which one."""
    return [(_told(each), _name(each, devices)) for each in devices]


def _told(device: OutputDevice) -> str:
    return f"{device.name} ({device.host_api})" + (" · system default" if device.default else "")


def _name(device: OutputDevice, devices: Sequence[OutputDevice]) -> str:
    """Also where two are called the same."""
    alone = sum(device.name.lower() in each.name.lower() for each in devices) == 1
    return device.name if alone else f"{device.name}, {device.host_api}"
