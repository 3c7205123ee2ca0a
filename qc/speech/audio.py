"""Sound out of files: what a recording is, and its channels at 16 kHz. PyAV only; no program is run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, Final

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from qc.domain import Record
from qc.errors import BadAudio

Samples = NDArray[np.float32]
"""Sound between -1 and 1 at `RATE`: one channel ``(n,)`` or several ``(channels, n)``."""

RATE: Final = 16_000
"""Samples a second, what Whisper and the voice activity detector were trained on."""

CONTAINERS: Final = "aac,ac3,aiff,amr,ape,asf,au,avi,caf,flac,flv,gsm,matroska,mov,mp3,mpeg,mpegts,ogg,tta,w64,wav,wv"
"""FFmpeg's demuxers that may open an upload. Playlists (HLS, concat) are left out, since they would make it read
other files and addresses; so are headerless AMR frames, for which a web page passes."""

MAGIC: Final = {
    0: (b"RIFF", b"RF64", b"FORM", b".snd", b"caff", b"ID3", b"#!AMR", b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"0&\xb2u"),
    4: (b"ftyp", b"moov", b"mdat"),
}
"""First bytes, by offset, of containers whose broken files are told apart from files that never held sound."""

PLACEHOLDER_BYTES: Final = 0x7FFF_0000
"""A WAV header that claims this much or more was written before the recorder knew the length."""
LEAST_PART: Final = 0.5
"""Less than this part of the declared length is too little to judge a call by."""
TRIED_SECONDS: Final = 2
"""So much is decoded to see that a recording is usable."""
TRIED_PACKETS: Final = 400


QUIET_WITHIN_S: Final = 20
"""A block is cut at the quietest place in its last seconds, this many."""
QUIET_S: Final = 0.2
PAIR: Final = 2


class AudioFacts(Record):
    """What a recording is. ``duration_ms`` was counted, ``declared_ms`` is what its header claims, if it does."""

    duration_ms: int
    channels: int
    sample_rate: int
    codec: str
    container: str
    declared_ms: int | None = None


def probe(path: Path, *, max_duration_s: float) -> AudioFacts:
    """What this recording is, after reading all its packets and decoding the first seconds.

    Raises:
        BadAudio: ``empty-file``, ``not-audio``, ``truncated-audio``, ``zero-length-audio``, ``recording-too-long``.
    """
    with _opened(path) as (container, stream):
        declared_ms = _declared_ms(path, container, stream)
        if declared_ms is not None and declared_ms > max_duration_s * 1000:
            raise _too_long(declared_ms, max_duration_s)
        tick = stream.time_base or Fraction(0)
        most_ticks = max_duration_s / tick if tick else math.inf
        ticks = samples = failed = tried = 0  # in whole ticks: fractions would take most of the time
        for packet in _packets(container, stream):
            ticks += packet.duration or 0
            if ticks > most_ticks:
                raise _too_long(round(1000 * ticks * tick), max_duration_s)
            if samples < TRIED_SECONDS * stream.codec_context.sample_rate and tried < TRIED_PACKETS:
                frames = _frames(packet)
                tried += 1
                failed += frames is None
                samples += sum(frame.samples for frame in frames or ())
        context = stream.codec_context
        facts = AudioFacts(
            duration_ms=round(1000 * ticks * tick),
            channels=context.layout.nb_channels,
            sample_rate=context.sample_rate,
            codec=context.name,
            container=container.format.name.partition(",")[0],
            declared_ms=declared_ms,
        )
    if failed > tried / 2:
        raise BadAudio("not-audio", f"{failed} of the first {tried} packets are not {facts.codec}")
    if facts.duration_ms == 0 or samples == 0:
        if declared_ms:
            raise BadAudio(
                "truncated-audio", f"the header declares {declared_ms} ms of sound, but nothing follows", way_out=RESEND
            )
        raise BadAudio("zero-length-audio", "the recording has a header but no sound")
    if declared_ms and facts.duration_ms < LEAST_PART * declared_ms:
        raise BadAudio(
            "truncated-audio",
            f"the header declares {declared_ms} ms of sound, but only {facts.duration_ms} ms follow",
            way_out=RESEND,
        )
    return facts


RESEND: Final = "The file seems cut off: send it again, whole."


def decode(path: Path, *, block_s: float = 600, first_s: float | None = None) -> Iterator[Samples]:
    """The recording's sound, ``(channels, n)`` at 16 kHz, in blocks of at most this length, in order.

    The first block may be shorter, so that work on it begins at once.

    Blocks are cut where it is quiet on all channels, not within a word. One or two channels stay apart; more have no
    known parties and are mixed into one. Damaged packets are left out. Memory is bounded by the block.

    Raises:
        BadAudio: as `probe`, for a file that cannot be opened; ``truncated-audio`` if nothing in it decodes.
    """
    with _opened(path) as (container, stream):
        layout = "stereo" if stream.codec_context.layout.nb_channels == PAIR else "mono"
        kept: list[Samples] = []
        length, size, heard = 0, round((first_s or block_s) * RATE), False
        for piece in _resampled(container, stream, layout):
            heard = True
            kept.append(piece)
            length += piece.shape[1]
            while length >= size:
                whole = np.concatenate(kept, axis=1)
                cut = _quiet_place(whole, size - min(QUIET_WITHIN_S * RATE, size // 2), size)
                yield whole[:, :cut]
                kept = [whole[:, cut:]]
                length -= cut
                size = round(block_s * RATE)
        if length:
            yield np.concatenate(kept, axis=1)
    if not heard:
        raise BadAudio("truncated-audio", "nothing in the recording can be decoded", way_out=RESEND)


def _quiet_place(block: Samples, start: int, end: int) -> int:
    """The middle of the quietest `QUIET_S` between two samples of the block."""
    step = round(QUIET_S * RATE)
    windows = range(start, end - step + 1, step)
    power = [float(np.square(block[:, at : at + step]).sum()) for at in windows]
    return windows[int(np.argmin(power))] + step // 2


@contextmanager
def _opened(path: Path) -> Iterator[tuple[av.container.InputContainer, av.AudioStream]]:
    """The open container and its first sound track.

    It is opened as a file object, never by name, so that no name is taken for an address or a pattern.
    """
    if path.stat().st_size == 0:
        raise BadAudio("empty-file", "the file has no bytes", where=path.name)
    with path.open("rb") as file:
        container = _open(file)
        with container:
            if not container.streams.audio:
                raise BadAudio("not-audio", "the file holds no sound track")
            stream = container.streams.audio[0]
            if not stream.codec_context.sample_rate or not stream.codec_context.layout.nb_channels:
                raise BadAudio("truncated-audio", "the header breaks off before rate and channels", way_out=RESEND)
            yield container, stream


def _open(file: IO[bytes]) -> av.container.InputContainer:
    try:
        return av.open(file, mode="r", options={"format_whitelist": CONTAINERS}, metadata_errors="replace")
    except av.error.FFmpegError as error:
        file.seek(0)
        head = file.read(16)
        if any(head[offset:].startswith(starts) for offset, starts in MAGIC.items()):
            raise BadAudio("truncated-audio", f"the header cannot be read: {error.strerror}", way_out=RESEND) from error
        raise BadAudio(
            "not-audio",
            "this is not a recording",
            way_out="Send WAV, MP3, AMR, M4A, Opus, OGG, GSM, FLAC or MP4.",
        ) from error


def _packets(container: av.container.InputContainer, stream: av.AudioStream) -> Iterator[av.Packet[av.AudioStream]]:
    """The track's packets until the end, or until the file is too damaged to read on."""
    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.error.FFmpegError):
            return


