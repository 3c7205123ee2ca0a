"""Plans of following leads up, made by the general worker beside its other rounds."""

from __future__ import annotations

import logging
from collections.abc import Callable

from qc.follow_up import Planner
from qc.ingest import Service
from qc.rulebook import Rulebook
from qc.store.follow_ups import plan_stale

log = logging.getLogger(__name__)


class Planning:
    """Plans for leads that have changed, by the newest rulebook; the planner is kept while the rulebook stays.

    ``stopped`` is asked before each lead.
    """

    def __init__(self, service: Service, stopped: Callable[[], bool]) -> None:
        self._service = service
        self._stopped = stopped
        self._rulebook: Rulebook | None = None
        self._planner: Planner | None = None

    def round(self, rulebook: Rulebook) -> int:
        """How many leads were planned for anew; a backlog, as after a change of the hours, takes several rounds.

        Raises:
            Unavailable: if the database does not answer.
        """
        if self._planner is None or self._rulebook is not rulebook:
            self._rulebook, self._planner = rulebook, Planner.by(rulebook, self._service.settings.zone)
        planned = plan_stale(self._service.database, self._planner, stopped=self._stopped)
        if planned:
            log.info("%d leads are planned for", planned)
        return planned
