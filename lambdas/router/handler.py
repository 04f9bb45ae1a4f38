"""The app as a plain Lambda handler: answers are whole, never streamed (`-c streaming=false`)."""

import os

from mangum import Mangum

from router.wiring import Settings, build

LONGEST = 27.0
"""Seconds: API Gateway cuts a buffered answer off after 29."""

LARGEST = 6_000_000
"""Bytes of a body: Lambda takes 6 MB (6,291,556) with all that stands around it, API Gateway 10."""

handler = Mangum(build(Settings.model_validate(dict(os.environ)), longest=LONGEST, largest=LARGEST), lifespan="off")
