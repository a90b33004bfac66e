"""A pytest plugin of the troubled targets: gives some things up within seconds that may take long in earnest."""

import json
import os
from importlib import import_module

for _path, _seconds in json.loads(os.environ.get("IMPATIENCE", "{}")).items():
    _module, _, _name = _path.rpartition(".")
    vars(import_module(_module))[_name] = _seconds
