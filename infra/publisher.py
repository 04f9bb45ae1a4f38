"""The publisher: the function on the map table's stream that compiles every edit of the draft into the live map."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.canary_watch import CanaryWatch
from infra.function import PointsmanFunction
from infra.nag import acknowledge
from infra.settings import Settings
from infra.table import PointsmanTable


class Publisher(Construct):
    """`function`, and `dead_letters`: where records go that it failed on four times."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, code: lambda_.Code, table: PointsmanTable, key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        unit = PointsmanFunction(
            self,
            "Publisher",
            settings=settings,
            code=code,
            handler="publisher.handler.handler",
            description="Compiles the tier map's draft into the live map",
            timeout=Duration.seconds(30),
            environment={"MAP_TABLE": table.table.table_name, "MAP_HISTORY_DAYS": str(settings.map_history_days)},
        )
        self.function, self.log_group = unit.function, unit.log_group
        table.allow(unit.role, ["Query"], ["DRAFT"])
        table.allow(unit.role, ["GetItem", "PutItem"], ["RELEASE"])
        table.allow(unit.role, ["GetItem", "Query", "PutItem", "UpdateItem"], ["MAP"])
        self.function.add_event_source(
            sources.DynamoEventSource(
                table.table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=100,
                max_batching_window=Duration.seconds(0 if settings.target == "local" else 1),
                bisect_batch_on_error=True,
                retry_attempts=3,
                on_failure=sources.SqsDlq(self.dead_letters),
                # Its own writes (pk MAP) must not wake it again.
                filters=[
                    lambda_.FilterCriteria.filter(
                        {"dynamodb": {"Keys": {"pk": {"S": lambda_.FilterRule.or_("DRAFT", "RELEASE")}}}}
                    )
                ],
            )
        )
        if settings.target == "aws":  # the emulator knows neither metric math nor rules on alarms
            CanaryWatch(self, "Canary", settings=settings, publisher=self.function, dead_letters=self.dead_letters)
            events.Rule(
                self,
                "Again",
                description="Publishes the draft even where a record of its edit was lost",
                schedule=events.Schedule.rate(Duration.minutes(15)),
                targets=[targets.LambdaFunction(self.function, dead_letter_queue=self.dead_letters)],
            )
        acknowledge(self.dead_letters, {"SQS3": "It is the dead-letter queue itself."})
        encrypting = "Writing to an encrypted table or queue needs these families of actions, on our own key alone."
        acknowledge(
            unit.role,
            {f"IAM5[Action::kms:{action}*]": encrypting for action in ("GenerateDataKey", "ReEncrypt")},
        )
