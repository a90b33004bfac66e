"""Where the tests of the conformance command find what they share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("troubled_targets")))
