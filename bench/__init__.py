"""The benchmarks: what claims about speed and growth are measured with."""
