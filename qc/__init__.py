"""What we know about calls. Begin with `qc.pipeline.inspect_call`; the nouns are in `qc.domain`."""
