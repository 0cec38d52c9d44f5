"""Where the peers find the store and the marks: they are started as their own documentation says, as processes."""

import os

from tests.bench.marks import Marks

STORE = os.environ.get("BENCH_STORE", "")
marks = Marks(os.environ.get("BENCH_MARKS", os.devnull))
