#!/bin/sh
# What the Lambda Web Adapter starts in place of a handler: the same app, under uvicorn.
export PYTHONPATH="${LAMBDA_TASK_ROOT:-$PWD}${PYTHONPATH:+:$PYTHONPATH}"
exec python -m uvicorn router.asgi:app --host 127.0.0.1 --port "${PORT:-8080}" --no-access-log
