"""The app under uvicorn: behind the Lambda Web Adapter (streaming), or on one machine."""

import os

from router.wiring import Settings, build

app = build(Settings.model_validate(dict(os.environ)))
