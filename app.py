"""The CDK app: `cdk deploy --all`, with `-c name=value` as told in `infra/settings.py`."""

import sys

from aws_cdk import App
from aws_cdk import aws_lambda as lambda_

from infra.bundle import BundleFailed, bundle
from infra.settings import BadSetting, read
from infra.stacks import add_stacks

app = App()
try:
    settings = read(app.node.try_get_context)
    add_stacks(app, settings, lambda name: lambda_.Code.from_asset(str(bundle(name, settings.target))))
except (BadSetting, BundleFailed) as error:
    sys.exit(f"Pointsman cannot be built:\n{error}")
app.synth()
