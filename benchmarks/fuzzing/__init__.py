"""The parts of the fuzzer: seeds, mutations, coverage, the house under attack and what must hold in it."""
