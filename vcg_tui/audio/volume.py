"""A volume that moves without a click."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RAMP_S = 0.02


class SmoothVolume:
    """An amplitude factor from 0 to 1, and mute; the gain moves from 0 to 1 in no less than 20 ms."""

    def __init__(self, sample_rate: int) -> None:
        self.muted = False
        self._slope = 1 / (_RAMP_S * sample_rate)
        self._gain = self._volume = 1.0

    @property
    def volume(self) -> float:
        """The factor that is wanted; what is set beyond 0 to 1 is brought back."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = min(1.0, max(0.0, volume))

    def apply(self, sound: NDArray[np.int32]) -> NDArray[np.int32] | NDArray[np.float64]:
        """The sound with the gain on it, in whole numbers; the very same at full volume."""
        target = 0.0 if self.muted else self._volume
        if self._gain == target:
            return sound if target == 1.0 else np.rint(sound * target)
        steps = np.arange(1, len(sound) + 1) * self._slope
        gain = np.minimum(self._gain + steps, target) if target > self._gain else np.maximum(self._gain - steps, target)
        self._gain = float(gain[-1]) if len(gain) else self._gain
        return np.rint(sound * gain)
