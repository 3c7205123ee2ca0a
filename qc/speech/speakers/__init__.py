"""Who of two speaks when in one mixed channel, and which of them says each word.

Three steps, so that a long call is never in memory as a whole: `take_prints` of each block of sound in turn,
`tell_voices_apart` with all prints of the call, `by_voice` for its words. Which voice is the agent's is for
`qc.speech.roles` to say.
"""

from qc.speech.speakers.prints import Prints, VoiceEngine, take_prints
from qc.speech.speakers.voices import Voices, VoiceSpan, load_voice_engine, tell_voices_apart
from qc.speech.speakers.words import by_voice

__all__ = [
    "Prints",
    "VoiceEngine",
    "VoiceSpan",
    "Voices",
    "by_voice",
    "load_voice_engine",
    "take_prints",
    "tell_voices_apart",
]
