"""Small recordings made on the spot, in every format that telephone systems send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import av
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GSM_FRAME: Final = bytes([0xD0, 0x00, 0x00, 0x00, 0x00] + [0x00] * 28)
"""20 ms of GSM 06.10: the signature 0xD, then 260 zero bits. (No encoder for it is at hand.)"""


def tones(seconds: float = 2, rate: int = 8000, channels: int = 1) -> NDArray[np.int16]:
    """A different tone on each channel, ``(channels, n)``."""
    at = np.arange(round(seconds * rate)) / rate
    sound = [0.3 * np.sin(2 * np.pi * (440 + 330 * channel) * at) for channel in range(channels)]
    return (np.stack(sound) * 32767).astype(np.int16)


def write_sound(path: Path, sound: NDArray[np.int16], codec: str, rate: int = 8000, **options: str) -> Path:
    """The file written: ``sound`` in this codec, the container by the file's name."""
    layout = "stereo" if sound.shape[0] == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, options=options)
        frame = av.AudioFrame.from_ndarray(sound.T.reshape(1, -1).copy(), format="s16", layout=layout)
        frame.rate, frame.pts = rate, 0
        context = stream.codec_context
        fit = av.AudioResampler(format=context.format, layout=layout, rate=rate, frame_size=context.frame_size or 0)
        for piece in [*fit.resample(frame), *fit.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
