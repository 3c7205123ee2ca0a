"""An optional writer's share in a memo: what it is told, what is hidden from it, and what of its answer is believed."""

from qc.writing.checking import Checked, check_reply, standing
from qc.writing.masking import Masked, mask, unmask
from qc.writing.prompt import lines_for_writer, messages
from qc.writing.records import NO_ANSWER, Drop, DropReason, Proposal, RawProposal, Reply, WriterOutcome, Writing
from qc.writing.support import CarsIn, cars_by

__all__ = [
    "NO_ANSWER",
    "CarsIn",
    "Checked",
    "Drop",
    "DropReason",
    "Masked",
    "Proposal",
    "RawProposal",
    "Reply",
    "WriterOutcome",
    "Writing",
    "cars_by",
    "check_reply",
    "lines_for_writer",
    "mask",
    "messages",
    "standing",
    "unmask",
]
