"""The benchmarks: each measures one thing on the machine it runs on, and says with what it did."""
