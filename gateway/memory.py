"""How seldom a process of ours searches its memory for garbage."""

import gc


def collect_seldom() -> None:
    """What stands after the start stays: it need not be searched for garbage whenever many rows are read at once, which
    took two fifths of the time a change of packs looks at ten thousand plans."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
