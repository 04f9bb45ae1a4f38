"""The app as a plain Lambda handler: answers are whole, never streamed (`-c streaming=false`)."""

import os

from mangum import Mangum

from router.wiring import Settings, build

LONGEST = 27.0
"""Seconds: API Gateway cuts a buffered answer off after 29."""

handler = Mangum(build(Settings.model_validate(dict(os.environ)), longest=LONGEST), lifespan="off")
