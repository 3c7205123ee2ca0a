"""The models of `qc.memo.day_signs`: learned from exchanges whose time of purchase or appointment is known.

Each is measured on every source when it has learned from the others.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from qc.measure.sign_models import Example, SignReport, check_enough, count, learn
from qc.memo.appointment import find_appointment
from qc.memo.day_signs import Learned, places_of
from qc.memo.purchase import find_purchase_time, means

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qc.measure.exchanges import Exchange
    from qc.measure.sign_models import Counts
    from qc.memo.day_signs import Place
    from qc.memo.signs import SignModel

SOFTNESS: Final = 0.1
"""Inverse strength of the penalty on weights (L2); 0.3 is a little worse on sources left out."""


class Wanted(Protocol):
    """What is looked for among the days spoken of."""

    field: str
    rules: float
    """What the rules' word adds to the log odds. It cannot be learned: on talk they were mended with they are nearly
    always right. Chosen on exchanges that they had not seen."""
    threshold: float

    def is_true(self, exchange: Exchange, place: Place) -> bool | None:
        """Whether these are the labelled days; None where they cannot be."""

    def is_right(self, known: Known, model: SignModel | None) -> bool:
        """Whether the memo's value is the labelled one, by the rules alone or with a model."""


class Known(NamedTuple):
    """An exchange and the days spoken of in it."""

    exchange: Exchange
    places: tuple[Place, ...]

    @property
    def today(self) -> date:
        """The day of the call."""
        return self.exchange.call.time.date()

    def learned(self, model: SignModel | None) -> Learned | None:
        """For the reading of its memo."""
        return Learned(model, self.places) if model else None


class Buying:
    """When the customer means to buy."""

    field = "purchase_time"
    rules = 2.0
    threshold = 0.6

    def is_true(self, exchange: Exchange, place: Place) -> bool | None:
        """Whether these are the labelled days, or the last of them is named as the latest."""
        labelled = self._labelled(exchange)
        return labelled is not None and means(place.spell, exchange.call.time.date(), *labelled)

    def is_right(self, known: Known, model: SignModel | None) -> bool:
        """Both dates count."""
        meeting = find_appointment(known.exchange.talk, known.today)
        found = find_purchase_time(known.exchange.talk, known.today, meeting, known.learned(model))
        return ((found[0].from_, found[0].to) if found else None) == self._labelled(known.exchange)

    @staticmethod
    def _labelled(exchange: Exchange) -> tuple[date, date] | None:
        time = exchange.memo.purchase_time
        if time is None or time.from_ is None or time.to is None:
            return None
        return date.fromisoformat(time.from_), date.fromisoformat(time.to)


class Meeting:
    """What the customer agreed to."""

    field = "appointment"
    rules = 1.0
    threshold = 0.7

    def is_true(self, exchange: Exchange, place: Place) -> bool | None:
        """Whether it is the labelled day; spans of days are none to meet on."""
        if not place.spell.is_day:
            return None
        at = self._labelled(exchange)
        return at is not None and at.startswith(place.spell.first.isoformat())

    def is_right(self, known: Known, model: SignModel | None) -> bool:
        """The day and the hour count."""
        found = find_appointment(known.exchange.talk, known.today, known.learned(model))
        return (found[0].at if found else None) == self._labelled(known.exchange)

    @staticmethod
    def _labelled(exchange: Exchange) -> str | None:
        return exchange.memo.appointment.at if exchange.memo.appointment else None


def train_days(exchanges: Iterable[Exchange], wanted: Wanted) -> tuple[SignModel, SignReport]:
    """The model of these exchanges, and how it does on every source when it has learned from the others only.

    Raises:
        BadCall: if there are fewer than a hundred days spoken of.
    """
    known = [
        Known(exchange, tuple(places_of(exchange.talk, exchange.call.time.date())))
        for exchange in exchanges
        if wanted.field in exchange.settled
    ]
    days = [
        Example(one.exchange.source, place.signs, true)
        for one in known
        for place in one.places
        if (true := wanted.is_true(one.exchange, place)) is not None
    ]
    check_enough(days)
    model = _learn(days, wanted)
    sources = sorted({one.exchange.source for one in known})
    left_out = tuple(
        _measure(
            source,
            [one for one in known if one.exchange.source == source],
            _learn([day for day in days if day.source != source], wanted),
            wanted,
        )
        for source in sources
        if len(sources) > 1
    )
    return model, SignReport(trained_on=model.trained_on, weights=len(model.weights), left_out=left_out)


def _learn(days: Sequence[Example], wanted: Wanted) -> SignModel:
    return learn(days, softness=SOFTNESS, threshold=wanted.threshold, rules=wanted.rules)


def _measure(source: str, known: Sequence[Known], model: SignModel, wanted: Wanted) -> Counts:
    return count(
        source,
        [getattr(one.exchange.memo, wanted.field) is not None for one in known],
        [wanted.is_right(one, None) for one in known],
        [wanted.is_right(one, model) for one in known],
    )
