"""The CDK app's parts: settings, the bundle, one file a stack, one construct a capability.

The functions' own constants (names of metrics) are imported from where they are used, so `lambdas` is on the path.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "lambdas"))
