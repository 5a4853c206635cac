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
from vcg_tui.providers.tts.espeak_voices import CATALOGUE_FILES, catalogue, find_voice

CATALOGUES = [Path(vcg_tui.providers.tts.__file__).parent / "data" / name for name in CATALOGUE_FILES]
TARGET_DBFS = -20.0
SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "My internet has been down since Monday, and nobody has called me back about it.",
        "I can see the charge on your account, so let me look into that for you right away.",
        "Would you mind telling me why this bill is so much higher than the last one?",
        "Good morning, thank you for calling, how may I help you today?",
        "No, that is simply not good enough, I want my money back.",
        "The parcel was left outside in the rain, so everything in it is ruined.",
        "Okay, I understand, we will send a replacement and you can keep the old one.",
        "First unplug the router, wait thirty seconds, then plug it in again.",
    ),
    "de": (
        "Mein Internet geht seit Montag nicht mehr, und niemand hat mich zurückgerufen.",
        "Ich sehe die Abbuchung auf Ihrem Konto und kümmere mich gleich darum.",
        "Könnten Sie mir sagen, warum diese Rechnung so viel höher ist als die letzte?",
        "Guten Morgen, vielen Dank für Ihren Anruf, wie kann ich Ihnen helfen?",
    ),
    "fr": (
        "Ma connexion ne marche plus depuis lundi, et personne ne m'a rappelé.",
        "Je vois le prélèvement sur votre compte, je m'en occupe tout de suite.",
        "Pourriez-vous me dire pourquoi cette facture est tellement plus élevée que la précédente ?",
        "Bonjour, merci de votre appel, comment puis-je vous aider ?",
    ),
    "es": (
        "No tengo internet desde el lunes, y nadie me ha devuelto la llamada.",
        "Veo el cargo en su cuenta, así que lo reviso ahora mismo.",
        "¿Podría decirme por qué esta factura es mucho más alta que la anterior?",
        "Buenos días, gracias por llamar, ¿en qué puedo ayudarle?",
    ),
    "pt": (
        "Estou sem internet desde segunda-feira, e ninguém me ligou de volta.",
        "Vejo a cobrança na sua conta e vou verificar isso agora mesmo.",
        "Poderia me dizer por que esta fatura é tão mais alta do que a última?",
        "Bom dia, obrigado por ligar, como posso ajudar?",
    ),
    "it": (
        "Internet non funziona da lunedì, e nessuno mi ha richiamato.",
        "Vedo l'addebito sul suo conto, me ne occupo subito.",
        "Può dirmi perché questa bolletta è molto più alta della precedente?",
        "Buongiorno, grazie per aver chiamato, come posso aiutarla?",
    ),
    "nl": (
        "Mijn internet doet het al sinds maandag niet, en niemand heeft me teruggebeld.",
        "Ik zie de afschrijving op uw rekening, ik ga er meteen naar kijken.",
        "Kunt u mij vertellen waarom deze rekening zoveel hoger is dan de vorige?",
        "Goedemorgen, bedankt voor uw telefoontje, waarmee kan ik u helpen?",
    ),
    "pl": (
        "Od poniedziałku nie mam internetu i nikt do mnie nie oddzwonił.",
        "Widzę tę opłatę na pani koncie, zaraz to sprawdzę.",
        "Czy może mi pan powiedzieć, dlaczego ten rachunek jest dużo wyższy niż poprzedni?",
        "Dzień dobry, dziękuję za telefon, w czym mogę pomóc?",
    ),
    "cs": (
        "Od pondělí mi nejde internet a nikdo mi nezavolal zpátky.",
        "Vidím tu platbu na vašem účtu a hned se na to podívám.",
        "Můžete mi říct, proč je tento účet o tolik vyšší než ten minulý?",
        "Dobrý den, děkuji za zavolání, jak vám mohu pomoci?",
    ),
    "sv": (
        "Mitt internet har legat nere sedan i måndags, och ingen har ringt tillbaka.",
        "Jag ser dragningen på ditt konto, så jag tittar på det direkt.",
        "Kan du säga varför den här räkningen är så mycket högre än den förra?",
        "God morgon, tack för att du ringer, vad kan jag hjälpa dig med?",
    ),
    "fi": (
        "Nettini on ollut poikki maanantaista asti, eikä kukaan ole soittanut takaisin.",
        "Näen veloituksen tililläsi, joten selvitän asian heti.",
        "Voisitko kertoa, miksi tämä lasku on niin paljon suurempi kuin edellinen?",
        "Huomenta, kiitos soitosta, miten voin auttaa?",
    ),
    "tr": (
        "İnternetim pazartesiden beri çalışmıyor ve kimse beni geri aramadı.",
        "Hesabınızdaki ödemeyi görüyorum, hemen ilgileniyorum.",
        "Bu faturanın neden bir öncekinden bu kadar yüksek olduğunu söyler misiniz?",
        "Günaydın, aradığınız için teşekkürler, nasıl yardımcı olabilirim?",
    ),
    "hi": (
        "मेरा इंटरनेट सोमवार से बंद है, और किसी ने मुझे वापस फ़ोन नहीं किया।",
        "मुझे आपके खाते में यह रकम दिख रही है, मैं अभी इसे देखती हूँ।",
        "क्या आप बता सकते हैं कि यह बिल पिछली बार से इतना ज़्यादा क्यों है?",
        "नमस्ते, फ़ोन करने के लिए धन्यवाद, मैं आपकी क्या मदद कर सकता हूँ?",
    ),
}


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
    sentences = SENTENCES[find_voice(voice_id).language.partition("-")[0]]
    speeches = [await provider.generate_speech(text, VoiceConfig(voice_id=voice_id)) for text in sentences]
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
    """A catalogue's text with one voice's gain replaced, if the voice is in it."""
    pattern = re.compile(rf"(- id: {re.escape(voice_id)}\n(?:    .*\n)*?    gain_db: )[-+.\d]+")
    replaced, count = pattern.subn(rf"\g<1>{gain_db:.1f}", text)
    if count > 1:
        raise SystemExit(f"{voice_id} is there {count} times")
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
    for file in CATALOGUES:
        text = file.read_text(encoding="utf-8")
        for voice_id, found in figures.items():
            if voice_id in catalogue():
                text = with_gain(text, voice_id, find_voice(voice_id).gain_db + TARGET_DBFS - found["speech"])
        file.write_text(text, encoding="utf-8")
    print("The gains are written; run again to see what the limiter leaves of them.")


if __name__ == "__main__":
    main()
