"""codec-gate: a required status check that keeps bad encoder defaults from shipping."""

import os

__version__ = "0.1.0"

# A plugin of pydantic's that somebody installed beside must not reach into how a policy is read; looking for some in
# every installed distribution takes a check's time, too.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"