def _frames(packet: av.Packet[av.AudioStream]) -> list[av.AudioFrame] | None:
    """The packet's sound, or nothing if it is damaged: one lost packet is 20 ms, not a reason to lose the call."""
    try:
        return packet.decode()
    except av.error.FFmpegError:
        return None


def _resampled(container: av.container.InputContainer, stream: av.AudioStream, layout: str) -> Iterator[Samples]:
    made_for, resampler = None, _resampler(layout)
    for packet in _packets(container, stream):
        for frame in _frames(packet) or ():
            shape = (frame.format.name, frame.layout.name, frame.sample_rate)
            if made_for not in (None, shape):  # the recorder changed its settings within the file
                yield from _arrays(resampler.resample(None))
                resampler = _resampler(layout)
            made_for = shape
            frame.pts = None  # gaps in time stamps are not silence; packets are laid end to end
            yield from _arrays(resampler.resample(frame))
    if made_for is not None:
        yield from _arrays(resampler.resample(None))


def _resampler(layout: str) -> av.AudioResampler:
    return av.AudioResampler(format="fltp", layout=layout, rate=RATE)


def _arrays(frames: list[av.AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        if frame.samples:
            yield frame.to_ndarray().astype(np.float32, copy=False)


def _declared_ms(path: Path, container: av.container.InputContainer, stream: av.AudioStream) -> int | None:
    """What the header claims. FFmpeg fits a WAV's claim to the file's size, so that one is read here."""
    if container.format.name == "wav":
        data_bytes, bytes_per_second = _wav_claim(path)
        if not bytes_per_second or not 0 < data_bytes < PLACEHOLDER_BYTES:
            return None
        return round(1000 * data_bytes / bytes_per_second)
    if stream.duration is not None and stream.time_base is not None:
        return round(1000 * stream.duration * stream.time_base)
    return None


def _wav_claim(path: Path) -> tuple[int, int]:
    """The bytes of sound a WAV header claims, and its bytes a second; zeros where it does not say."""
    with path.open("rb") as file:
        if file.read(12)[:4] != b"RIFF":
            return 0, 0
        bytes_per_second = 0
        while len(chunk := file.read(8)) == 8:  # noqa: PLR2004 - a chunk's name and size, four bytes each
            name, size = chunk[:4], int.from_bytes(chunk[4:], "little")
            if name == b"data":
                return size, bytes_per_second
            if name == b"fmt ":
                bytes_per_second = int.from_bytes(file.read(size)[8:12], "little")
            else:
                file.seek(size, 1)
            file.seek(size % 2, 1)  # chunks are padded to even lengths
    return 0, 0


def _too_long(duration_ms: int, max_duration_s: float) -> BadAudio:
    return BadAudio(
        "recording-too-long",
        f"the recording lasts {duration_ms / 1000:.0f} s or more; the limit is {max_duration_s:.0f} s",
        way_out="Cut it, or raise QC_MAX_DURATION_S.",
    )
