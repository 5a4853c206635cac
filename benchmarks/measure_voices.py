"""Measure the espeak catalogue: pitch, colour, rate and loudness of each voice; `--write` sets the gains anew.

python benchmarks/measure_voices.py [--write] [voice id or espeak id ...]
"""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

import numpy as np

import vcg_tui.providers.tts
from vcg_tui.audio.pcm import FULL_SCALE, Pcm, dbfs, peak_dbfs
from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.providers.tts.espeak import EspeakTTS
from vcg_tui.providers.tts.espeak_voices import catalogue, find_voice

CATALOGUE = Path(vcg_tui.providers.tts.__file__).parent / "data" / "espeak_voices.yaml"
TARGET_DBFS = -20.0
SENTENCES = (
    "My internet has been down since Monday, and nobody has called me back about it.",
    "I can see the charge on your account, so let me look into that for you right away.",
    "Would you mind telling me why this bill is so much higher than the last one?",
    "Good morning, thank you for calling, how may I help you today?",
    "No, that is simply not good enough, I want my money back.",
    "The parcel was left outside in the rain, so everything in it is ruined.",
    "Okay, I understand, we will send a replacement and you can keep the old one.",
    "First unplug the router, wait thirty seconds, then plug it in again.",
)


def frames(pcm: Pcm, length: int, hop: int) -> np.ndarray:
    """Windows of a sound, shape (count, length), values from -1 to 1."""
    windows = np.lib.stride_tricks.sliding_window_view(pcm.astype(np.float64) / FULL_SCALE, length)
    return windows[::hop]


def speech_dbfs(pcm: Pcm, rate: int) -> float:
    """The RMS level of what is speech: 20 ms windows within 30 dB of the loudest."""
    power = np.mean(frames(pcm, rate // 50, rate // 50) ** 2, axis=1)
    return float(10 * np.log10(np.mean(power[power > power.max() / 1000])))


def pitches(pcm: Pcm, rate: int) -> np.ndarray:
    """The pitch in Hz of each voiced window (40 ms, every 20 ms), by normalised autocorrelation."""
    length = rate // 25
    windows = frames(pcm, length, rate // 50)
    windows = windows[np.mean(windows**2, axis=1) > 1e-4] * np.hanning(length)
    spectrum = np.fft.rfft(windows, 2 * length, axis=1)
    shape = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(length), 2 * length)) ** 2)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : length // 2]
    likeness = likeness / likeness[:, :1] / (shape[: length // 2] / shape[0])
    first, last = rate // 450, rate // 55
    found: list[float] = []
    for row in likeness:
        best = row[first:last].max()
        if best < 0.5:
            continue
        # The shortest lag that is nearly the best: a longer one is a multiple of the period.
        peaks = [
            lag for lag in range(first, last) if row[lag] > 0.9 * best and row[lag - 1] <= row[lag] >= row[lag + 1]
        ]
        if peaks:
            found.append(rate / peaks[0])
    return np.array(found)


def centroid(pcm: Pcm, rate: int) -> float:
    """The spectral centroid in Hz, by magnitude."""
    size = np.abs(np.fft.rfft(pcm.astype(np.float64)))
    return float(np.sum(np.fft.rfftfreq(pcm.size, 1 / rate) * size) / np.sum(size))


async def measure(provider: EspeakTTS, voice_id: str) -> dict[str, float]:
    """One voice's figures over the sentences."""
    speeches = [await provider.generate_speech(text, VoiceConfig(voice_id=voice_id)) for text in SENTENCES]
    rate = provider.sample_rate
    pitch = np.concatenate([pitches(speech.pcm, rate) for speech in speeches])
    levels = [speech_dbfs(speech.pcm, rate) for speech in speeches]
    return {
        "f0": float(np.median(pitch)),
        "f0_p10": float(np.percentile(pitch, 10)),
        "f0_p90": float(np.percentile(pitch, 90)),
        "centroid": float(np.mean([centroid(speech.pcm, rate) for speech in speeches])),
        "wpm": 60 * rate * sum(len(speech.words) for speech in speeches) / sum(speech.pcm.size for speech in speeches),
        "speech": float(np.mean(levels)),
        "spread": max(levels) - min(levels),
        "rms": float(np.mean([dbfs(speech.pcm) for speech in speeches])),
        "peak": max(peak_dbfs(speech.pcm) for speech in speeches),
    }


async def table(ids: list[str]) -> dict[str, dict[str, float]]:
    """Print a line for each voice."""
    provider = EspeakTTS()
    figures: dict[str, dict[str, float]] = {}
    print(
        "| id | accent | gender, age | F0 median (p10-p90) Hz | centroid Hz | wpm | speech dBFS (spread) | RMS | peak |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    try:
        for voice_id in ids:
            found = figures[voice_id] = await measure(provider, voice_id)
            known = catalogue().get(voice_id)
            accent, who = (known[0].accent, f"{known[0].gender}, {known[0].age}") if known else ("", "")
            print(
                f"| {voice_id} | {accent} | {who} | {found['f0']:.0f} ({found['f0_p10']:.0f}-{found['f0_p90']:.0f}) "
                f"| {found['centroid']:.0f} | {found['wpm']:.0f} | {found['speech']:.1f} ({found['spread']:.1f}) "
                f"| {found['rms']:.1f} | {found['peak']:.1f} |",
                flush=True,
            )
    finally:
        await provider.aclose()
    return figures


def with_gain(text: str, voice_id: str, gain_db: float) -> str:
    """The catalogue's text with one voice's gain replaced."""
    pattern = re.compile(rf"(- id: {re.escape(voice_id)}\n(?:    .*\n)*?    gain_db: )[-+.\d]+")
    replaced, count = pattern.subn(rf"\g<1>{gain_db:.1f}", text)
    if count != 1:
        raise SystemExit(f"{CATALOGUE}: no gain_db of {voice_id}")
    return replaced


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ids", nargs="*", help="voices; none: the whole catalogue")
    parser.add_argument(
        "--write", action="store_true", help="set the gains in the catalogue so that speech is -20 dBFS"
    )
    arguments = parser.parse_args()
    ids: list[str] = arguments.ids or list(catalogue())
    figures = asyncio.run(table(ids))
    if not arguments.write:
        return
    text = CATALOGUE.read_text(encoding="utf-8")
    for voice_id, found in figures.items():
        if voice_id in catalogue():
            text = with_gain(text, voice_id, find_voice(voice_id).gain_db + TARGET_DBFS - found["speech"])
    CATALOGUE.write_text(text, encoding="utf-8")
    print("The gains are written; run again to see what the limiter leaves of them.")


if __name__ == "__main__":
    main()
