"""What lasts: recordings, transcripts, inspections, keys, audio blobs, and the queue that hints at unfinished work."""
